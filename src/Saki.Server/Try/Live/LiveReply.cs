using System.Text.Json.Serialization;
using Saki.Pipelines;

namespace Saki.Server.Try.Live;

/// <summary>What a viewer is told about a frame.</summary>
internal sealed record LiveReply
{
    /// <summary>Why this frame has no answer; null when it has one.</summary>
    [JsonPropertyName("error"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Error { get; init; }

    /// <summary>Pixels across of the frame, which the boxes count in.</summary>
    [JsonPropertyName("width")] public int Width { get; init; }

    /// <summary>Pixels down.</summary>
    [JsonPropertyName("height")] public int Height { get; init; }

    /// <summary>The faces, or the whole picture under the number 0.</summary>
    [JsonPropertyName("faces")] public IReadOnlyList<LiveFace> Faces { get; init; } = [];

    /// <summary>Who answered.</summary>
    [JsonPropertyName("model")] public string Model { get; init; } = "";

    /// <inheritdoc cref="Prediction.Version"/>
    [JsonPropertyName("version")] public string Version { get; init; } = "";

    /// <summary>True when it was the viewer's own version, fitted to them.</summary>
    [JsonPropertyName("own"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public bool Own { get; init; }

    /// <summary>Time in the server.</summary>
    [JsonPropertyName("milliseconds")] public double Milliseconds { get; init; }
}

/// <summary>A face of a frame.</summary>
/// <param name="Id">Stays with the face while it is followed.</param>
/// <param name="Box">x, y, width, height; null for the whole picture.</param>
/// <param name="Class">The best class, or the reject class.</param>
/// <param name="Top">The best classes, smoothed over time.</param>
internal sealed record LiveFace(
    [property: JsonPropertyName("id")] int Id,
    [property: JsonPropertyName("box"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<int>? Box,
    [property: JsonPropertyName("class")] string Class,
    [property: JsonPropertyName("top")] IReadOnlyList<ClassProbability> Top);

[JsonSerializable(typeof(LiveReply))]
internal sealed partial class LiveJson : JsonSerializerContext;

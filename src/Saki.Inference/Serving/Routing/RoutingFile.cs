using System.Text.Json;
using System.Text.Json.Serialization;
using Saki.Storage;

namespace Saki.Inference.Serving;

/// <summary>What a restart, also after a kill, brings back: the routing of every model, and the newest changes with those that the audit does not have yet.</summary>
internal sealed record RoutingState
{
    public IReadOnlyDictionary<string, ModelRouting> Models { get; init; } = new Dictionary<string, ModelRouting>();

    /// <summary>The newest last.</summary>
    public IReadOnlyList<ServingEvent> Events { get; init; } = [];
}

/// <summary>The file that holds it.</summary>
internal static class RoutingFile
{
    public static RoutingState Read(string? file)
    {
        if (file is null || !File.Exists(file)) return new RoutingState();
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), RoutingJson.Default.RoutingState) ?? new RoutingState();
        }
        catch (JsonException failure)
        {
            throw new SakiException("Reading where requests go", "the file that saki wrote", "something else", $"Delete {file} and set canaries and shadows again.", failure);
        }
    }

    public static void Write(string? file, RoutingState state)
    {
        if (file is not null) DurableFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(state, RoutingJson.Default.RoutingState));
    }
}

/// <summary>JSON of routing and its figures, made at compile time; what the API sends, too.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RoutingState))]
[JsonSerializable(typeof(CanaryFigures))]
internal sealed partial class RoutingJson : JsonSerializerContext;

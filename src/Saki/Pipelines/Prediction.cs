using System.Text.Json.Serialization;

namespace Saki.Pipelines;

/// <summary>
/// One answer: the record behind <c>saki predict --json</c>, every HTTP reply and the page. Other protocols' replies are translations of it.
/// </summary>
public sealed record Prediction
{
    /// <summary>The file or part name that was sent; null for a bare body.</summary>
    [JsonPropertyName("file")] public string? File { get; init; }

    /// <summary>The best class, or the reject class.</summary>
    [JsonPropertyName("class")] public required string Class { get; init; }

    /// <summary>Probability of <see cref="Class"/> in 0..1 (the best one's when rejected).</summary>
    [JsonPropertyName("probability")] public required float Probability { get; init; }

    /// <summary>The best classes, best first.</summary>
    [JsonPropertyName("top")] public required IReadOnlyList<ClassProbability> Top { get; init; }

    /// <summary>The model's name.</summary>
    [JsonPropertyName("model")] public required string Model { get; init; }

    /// <summary>The model's version: a registry number, or the first 12 digits of its content digest.</summary>
    [JsonPropertyName("version")] public required string Version { get; init; }

    /// <summary>Why this version answered where several share the requests: <c>champion</c>, <c>canary</c> or <c>user</c>; null where one answers all.</summary>
    [JsonPropertyName("arm"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Arm { get; init; }

    /// <summary>The first 12 digits of the digest of the pipeline that was used.</summary>
    [JsonPropertyName("pipeline")] public required string Pipeline { get; init; }

    /// <summary>The faces found, largest first; null when the pipeline does not look for any.</summary>
    [JsonPropertyName("faces"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FacePrediction>? Faces { get; init; }

    /// <summary>Where the time went.</summary>
    [JsonPropertyName("milliseconds")] public required PredictionTime Milliseconds { get; init; }

    /// <summary>Names this answer in feedback, logs and traces: a version 7 UUID, 32 hex digits, ordered by time.</summary>
    [JsonPropertyName("id")] public required string Id { get; init; }
}

/// <summary>A class and its probability in 0..1.</summary>
public sealed record ClassProbability(
    [property: JsonPropertyName("class")] string Class,
    [property: JsonPropertyName("probability")] float Probability);

/// <summary>A face and what it shows. <paramref name="Box"/> is x, y, width, height in pixels of the upright picture.</summary>
public sealed record FacePrediction(
    [property: JsonPropertyName("box")] IReadOnlyList<int> Box,
    [property: JsonPropertyName("class")] string Class,
    [property: JsonPropertyName("probability")] float Probability,
    [property: JsonPropertyName("top")] IReadOnlyList<ClassProbability> Top);

/// <summary>Milliseconds spent decoding, preprocessing (face search included) and running the model.</summary>
public sealed record PredictionTime(
    [property: JsonPropertyName("decode")] double Decode,
    [property: JsonPropertyName("preprocess")] double Preprocess,
    [property: JsonPropertyName("infer")] double Infer);

/// <summary>JSON of the records that travel, made at compile time. Numbers are written so that they read back to the same bits.</summary>
[JsonSourceGenerationOptions(WriteIndented = false)]
[JsonSerializable(typeof(Prediction))]
[JsonSerializable(typeof(IReadOnlyList<Prediction>))]
[JsonSerializable(typeof(GoldenSample))]
public sealed partial class PipelineJson : JsonSerializerContext;

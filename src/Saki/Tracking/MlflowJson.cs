using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Saki.Tracking;

/// <summary>NaN and infinities as the JSON texts that MLflow writes; finite numbers as numbers.</summary>
public sealed class MlflowDouble : JsonConverter<double>
{
    /// <inheritdoc/>
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Number => reader.GetDouble(),
        JsonTokenType.String => reader.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            var text => throw new JsonException($"\"{text}\" is no number"),
        },
        _ => throw new JsonException("expected a number"),
    };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteStringValue(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }
}

/// <summary>JSON of the wire records: snake_case names, 64-bit numbers as numbers (read also from texts), unset values left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowReadingFromString,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RunInfo))]
[JsonSerializable(typeof(CreateRun))]
[JsonSerializable(typeof(UpdateRun))]
[JsonSerializable(typeof(LogBatch))]
[JsonSerializable(typeof(LogMetric))]
[JsonSerializable(typeof(IReadOnlyList<Param>))]
[JsonSerializable(typeof(IReadOnlyList<Tag>))]
[JsonSerializable(typeof(ExperimentCreated))]
[JsonSerializable(typeof(ExperimentAnswer))]
[JsonSerializable(typeof(ExperimentPage))]
[JsonSerializable(typeof(DatasetSummaryList))]
[JsonSerializable(typeof(RunAnswer))]
[JsonSerializable(typeof(RunInfoAnswer))]
[JsonSerializable(typeof(RunPage))]
[JsonSerializable(typeof(MetricPage))]
[JsonSerializable(typeof(ArtifactList))]
[JsonSerializable(typeof(MultipartUpload))]
[JsonSerializable(typeof(PresignedDownload))]
[JsonSerializable(typeof(RunName))]
[JsonSerializable(typeof(ExperimentName))]
[JsonSerializable(typeof(ExperimentTag))]
[JsonSerializable(typeof(LogInputs))]
[JsonSerializable(typeof(SearchLoggedModels))]
[JsonSerializable(typeof(CollectGarbage))]
[JsonSerializable(typeof(GarbageReport))]
[JsonSerializable(typeof(DescribeModel))]
[JsonSerializable(typeof(ModelTag))]
[JsonSerializable(typeof(VersionTag))]
[JsonSerializable(typeof(VersionName))]
[JsonSerializable(typeof(LoggedModelAnswer))]
[JsonSerializable(typeof(LoggedModelPage))]
[JsonSerializable(typeof(RegisteredModelAnswer))]
[JsonSerializable(typeof(RegisteredModelPage))]
[JsonSerializable(typeof(ModelVersionAnswer))]
[JsonSerializable(typeof(ModelVersionPage))]
[JsonSerializable(typeof(DownloadUri))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(AuditHead))]
[JsonSerializable(typeof(AuditCheck))]
[JsonSerializable(typeof(RollbackAsk))]
[JsonSerializable(typeof(PromoteAsk))]
[JsonSerializable(typeof(PromotionAnswer))]
[JsonSerializable(typeof(PolicyText))]
[JsonSerializable(typeof(LineageGraph))]
[JsonSerializable(typeof(WebhookAnswer))]
[JsonSerializable(typeof(WebhookPage))]
[JsonSerializable(typeof(WebhookTestAnswer))]
[JsonSerializable(typeof(WebhookDeliveries))]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(NamedThing))]
[JsonSerializable(typeof(SearchRuns))]
[JsonSerializable(typeof(RunTagName))]
[JsonSerializable(typeof(CreateModelVersion))]
[JsonSerializable(typeof(TransitionStage))]
[JsonSerializable(typeof(SetAlias))]
[JsonSerializable(typeof(Nothing))]
[JsonSerializable(typeof(IReadOnlyList<Run>))]
[JsonSerializable(typeof(MirrorState))]
public sealed partial class MlflowJson : JsonSerializerContext
{
    /// <summary>How the server writes, and clients read, <typeparamref name="T"/>: empty lists are left out too.</summary>
    public static JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>)Answers.Options.GetTypeInfo(typeof(T));

    // A class of its own, so that it is made after the generated Default.
    private static class Answers
    {
        public static readonly JsonSerializerOptions Options = new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            NumberHandling = JsonNumberHandling.AllowReadingFromString,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = JsonTypeInfoResolver.WithAddedModifier(Default, LeaveOutEmptyLists),
        };
    }

    private static void LeaveOutEmptyLists(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property.PropertyType == typeof(string) || !typeof(IEnumerable).IsAssignableFrom(property.PropertyType)) continue;
            property.ShouldSerialize = static (_, value) => value is ICollection { Count: > 0 };
        }
    }
}

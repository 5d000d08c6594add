using System.Text.Json;
using System.Text.Json.Serialization;

namespace Saki.Jobs;

/// <summary>JSON of jobs on the wire and in the database: snake_case, states as words, unset values left out.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 32)]
[JsonSerializable(typeof(Job))]
[JsonSerializable(typeof(JobList))]
[JsonSerializable(typeof(JobAsk))]
[JsonSerializable(typeof(JobPlan))]
[JsonSerializable(typeof(JobKind))]
[JsonSerializable(typeof(IReadOnlyList<JobKind>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, JobValue>))]
[JsonSerializable(typeof(JobSchedule))]
[JsonSerializable(typeof(IReadOnlyList<JobSchedule>))]
public sealed partial class JobJson : JsonSerializerContext
{
    /// <summary>As <see cref="Default"/>, with quotes and umlauts readable in a terminal. The reply is never HTML (application/json with nosniff).</summary>
    public static JobJson Readable => field ??= new JobJson(new JsonSerializerOptions(Default.Options!) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

/// <summary>States as lower-case words.</summary>
public sealed class JobStateJson() : JsonStringEnumConverter<JobState>(JsonNamingPolicy.SnakeCaseLower);

/// <summary>Types as lower-case words.</summary>
public sealed class JobArgumentTypeJson() : JsonStringEnumConverter<JobArgumentType>(JsonNamingPolicy.SnakeCaseLower);

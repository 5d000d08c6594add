using System.Text.Json.Serialization;
using Saki.Datasets;

namespace Saki.Cli.Verbs.Data;

/// <summary>What the verbs of data sets write with <c>--json</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DatasetView))]
[JsonSerializable(typeof(FindingsView))]
[JsonSerializable(typeof(DiffView))]
[JsonSerializable(typeof(ExportView))]
[JsonSerializable(typeof(RemovalView))]
[JsonSerializable(typeof(IReadOnlyList<DatasetView>))]
internal sealed partial class DataJson : JsonSerializerContext;

using System.Text.Json.Serialization;
using Saki.Datasets;

namespace Saki.Cli.Verbs.Data;

/// <summary>A data set version in <c>--json</c>.</summary>
internal sealed record DatasetView(
    string Name, string Digest, DateTimeOffset Created, string Source, int Images, IReadOnlyList<string> Classes,
    IReadOnlyDictionary<string, IReadOnlyList<int>> Counts, int LeftOut, IReadOnlyList<LeftOut>? LeftOutFiles = null)
{
    public static DatasetView Of(DatasetSummary summary) => new(
        summary.Name, summary.Digest.ToString(), summary.Created, summary.Source, summary.Total, summary.Classes,
        SplitNames.All.Where(s => summary.Count(s) > 0).ToDictionary(s => s.Name(), s => summary.Counts[(int)s]), summary.LeftOutCount);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DatasetView))]
[JsonSerializable(typeof(FindingsView))]
[JsonSerializable(typeof(DiffView))]
[JsonSerializable(typeof(ExportView))]
[JsonSerializable(typeof(RemovalView))]
[JsonSerializable(typeof(IReadOnlyList<DatasetView>))]
internal sealed partial class DataJson : JsonSerializerContext;

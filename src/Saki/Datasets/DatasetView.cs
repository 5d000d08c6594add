using System.Text.Json.Serialization;

namespace Saki.Datasets;

/// <summary>A data set version as programs read it: <c>saki data … --json</c> and <c>/api/data</c>.</summary>
/// <param name="Name">The data set.</param>
/// <param name="Digest">The version, all 64 digits.</param>
/// <param name="Created">When it was imported last, in UTC.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="Images">Samples of all splits.</param>
/// <param name="Classes">In label order.</param>
/// <param name="Counts">Samples of each class, by split; splits without samples are left out.</param>
/// <param name="LeftOut">How many files of the source did not become samples.</param>
/// <param name="LeftOutFiles">The first of those, where they are asked for.</param>
public sealed record DatasetView(
    string Name, string Digest, DateTimeOffset Created, string Source, int Images, IReadOnlyList<string> Classes,
    IReadOnlyDictionary<string, IReadOnlyList<int>> Counts, int LeftOut, IReadOnlyList<LeftOut>? LeftOutFiles = null)
{
    /// <summary>Of a version's summary.</summary>
    public static DatasetView Of(DatasetSummary summary) => new(
        summary.Name, summary.Digest.ToString(), summary.Created, summary.Source, summary.Total, summary.Classes,
        SplitNames.All.Where(s => summary.Count(s) > 0).ToDictionary(s => s.Name(), s => summary.Counts[(int)s]), summary.LeftOutCount);
}

/// <summary>How data set versions are written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DatasetView))]
[JsonSerializable(typeof(IReadOnlyList<DatasetView>))]
public sealed partial class DatasetJson : JsonSerializerContext;

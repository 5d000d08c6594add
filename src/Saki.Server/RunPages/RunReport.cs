using System.Text.Json;
using Saki.Evaluation;
using Saki.Server.Tracking.Artifacts;

namespace Saki.Server.RunPages;

/// <summary>An evaluation report among a run's files.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Report">What it says.</param>
public sealed record RunReport(string Path, EvaluationReport Report)
{
    /// <summary>Where <c>saki evaluate --keep</c> puts it, and where else it is looked for.</summary>
    public static IReadOnlyList<string> Places { get; } = ["evaluation.json", "evaluation/evaluation.json", "evaluation/report.json", "report.json"];

    /// <summary>Largest file that is looked into, bytes.</summary>
    internal const int Largest = 4_000_000;

    private const int MostClasses = 1000;

    /// <summary>The report of a run; null when there is none or its files lie elsewhere.</summary>
    internal static async Task<RunReport?> FindAsync(ArtifactStore artifacts, string artifactUri)
    {
        if (!ArtifactStore.Keeps(artifactUri)) return null;
        foreach (var place in Places)
        {
            var path = ArtifactStore.PathOf(artifactUri, place);
            if (await artifacts.SizeAsync(path) is not (> 0 and <= Largest)) continue;
            await using var content = await artifacts.OpenAsync(path);
            if (Read(content) is { } report) return new RunReport(place, report);
        }
        return null;
    }

    /// <summary>Reads a file of at most <see cref="Largest"/> bytes as a report; null when it is none. Its figures are as whoever wrote it says.</summary>
    internal static EvaluationReport? Read(Stream content)
    {
        try
        {
            var report = JsonSerializer.Deserialize(content, EvaluationJson.Default.EvaluationReport);
            var classes = report?.PerClass.Count ?? 0;
            var square = report is { Confusion: not null, AccuracyInterval.Count: 2 } && classes is > 0 and <= MostClasses && report.Confusion.Count == classes && report.Confusion.All(row => row.Count == classes);
            return square ? report : null;
        }
        catch (Exception failure) when (failure is JsonException or NotSupportedException or IOException)
        {
            return null;
        }
    }
}

using System.Text.Json;
using Saki.Evaluation;
using Saki.Server.Tracking.Artifacts;
using Saki.Tracking;

namespace Saki.Server.RunPages;

/// <summary>An evaluation report among a run's files.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Report">What it says.</param>
public sealed record RunReport(string Path, EvaluationReport Report)
{
    /// <summary>Where <c>saki evaluate --keep</c> puts it, and where else it is looked for.</summary>
    public static IReadOnlyList<string> Places { get; } = ["evaluation.json", "evaluation/evaluation.json", "evaluation/report.json", "report.json"];

    private const int Largest = 4_000_000, MostClasses = 1000;

    /// <summary>The report of a run; null when there is none or its files lie elsewhere.</summary>
    internal static RunReport? Find(ArtifactFolder artifacts, string artifactUri)
    {
        try
        {
            foreach (var place in Places)
                if (Read(artifacts.Under(artifactUri, place)) is { } report) return new RunReport(place, report);
        }
        catch (MlflowException)
        {
            // The files lie outside of this server.
        }
        return null;
    }

    /// <summary>Reads a file as a report; null when it is none. Its figures are as whoever wrote it says.</summary>
    internal static EvaluationReport? Read(string file)
    {
        if (!File.Exists(file) || new FileInfo(file).Length > Largest) return null;
        try
        {
            using var stream = File.OpenRead(file);
            var report = JsonSerializer.Deserialize(stream, EvaluationJson.Default.EvaluationReport);
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

using Saki.Server.RunPages;
using Saki.Tracking;

namespace Saki.Server.ModelPages;

/// <summary>All that the list of models shows.</summary>
/// <param name="Models">By name.</param>
/// <param name="Next">The token of the next page; null for the last one.</param>
/// <param name="Find">Part of the names that are listed.</param>
public sealed record ModelListView(IReadOnlyList<RegisteredModel> Models, string? Next, string Find);

/// <summary>All that the page of one model shows.</summary>
public sealed record ModelView
{
    /// <summary>The stages in the order of a version's life, with their shapes.</summary>
    public static IReadOnlyList<(string Name, string Class, string Icon)> Stages { get; } = [("None", "idle", "none"), ("Staging", "info", "staging"), ("Production", "champ", "production"), ("Archived", "idle", "archived")];

    /// <summary>Name, aliases, notes, and the newest version of each stage.</summary>
    public required RegisteredModel Model { get; init; }

    /// <summary>The newest first.</summary>
    public required IReadOnlyList<ModelVersion> Versions { get; init; }

    /// <summary>The token of the older ones; null when there are none.</summary>
    public string? Next { get; init; }

    /// <summary>The metrics that are shown of their runs, the telling one first.</summary>
    public IReadOnlyList<RunColumn> Metrics { get; init; } = [];

    /// <summary>Runs of the versions, by id, with <see cref="Metrics"/> as cells.</summary>
    public required IReadOnlyDictionary<string, RunRow> Runs { get; init; }

    /// <summary>A metric of a version's run; null when it is not known.</summary>
    public double? Figure(ModelVersion version, int metric) =>
        metric < Metrics.Count && Runs.TryGetValue(version.RunId, out var run) && run.Cells[metric] is double value ? value : null;

    /// <summary>The best figure of the shown versions; null when it cannot be told.</summary>
    public double? Best(int metric) => MetricDirection.Best(Metrics[metric].Key, Versions.Select(version => Figure(version, metric)));
}

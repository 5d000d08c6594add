using Saki.Gates;
using Saki.Server.RunPages;
using Saki.Tracking;

namespace Saki.Server.ModelPages;

/// <summary>All that the list of models shows.</summary>
/// <param name="Models">By name.</param>
/// <param name="Next">The token of the next page; null for the last one.</param>
/// <param name="Find">Part of the names that are listed.</param>
public sealed record ModelListView(IReadOnlyList<RegisteredModel> Models, string? Next, string Find);

/// <summary>What the pages of one model have in common.</summary>
public record ModelHeadView
{
    /// <summary>Name, aliases, notes, and the newest version of each stage.</summary>
    public required RegisteredModel Model { get; init; }

    /// <summary>How many rows its audit has.</summary>
    public required long Moves { get; init; }

    /// <summary>The version in Production that <c>@production</c> points to; null for none.</summary>
    public string? Production => Model.Aliases.FirstOrDefault(alias => alias.Alias == "production")?.Version;

    /// <summary>The address of the model's page.</summary>
    public string Url => $"/models/{Uri.EscapeDataString(Model.Name)}";
}

/// <summary>All that the page of one model shows.</summary>
public sealed record ModelView : ModelHeadView
{
    /// <summary>The stages in the order of a version's life, with their shapes.</summary>
    public static IReadOnlyList<(string Name, string Class, string Icon)> Stages { get; } = [("None", "idle", "none"), ("Staging", "info", "staging"), ("Production", "champ", "production"), ("Archived", "idle", "archived")];

    /// <summary>The newest first.</summary>
    public required IReadOnlyList<ModelVersion> Versions { get; init; }

    /// <summary>The token of the older ones; null when there are none.</summary>
    public string? Next { get; init; }

    /// <summary>The metrics that are shown of their runs, the telling one first.</summary>
    public IReadOnlyList<RunColumn> Metrics { get; init; } = [];

    /// <summary>Runs of the versions, by id, with <see cref="Metrics"/> as cells.</summary>
    public required IReadOnlyDictionary<string, RunRow> Runs { get; init; }

    /// <summary>The version that the page looks at; null where there is none.</summary>
    public ModelVersion? Chosen { get; init; }

    /// <summary>What its gate found when it was asked last; null when it never was.</summary>
    public GateFinding? Gate { get; init; }

    /// <summary>What is demanded before a stage; null when the model has no policy.</summary>
    public GatePolicy? Policy { get; init; }

    /// <summary>The newest moves, the newest first.</summary>
    public IReadOnlyList<AuditEntry> History { get; init; } = [];

    /// <summary>Versions that were in Production, the one before the present first.</summary>
    public IReadOnlyList<long> Before { get; init; } = [];

    /// <summary>Whether who looks may move versions.</summary>
    public bool MayMove { get; init; }

    /// <summary>Whether who looks may move them against the gate.</summary>
    public bool MayOverride { get; init; }

    /// <summary>The move that who looks has just made; null for none.</summary>
    public AuditEntry? Moved { get; init; }

    /// <summary>Why the move that was asked for was not made; null for none.</summary>
    public string? Problem { get; init; }

    /// <summary>A metric of a version's run; null when it is not known.</summary>
    public double? Figure(ModelVersion version, int metric) =>
        metric < Metrics.Count && Runs.TryGetValue(version.RunId, out var run) && run.Cells[metric] is double value ? value : null;

    /// <summary>The best figure of the shown versions; null when it cannot be told.</summary>
    public double? Best(int metric) => MetricDirection.Best(Metrics[metric].Key, Versions.Select(version => Figure(version, metric)));
}

/// <summary>What a gate found, and the row of the audit that tells of it.</summary>
public sealed record GateFinding(AuditEntry Entry, GateEvidence Evidence);

/// <summary>The whole audit of one model.</summary>
public sealed record ModelAuditView : ModelHeadView
{
    /// <summary>The newest first.</summary>
    public required IReadOnlyList<AuditEntry> Entries { get; init; }

    /// <summary>Whether the chain of all models holds.</summary>
    public required AuditCheck Check { get; init; }
}

using Saki.Server.Storage;
using Saki.Server.Tracking.Artifacts;
using Saki.Server.Tracking.Runs;
using Saki.Tracking;

namespace Saki.Server.Tracking.Garbage;

/// <summary>The rows' part of a collection, inside one transaction. What a registered version stands on is kept: it is what is served, and what a rollback restores.</summary>
internal sealed class GarbageRows(WriteSession session, long now)
{
    private readonly List<string> _kept = [];

    /// <summary>Removes these runs, or all that was deleted before a moment.</summary>
    public GarbageReport Remove(IReadOnlyList<string>? runs, long before)
    {
        var removedRuns = runs is null ? RemoveRuns(Old("runs", "deleted", before)) : RemoveRuns(Named(runs));
        if (runs is not null) return new GarbageReport { Runs = removedRuns, Kept = _kept };
        var models = RemoveLoggedModels(before);
        var experiments = RemoveExperiments(before);
        return new GarbageReport { Runs = removedRuns, LoggedModels = models, Experiments = experiments, Kept = _kept };
    }

    private List<Owner> Old(string table, string moment, long before) => session.Query<Owner>($"""
        SELECT id AS Id, {(table == "runs" ? "run_id" : "model_id")} AS Name, artifact_uri AS Uri FROM {table} WHERE lifecycle = 'deleted' AND coalesce({moment}, 0) <= @before
        """, new { before });

    private List<Owner> Named(IReadOnlyList<string> runs)
    {
        var found = new List<Owner>();
        foreach (var run in runs)
        {
            var row = session.First<Owner>("SELECT id AS Id, run_id AS Name, artifact_uri AS Uri, lifecycle AS Lifecycle FROM runs WHERE run_id = @run", new { run }) ?? throw RunTable.None(run);
            if (row.Lifecycle != "deleted") throw MlflowException.BadValue($"The run {run} must be in the 'deleted' state. Current state is active.");
            found.Add(row);
        }
        return found;
    }

    private int RemoveRuns(List<Owner> runs)
    {
        var removed = 0;
        foreach (var run in runs)
        {
            if (StoodOn($"Run {run.Name}", run.Uri)) continue;
            session.Execute("DELETE FROM runs WHERE id = @Id", new { run.Id });
            Note(run.Uri);
            removed++;
        }
        if (removed == 0) return 0;
        session.Execute("DELETE FROM datasets WHERE NOT EXISTS (SELECT 1 FROM run_datasets d WHERE d.dataset = datasets.id)");
        session.Forget();
        return removed;
    }

    private int RemoveLoggedModels(long before)
    {
        var removed = 0;
        foreach (var model in Old("logged_models", "updated", before))
        {
            if (StoodOn($"Logged model {model.Name}", model.Uri)) continue;
            session.Execute("DELETE FROM logged_models WHERE id = @Id", new { model.Id });
            session.Execute("DELETE FROM run_models WHERE model_id = @Name", new { model.Name });
            Note(model.Uri);
            removed++;
        }
        return removed;
    }

    // Only those whose runs and models are gone: one that was deleted yesterday keeps its experiment for as long as it can be restored.
    private int RemoveExperiments(long before)
    {
        var empty = session.Query<Owner>("""
            SELECT id AS Id, name AS Name, artifact_location AS Uri FROM experiments e WHERE lifecycle = 'deleted' AND updated <= @before AND id <> 0
            AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.experiment = e.id) AND NOT EXISTS (SELECT 1 FROM logged_models m WHERE m.experiment = e.id)
            """, new { before });
        foreach (var experiment in empty) session.Execute("DELETE FROM experiments WHERE id = @Id", new { experiment.Id });
        if (empty.Count > 0) session.Forget();
        return empty.Count;
    }

    private bool StoodOn(string what, string uri)
    {
        var version = session.First<string>("""
            SELECT m.name || ' ' || v.version FROM model_versions v JOIN registered_models m ON m.id = v.model WHERE v.deleted = 0 AND (v.storage = @uri OR substr(v.storage, 1, @length) = @below) LIMIT 1
            """, new { uri, below = $"{uri}/", length = uri.Length + 1 });
        if (version is null) return false;
        _kept.Add($"{what}: version {version} stands on its files");
        return true;
    }

    // Files in a store of their own (s3://…, named by a client) are not this server's to remove.
    private void Note(string uri)
    {
        if (!ArtifactStore.Keeps(uri)) return;
        var whole = uri.EndsWith("/artifacts", StringComparison.Ordinal) ? uri[..^"/artifacts".Length] : uri;
        session.Execute("INSERT INTO garbage (uri, noted) VALUES (@whole, @now)", new { whole, now });
    }

    private sealed record Owner
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string Uri { get; init; } = "";
        public string Lifecycle { get; init; } = "";
    }
}

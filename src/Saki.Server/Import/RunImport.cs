using Saki.Server.Storage;
using Saki.Server.Tracking;
using Saki.Server.Tracking.Runs;
using Saki.Tracking;

namespace Saki.Server.Import;

/// <summary>An experiment that imported runs go to.</summary>
/// <param name="Number">Its number here.</param>
/// <param name="Location">Where its artifacts lie.</param>
internal sealed record ImportTarget(long Number, string Location);

/// <summary>Writes experiments and runs. Each run's row, params, tags and links come in one transaction, its points in parts, each with the count of those that are here.</summary>
internal sealed class RunImport(MlflowSource source, Database database, RunTable runs, FileImport files, ImportReport report)
{
    private const int PointsAtOnce = 20_000;

    /// <summary>The experiment of that name, made when there is none.</summary>
    public Task<ImportTarget> EnsureAsync(Experiment experiment) => database.WriteAsync(session =>
    {
        var known = session.First<ImportTarget>("SELECT id AS Number, artifact_location AS Location FROM experiments WHERE name = @Name", new { experiment.Name });
        var target = known ?? Insert(session, experiment);
        foreach (var tag in experiment.Tags)
            session.Execute("INSERT INTO experiment_tags (experiment, key, value) VALUES (@Number, @Key, @Value) ON CONFLICT (experiment, key) DO NOTHING", new { target.Number, tag.Key, tag.Value });
        return target;
    });

    /// <summary>Brings a run; one that was brought whole before is only counted.</summary>
    public async Task BringAsync(SourceRun run, ImportTarget target, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var info = run.Run.Info;
        if (await BeginAsync(run, target) is not { } state)
        {
            report.RunsHereBefore++;
            return;
        }
        // Of a run that goes on, points may have come before those that are here: all are sent, and those that are here are dropped.
        var points = run.Ended ? state.Points : 0;
        var part = new List<Metric>(PointsAtOnce);
        await foreach (var point in source.PointsAsync(run, points, cancellation))
        {
            part.Add(point);
            if (part.Count < PointsAtOnce) continue;
            points += part.Count;
            await AddAsync(state.Run, part, points);
            part = new List<Metric>(PointsAtOnce);
        }
        if (part.Count > 0) await AddAsync(state.Run, part, points + part.Count);
        if (FileImport.Brings(info.ArtifactUri)) await files.BringAsync(info.ArtifactUri, info.RunId, $"{target.Location.TrimEnd('/')}/{info.RunId}/artifacts", cancellation);
        if (run.Ended) await database.WriteAsync(session => session.Execute("UPDATE run_imports SET done = 1 WHERE run = @Run", new { state.Run }));
        report.Runs++;
    }

    private static ImportTarget Insert(WriteSession session, Experiment experiment)
    {
        var number = session.Scalar<long>("""
            INSERT INTO experiments (name, artifact_location, lifecycle, created, updated) VALUES (@Name, '', @LifecycleStage, @CreationTime, @LastUpdateTime) RETURNING id
            """, new { experiment.Name, experiment.LifecycleStage, experiment.CreationTime, experiment.LastUpdateTime });
        var location = FileImport.Brings(experiment.ArtifactLocation) || !ArtifactLocation.IsRemote(experiment.ArtifactLocation) ? ArtifactLocation.OfExperiment(number) : experiment.ArtifactLocation;
        session.Execute("UPDATE experiments SET artifact_location = @location WHERE id = @number", new { location, number });
        return new ImportTarget(number, location);
    }

    // Null for a run that needs nothing more: brought whole before, or one of this server's own.
    private Task<ImportState?> BeginAsync(SourceRun run, ImportTarget target) => database.WriteAsync(session =>
    {
        var (info, data) = (run.Run.Info, run.Run.Data);
        var row = session.First<long?>("SELECT id FROM runs WHERE run_id = @RunId", new { info.RunId });
        var state = row is null ? null : session.First<ImportState>("SELECT run AS Run, points AS Points, done AS Done FROM run_imports WHERE run = @row", new { row });
        if (state is { Done: 1 } || (row is not null && state is null)) return null;
        row = Write(session, run, target, row);
        foreach (var item in data.Params)
            session.Execute("INSERT INTO run_params (run, key, value) VALUES (@row, @Key, @Value) ON CONFLICT (run, key) DO NOTHING", new { row, item.Key, item.Value });
        foreach (var tag in data.Tags)
            session.Execute("INSERT INTO run_tags (run, key, value) VALUES (@row, @Key, @Value) ON CONFLICT (run, key) DO UPDATE SET value = excluded.value", new { row, tag.Key, tag.Value });
        session.Execute("INSERT INTO run_tags (run, key, value) VALUES (@row, 'mlflow.runName', @RunName) ON CONFLICT (run, key) DO NOTHING", new { row, info.RunName });
        RunLinks.Add(session, row.Value, run.Run.Inputs?.DatasetInputs ?? []);
        RunLinks.Add(session, row.Value, (run.Run.Inputs?.ModelInputs ?? []).Select(model => new ModelOutput(model.ModelId, 0)), input: true);
        RunLinks.Add(session, row.Value, run.Run.Outputs?.ModelOutputs ?? [], input: false);
        session.Execute("INSERT INTO run_imports (run, points, done) VALUES (@row, 0, 0) ON CONFLICT (run) DO NOTHING", new { row });
        return state ?? new ImportState { Run = row.Value };
    });

    private static long Write(WriteSession session, SourceRun run, ImportTarget target, long? row)
    {
        var info = run.Run.Info;
        var values = new
        {
            row,
            info.RunId,
            target.Number,
            Name = info.RunName.Length > 0 ? info.RunName : info.RunId[..Math.Min(8, info.RunId.Length)],
            info.UserId,
            Status = info.Status.ToString().ToUpperInvariant(),
            info.StartTime,
            info.EndTime,
            info.LifecycleStage,
            Deleted = info.LifecycleStage == "deleted" ? run.Deleted ?? TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() : (long?)null,
            Uri = FileImport.Brings(info.ArtifactUri) || !ArtifactLocation.IsRemote(info.ArtifactUri) ? $"{target.Location.TrimEnd('/')}/{info.RunId}/artifacts" : info.ArtifactUri,
        };
        if (row is null)
        {
            return session.Scalar<long>("""
                INSERT INTO runs (run_id, experiment, name, user_id, status, start_time, end_time, lifecycle, deleted, artifact_uri)
                VALUES (@RunId, @Number, @Name, @UserId, @Status, @StartTime, @EndTime, @LifecycleStage, @Deleted, @Uri) RETURNING id
                """, values);
        }
        session.Execute("UPDATE runs SET name = @Name, status = @Status, end_time = @EndTime, lifecycle = @LifecycleStage, deleted = @Deleted WHERE id = @row", values);
        return row.Value;
    }

    private async Task AddAsync(long run, List<Metric> points, long here)
    {
        await database.WriteAsync(session =>
        {
            session.Execute("UPDATE run_imports SET points = @here WHERE run = @run", new { here, run });
            runs.AddPoints(session, run, points);
        });
        report.Points += points.Count;
    }

    private sealed record ImportState
    {
        public long Run { get; init; }
        public long Points { get; init; }
        public long Done { get; init; }
    }
}

using System.Globalization;
using System.Security.Cryptography;
using Saki.Server.Storage;
using Saki.Server.Tracking.Experiments;
using Saki.Server.Tracking.Runs.Scan;
using Saki.Tracking;

namespace Saki.Server.Tracking.Runs;

/// <summary>Every change of a run: creation, state, params, metrics, tags. Reads are in <see cref="RunReader"/>.</summary>
internal sealed class RunTable
{
    private const string NameTag = "mlflow.runName";
    private readonly Database _database;
    private readonly TimeProvider _time;
    private readonly MetricWriter _metrics;
    private readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<long, ExperimentRow> _homes = [];

    public RunTable(Database database, TimeProvider time)
    {
        (_database, _time, _metrics) = (database, time, new MetricWriter(database.Session));
        Changes = new RunChanges(database.Session);
        database.Session.Forgotten += () =>
        {
            _known.Clear();
            _homes.Clear();
        };
    }

    /// <summary>Which runs were changed, for who keeps what was read.</summary>
    public RunChanges Changes { get; }

    /// <summary>Makes a run and gives its id.</summary>
    /// <param name="asked">As in <c>runs/create</c>.</param>
    /// <param name="id">32 lower-case hex digits; null for new ones.</param>
    public async Task<string> CreateAsync(CreateRun asked, string? id = null) => (await MakeAsync(asked, id)).Info.RunId;

    /// <summary>Makes a run and gives it as it is then.</summary>
    /// <inheritdoc cref="CreateAsync"/>
    public async Task<Run> MakeAsync(CreateRun asked, string? id = null)
    {
        var tags = asked.Tags.Select(LogLimits.Checked).ToList();
        var tagged = tags.FindLast(tag => tag.Key == NameTag)?.Value;
        if (asked.RunName is { Length: > 0 } && tagged is not null && tagged != asked.RunName)
            throw MlflowException.BadValue($"Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='{asked.RunName}', mlflow.runName='{tagged}').");
        id ??= RandomNumberGenerator.GetHexString(32, lowercase: true);
        var name = asked.RunName is { Length: > 0 } given ? given : tagged ?? MadeUpName.New();
        if (tagged is null) tags.Add(new Tag(NameTag, name));
        tags = [.. tags.GroupBy(tag => tag.Key, StringComparer.Ordinal).Select(same => same.Last()).OrderBy(tag => tag.Key, StringComparer.Ordinal)];
        var experiment = ExperimentStore.Number(asked.ExperimentId);
        var info = new RunInfo
        {
            RunId = id,
            RunName = tags.Find(tag => tag.Key == NameTag)!.Value,
            ExperimentId = experiment.ToString(CultureInfo.InvariantCulture),
            UserId = asked.UserId,
            Status = RunStatus.Running,
            StartTime = asked.StartTime,
            LifecycleStage = "active",
        };
        await _database.WriteCheckedAsync(session =>
        {
            var home = Home(session, experiment) ?? throw ExperimentStore.None(asked.ExperimentId);
            if (home.Lifecycle != "active") throw MlflowException.BadValue($"The experiment {asked.ExperimentId} must be in the 'active' state. Current state is deleted.");
            info = info with { ArtifactUri = $"{home.Location.TrimEnd('/')}/{id}/artifacts" };
            session.Later([
                new("INSERT INTO runs (run_id, experiment, name, user_id, status, start_time, lifecycle, artifact_uri) VALUES (@0, @1, @2, @3, 'RUNNING', @4, 'active', @5)",
                    [id, experiment, info.RunName, asked.UserId, asked.StartTime, info.ArtifactUri]),
                .. tags.Select(tag => new LaterStatement("INSERT INTO run_tags (run, key, value) SELECT id, @1, @2 FROM runs WHERE run_id = @0", [id, tag.Key, tag.Value])),
            ]);
        });
        return new Run(info, new RunData { Tags = tags }, new RunInputs(), new RunOutputs());
    }

    /// <summary>Changes state, end and name; what is null stays.</summary>
    public Task UpdateAsync(UpdateRun change) => _database.WriteAsync(session =>
    {
        var run = Active(session, change.RunId);
        if (change.Status is { } status) session.Prepare("UPDATE runs SET status = @0 WHERE id = @1", status.ToString().ToUpperInvariant(), run).ExecuteNonQuery();
        if (change.EndTime is { } end) session.Prepare("UPDATE runs SET end_time = @0 WHERE id = @1", end, run).ExecuteNonQuery();
        if (change.RunName is { Length: > 0 } name) SetTag(session, run, new Tag(NameTag, name));
    });

    /// <summary>Marks it deleted; its records stay.</summary>
    public Task DeleteAsync(string id) => MoveAsync(id, "deleted", _time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Brings it back.</summary>
    public Task RestoreAsync(string id) => MoveAsync(id, "active", null);

    /// <summary>Params, tags and points, all of them or none.</summary>
    /// <exception cref="MlflowException">(of the task) The run is not active, or a param changes.</exception>
    public Task LogAsync(LogBatch batch)
    {
        LogLimits.CheckSizes(batch);
        foreach (var metric in batch.Metrics) LogLimits.Check(metric);
        if (batch.Params.Count == 0 && batch.Tags.Count == 0 && batch.Metrics.All(metric => metric.ModelId is null))
        {
            return _database.WriteCheckedAsync(session => _metrics.Add(session, Active(session, batch.RunId), batch.Metrics));
        }
        var items = batch.Params.Select(LogLimits.Checked).ToList();
        var tags = batch.Tags.Select(LogLimits.Checked).ToList();
        return _database.WriteAsync(session =>
        {
            var run = Active(session, batch.RunId);
            foreach (var item in items) AddParam(session, run, batch.RunId, item);
            foreach (var tag in tags) SetTag(session, run, tag);
            foreach (var metric in batch.Metrics) LoggedModels.LoggedModelTable.Add(session, batch.RunId, metric);
            _metrics.Add(session, run, batch.Metrics);
        });
    }

    /// <summary>Points of an import, which are kept as they are. Nothing may fail behind it in the same write.</summary>
    public void AddPoints(WriteSession session, long run, IReadOnlyList<Metric> points) => _metrics.Add(session, run, points);

    public Task DeleteTagAsync(string id, string key) => _database.WriteAsync(session =>
    {
        if (session.Execute("DELETE FROM run_tags WHERE run = @run AND key = @key", new { run = Active(session, id), key }) == 0)
            throw MlflowException.Missing($"No tag with name: {key} in run with id {id}");
    });

    /// <summary>Appends to the tag in which clients of MLflow 2 keep what they logged.</summary>
    public Task LogModelAsync(string id, string modelJson) => _database.WriteAsync(session =>
    {
        const string History = "mlflow.log-model.history";
        var run = Active(session, id);
        var before = session.Scalar<string?>("SELECT value FROM run_tags WHERE run = @run AND key = @History", new { run, History });
        // The tag holds a JSON list; it is longer than other tags may be.
        SetTag(session, run, new Tag(History, before is { Length: > 2 } ? $"{before[..^1]}, {modelJson}]" : $"[{modelJson}]"));
    });

    /// <summary>The number of a run that can be written to.</summary>
    /// <exception cref="MlflowException">There is none, or it is deleted.</exception>
    public long Active(WriteSession session, string id)
    {
        var run = Find(session, id);
        Changes.Touch(run.Row);
        return run.Active ? run.Row : throw MlflowException.BadValue($"The run {id} must be in the 'active' state. Current state is deleted.");
    }

    /// <summary>The refusal for a run that is not there.</summary>
    public static MlflowException None(string id) => MlflowException.Missing($"Run with id={id} not found");

    private Known Find(WriteSession session, string id)
    {
        if (_known.TryGetValue(id, out var known)) return known;
        using var reader = session.Prepare("SELECT id, lifecycle FROM runs WHERE run_id = @0", id).ExecuteReader();
        if (!reader.Read()) throw None(id);
        if (_known.Count > 10_000) _known.Clear();
        return _known[id] = new Known(reader.GetInt64(0), reader.GetString(1) == "active");
    }

    private ExperimentRow? Home(WriteSession session, long experiment)
    {
        if (_homes.TryGetValue(experiment, out var known)) return known;
        if (_homes.Count > 10_000) _homes.Clear();
        var home = session.First<ExperimentRow>("SELECT lifecycle AS Lifecycle, artifact_location AS Location FROM experiments WHERE id = @experiment", new { experiment });
        return home is null ? null : _homes[experiment] = home;
    }

    private Task MoveAsync(string id, string lifecycle, long? deleted) => _database.WriteAsync(session =>
    {
        var run = Find(session, id);
        session.Execute("UPDATE runs SET lifecycle = @lifecycle, deleted = @deleted WHERE id = @Row", new { lifecycle, deleted, run.Row });
        Changes.Touch(run.Row);
        _known.Remove(id);
    });

    private static void AddParam(WriteSession session, long run, string id, Param item)
    {
        var added = session.Prepare("INSERT INTO run_params (run, key, value) VALUES (@0, @1, @2) ON CONFLICT (run, key) DO NOTHING", run, item.Key, item.Value).ExecuteNonQuery();
        if (added == 1) return;
        var old = (string)session.Prepare("SELECT value FROM run_params WHERE run = @0 AND key = @1", run, item.Key).ExecuteScalar()!;
        if (old != item.Value)
            throw MlflowException.BadValue($"Changing param values is not allowed. Param with key='{item.Key}' was already logged with value='{old}' for run ID='{id}'. Attempted logging new value '{item.Value}'.");
    }

    private static void SetTag(WriteSession session, long run, Tag tag)
    {
        session.Prepare("INSERT INTO run_tags (run, key, value) VALUES (@0, @1, @2) ON CONFLICT (run, key) DO UPDATE SET value = excluded.value", run, tag.Key, tag.Value).ExecuteNonQuery();
        if (tag.Key == NameTag) session.Prepare("UPDATE runs SET name = @0 WHERE id = @1", tag.Value, run).ExecuteNonQuery();
    }

    private readonly record struct Known(long Row, bool Active);

    private sealed record ExperimentRow
    {
        public string Lifecycle { get; init; } = "";
        public string Location { get; init; } = "";
    }
}

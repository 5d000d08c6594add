using System.Globalization;
using System.Runtime.CompilerServices;
using Dapper;
using Microsoft.Data.Sqlite;
using Saki.Tracking;

namespace Saki.Server.Import;

/// <summary>Reads the SQLite file of an MLflow 2.x or 3.x. It is opened read-only, and may be in use. Tables and columns that an older one lacks count as empty.</summary>
internal sealed class SqliteSource : MlflowSource
{
    private readonly string _path;
    private readonly SqliteConnection _file;
    private readonly SourceFolder _folder;
    private readonly HashSet<string> _columns;

    static SqliteSource() => SQLitePCL.Batteries_V2.Init();

    /// <param name="path">The file.</param>
    /// <param name="folders">As in <see cref="SourceFolder"/>.</param>
    /// <exception cref="SakiException">It is no file of an MLflow of these versions.</exception>
    public SqliteSource(string path, IReadOnlyList<string> folders)
    {
        if (!File.Exists(path)) throw Wrong(path, "no such file");
        (_path, _folder) = (path, new SourceFolder(path, folders));
        _file = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        try
        {
            _file.Open();
            _file.Execute("PRAGMA busy_timeout = 10000");
            _columns = [.. _file.Query<string>("SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'")];
        }
        catch (SqliteException failure)
        {
            _file.Dispose();
            throw Wrong(path, failure.Message.TrimEnd('.'), failure);
        }
        if (_columns.Contains("runs.deleted_time") && _columns.Contains("experiments.creation_time")) return;
        var got = _columns.Contains("runs.run_uuid") ? "one of MLflow 1 (bring it up to date first: mlflow db upgrade sqlite:///FILE)" : "a database of something else";
        _file.Dispose();
        throw Wrong(path, got);
    }

    /// <inheritdoc/>
    public override string Name => Path.GetFullPath(_path);

    private bool HasModels => _columns.Contains("logged_models.model_id");

    /// <inheritdoc/>
    public override long CountRuns() => _file.ExecuteScalar<long>("SELECT count(*) FROM runs");

    /// <inheritdoc/>
    public override async IAsyncEnumerable<Experiment> ExperimentsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        var tags = Tags("SELECT experiment_id AS Owner, key AS Key, value AS Value FROM experiment_tags");
        foreach (var row in _file.Query<ExperimentRow>("""
            SELECT experiment_id AS Id, name AS Name, artifact_location AS Location, lifecycle_stage AS Stage, creation_time AS Created, last_update_time AS Updated FROM experiments ORDER BY experiment_id
            """).AsList())
        {
            var id = row.Id.ToString(CultureInfo.InvariantCulture);
            yield return new Experiment
            {
                ExperimentId = id,
                Name = row.Name,
                ArtifactLocation = row.Location ?? "",
                LifecycleStage = row.Stage ?? "active",
                CreationTime = row.Created ?? 0,
                LastUpdateTime = row.Updated ?? row.Created ?? 0,
                Tags = [.. tags[id]],
            };
        }
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<SourceRun> RunsAsync(string experiment, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        // The names first: a reader that stays open for as long as an import takes would keep the file's log from being folded.
        foreach (var part in _file.Query<string>("SELECT run_uuid FROM runs WHERE experiment_id = @experiment ORDER BY start_time, run_uuid", new { experiment = long.Parse(experiment, CultureInfo.InvariantCulture) }).Chunk(200))
        {
            var of = new { ids = part };
            var tags = Tags("SELECT run_uuid AS Owner, key AS Key, value AS Value FROM tags WHERE run_uuid IN @ids", of);
            var items = Tags("SELECT run_uuid AS Owner, key AS Key, value AS Value FROM params WHERE run_uuid IN @ids", of);
            var (inputs, models) = (Datasets(of), Models(of));
            foreach (var row in _file.Query<RunRow>("""
                SELECT run_uuid AS Id, name AS Name, user_id AS User, status AS Status, start_time AS Start, end_time AS End, lifecycle_stage AS Stage, deleted_time AS Deleted, artifact_uri AS Uri
                FROM runs WHERE run_uuid IN @ids ORDER BY start_time, run_uuid
                """, of).AsList())
            {
                yield return new SourceRun(new Run(row.Info(experiment, tags[row.Id].FirstOrDefault(tag => tag.Key == "mlflow.runName")?.Value),
                    new RunData { Tags = [.. tags[row.Id]], Params = [.. items[row.Id].Select(item => new Param(item.Key, item.Value))] },
                    new RunInputs { DatasetInputs = [.. inputs[row.Id]], ModelInputs = [.. models[row.Id].Where(model => model.Input).Select(model => new ModelInput(model.Output.ModelId))] },
                    new RunOutputs { ModelOutputs = [.. models[row.Id].Where(model => !model.Input).Select(model => model.Output)] }), row.Deleted);
            }
        }
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<Metric> PointsAsync(SourceRun run, long skip, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        using var command = _file.CreateCommand();
        command.CommandText = "SELECT key, value, timestamp, step, is_nan FROM metrics WHERE run_uuid = $run ORDER BY rowid LIMIT -1 OFFSET $skip";
        command.Parameters.AddWithValue("$run", run.Run.Info.RunId);
        command.Parameters.AddWithValue("$skip", skip);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            cancellation.ThrowIfCancellationRequested();
            yield return new Metric(reader.GetString(0), reader.GetBoolean(4) || reader.IsDBNull(1) ? double.NaN : reader.GetDouble(1), reader.GetInt64(2), reader.GetInt64(3));
        }
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<SourceModel> LoggedModelsAsync(string experiment, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        if (!HasModels) yield break;
        var of = new { experiment = long.Parse(experiment, CultureInfo.InvariantCulture) };
        var tags = Tags("SELECT model_id AS Owner, tag_key AS Key, tag_value AS Value FROM logged_model_tags WHERE experiment_id = @experiment", of);
        var items = Tags("SELECT model_id AS Owner, param_key AS Key, param_value AS Value FROM logged_model_params WHERE experiment_id = @experiment", of);
        foreach (var row in _file.Query<ModelRow>("""
            SELECT model_id AS Id, name AS Name, artifact_location AS Uri, creation_timestamp_ms AS Created, last_updated_timestamp_ms AS Updated, status AS Status, lifecycle_stage AS Stage,
            model_type AS Type, source_run_id AS Run FROM logged_models WHERE experiment_id = @experiment ORDER BY creation_timestamp_ms, model_id
            """, of).AsList())
        {
            var points = _file.Query<ModelPointRow>("""
                SELECT metric_name AS Key, metric_value AS Value, metric_timestamp_ms AS Time, metric_step AS Step, run_id AS Run, dataset_name AS Dataset, dataset_digest AS Digest
                FROM logged_model_metrics WHERE model_id = @Id
                """, new { row.Id });
            yield return new SourceModel(new LoggedModel(row.Info(experiment, [.. tags[row.Id]]), new LoggedModelData
            {
                Params = [.. items[row.Id].Select(item => new Param(item.Key, item.Value))],
                Metrics = [.. points.Select(point => new Metric(point.Key, point.Value ?? double.NaN, point.Time, point.Step) { RunId = point.Run, DatasetName = point.Dataset, DatasetDigest = point.Digest })],
            }), row.Stage == "deleted");
        }
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<RegisteredModel> RegisteredModelsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        if (!_columns.Contains("registered_models.name")) yield break;
        var tags = Tags("SELECT name AS Owner, key AS Key, value AS Value FROM registered_model_tags");
        var aliases = _columns.Contains("registered_model_aliases.alias") ? Tags("SELECT name AS Owner, alias AS Key, CAST(version AS TEXT) AS Value FROM registered_model_aliases") : Tags(null);
        foreach (var row in _file.Query<(string Name, string? Description, long? Created, long? Updated)>("SELECT name, description, creation_time, last_updated_time FROM registered_models ORDER BY name").AsList())
        {
            yield return new RegisteredModel
            {
                Name = row.Name,
                Description = row.Description,
                CreationTimestamp = row.Created ?? 0,
                LastUpdatedTimestamp = row.Updated ?? row.Created ?? 0,
                Tags = [.. tags[row.Name]],
                Aliases = [.. aliases[row.Name].Select(alias => new ModelAlias(alias.Key, alias.Value))],
            };
        }
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<ModelVersion> VersionsAsync(string model, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        var tags = Tags("SELECT CAST(version AS TEXT) AS Owner, key AS Key, value AS Value FROM model_version_tags WHERE name = @model", new { model });
        foreach (var row in _file.Query<VersionRow>("""
            SELECT version AS Version, creation_time AS Created, last_updated_time AS Updated, description AS Description, user_id AS User, current_stage AS Stage, source AS Source,
            run_id AS Run, run_link AS Link FROM model_versions WHERE name = @model AND current_stage <> 'Deleted_Internal' ORDER BY version
            """, new { model }).AsList())
        {
            yield return row.Of(model, [.. tags[row.Version.ToString(CultureInfo.InvariantCulture)]]);
        }
    }

    /// <inheritdoc/>
    public override IAsyncEnumerable<SourceFile> FilesAsync(string uri, string? run, CancellationToken cancellation) => _folder.Files(uri).ToAsyncEnumerable();

    /// <inheritdoc/>
    public override void Dispose() => _file.Dispose();

    private ILookup<string, Tag> Tags(string? sql, object? values = null) =>
        (sql is null ? [] : _file.Query<TextRow>(sql, values)).ToLookup(row => row.Owner, row => new Tag(row.Key, row.Value ?? ""));

    private ILookup<string, DatasetInput> Datasets(object of)
    {
        if (!_columns.Contains("inputs.input_uuid")) return Enumerable.Empty<DatasetInput>().ToLookup(_ => "");
        var tags = Tags("""
            SELECT t.input_uuid AS Owner, t.name AS Key, t.value AS Value FROM input_tags t JOIN inputs i ON i.input_uuid = t.input_uuid WHERE i.destination_type = 'RUN' AND i.destination_id IN @ids
            """, of);
        return _file.Query<DatasetRow>("""
            SELECT i.destination_id AS Run, i.input_uuid AS Input, d.name AS Name, d.digest AS Digest, d.dataset_source_type AS SourceType, d.dataset_source AS Source, d.dataset_schema AS Shape, d.dataset_profile AS Profile
            FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id WHERE i.source_type = 'DATASET' AND i.destination_type = 'RUN' AND i.destination_id IN @ids
            """, of).ToLookup(row => row.Run, row => new DatasetInput([.. tags[row.Input]], new Dataset(row.Name, row.Digest, row.SourceType, row.Source, row.Shape, row.Profile)));
    }

    private ILookup<string, (ModelOutput Output, bool Input)> Models(object of) => !HasModels
        ? Enumerable.Empty<(ModelOutput, bool)>().ToLookup(_ => "")
        : _file.Query<(string Run, string Model, string Kind, long Step)>($"""
            SELECT source_id, destination_id, source_type, {(_columns.Contains("inputs.step") ? "step" : "0")} FROM inputs WHERE source_type IN ('RUN_INPUT', 'RUN_OUTPUT') AND source_id IN @ids
            """, of).ToLookup(row => row.Run, row => (new ModelOutput(row.Model, row.Step), row.Kind == "RUN_INPUT"));

    private static SakiException Wrong(string path, string got, Exception? cause = null) =>
        new("Opening the MLflow to import", $"the SQLite file of an MLflow 2 or 3 at {path}", got, "Name its file (mlflow.db), or its address.", cause);
}

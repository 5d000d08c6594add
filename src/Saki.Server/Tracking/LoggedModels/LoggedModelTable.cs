using System.Buffers;
using System.Security.Cryptography;
using Saki.Server.Storage;
using Saki.Server.Tracking.Experiments;
using Saki.Server.Tracking.Runs;
using Saki.Tracking;

namespace Saki.Server.Tracking.LoggedModels;

/// <summary>Every change of a logged model of MLflow 3. Reads are in <see cref="LoggedModelReader"/>.</summary>
internal sealed class LoggedModelTable(Database database, TimeProvider time)
{
    private static readonly string[] States = ["LOGGED_MODEL_STATUS_UNSPECIFIED", "LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"];

    private static readonly SearchValues<char> Reserved = SearchValues.Create("/:.%\"'");

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Makes one and gives its id.</summary>
    public Task<string> CreateAsync(MlflowCall call)
    {
        var (experiment, given, items, tags) = (call.Required("experiment_id"), call.Text("name"), Params(call), Tags(call));
        var name = given ?? MadeUpName.New();
        if (name.AsSpan().ContainsAny(Reserved)) throw MlflowException.BadValue($"Invalid model name ({name}) provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '\"', \"'\")");
        var (type, source, number) = (call.Text("model_type"), call.Text("source_run_id"), ExperimentStore.Number(experiment));
        var id = $"m-{RandomNumberGenerator.GetHexString(32, lowercase: true)}";
        return database.WriteAsync(session =>
        {
            var location = session.Scalar<string?>("SELECT artifact_location FROM experiments WHERE id = @number AND lifecycle = 'active'", new { number }) ?? throw ExperimentStore.None(experiment);
            var row = session.Scalar<long>("""
                INSERT INTO logged_models (model_id, experiment, name, created, updated, artifact_uri, status, model_type, source_run_id, lifecycle)
                VALUES (@id, @number, @name, @now, @now, @uri, 'LOGGED_MODEL_PENDING', @type, @source, 'active') RETURNING id
                """, new { id, number, name, now = Now, uri = $"{location.TrimEnd('/')}/models/{id}/artifacts", type, source });
            AddParams(session, row, items);
            AddTags(session, row, tags);
            return id;
        });
    }

    /// <summary>Moves it to another state.</summary>
    public Task FinishAsync(string id, string status)
    {
        var canonical = int.TryParse(status, System.Globalization.CultureInfo.InvariantCulture, out var number) ? States.ElementAtOrDefault(number) : Array.Find(States, state => state == status);
        if (canonical is null) throw MlflowException.BadValue($"Invalid value \"{status}\" for parameter 'status' supplied.");
        return ChangeAsync(id, (session, row) => session.Execute("UPDATE logged_models SET status = @canonical WHERE id = @row", new { canonical, row }));
    }

    /// <summary>Marks it deleted.</summary>
    public Task DeleteAsync(string id) => ChangeAsync(id, (session, row) => session.Execute("UPDATE logged_models SET lifecycle = 'deleted' WHERE id = @row", new { row }));

    public Task SetTagsAsync(string id, IReadOnlyList<Tag> tags) => ChangeAsync(id, (session, row) => AddTags(session, row, tags));

    public Task DeleteTagAsync(string id, string key) => ChangeAsync(id, (session, row) =>
    {
        if (session.Execute("DELETE FROM logged_model_tags WHERE model = @row AND key = @key", new { row, key }) == 0) throw MlflowException.Missing($"No tag with key '{key}' found for model with ID '{id}'.");
    });

    public Task AddParamsAsync(string id, IReadOnlyList<Param> items) => ChangeAsync(id, (session, row) => AddParams(session, row, items));

    /// <summary>Keeps a run's point for the model that it names, too.</summary>
    /// <exception cref="MlflowException">There is no such model.</exception>
    public static void Add(WriteSession session, string run, Metric metric)
    {
        if (metric.ModelId is not { } id) return;
        var nan = double.IsNaN(metric.Value);
        session.Execute("""
            INSERT INTO logged_model_metrics (model, key, time, step, run_id, value, nan, dataset_name, dataset_digest)
            VALUES (@row, @Key, @Timestamp, @Step, @run, @value, @nan, @DatasetName, @DatasetDigest)
            ON CONFLICT (model, key, time, step, run_id) DO UPDATE SET value = excluded.value, nan = excluded.nan
            """, new { row = Row(session, id), metric.Key, metric.Timestamp, metric.Step, run, value = nan ? 0 : MetricWriter.Finite(metric.Value), nan = nan ? 1L : 0L, metric.DatasetName, metric.DatasetDigest });
    }

    /// <summary>The refusal for one that is not there.</summary>
    public static MlflowException None(string id) => MlflowException.Missing($"Logged model with ID '{id}' not found.");

    internal static IReadOnlyList<Tag> Tags(MlflowCall call) => [.. call.Tags().Select(LogLimits.Checked)];

    internal static IReadOnlyList<Param> Params(MlflowCall call) => [.. call.Tags("params").Select(item => LogLimits.Checked(new Param(item.Key, item.Value)))];

    private static long Row(WriteSession session, string id) => session.Scalar<long?>("SELECT id FROM logged_models WHERE model_id = @id AND lifecycle = 'active'", new { id }) ?? throw None(id);

    private Task ChangeAsync(string id, Action<WriteSession, long> change) => database.WriteAsync(session =>
    {
        var row = Row(session, id);
        change(session, row);
        session.Execute("UPDATE logged_models SET updated = @now WHERE id = @row", new { now = Now, row });
    });

    private static void AddTags(WriteSession session, long row, IReadOnlyList<Tag> tags)
    {
        foreach (var tag in tags)
            session.Execute("INSERT INTO logged_model_tags (model, key, value) VALUES (@row, @Key, @Value) ON CONFLICT (model, key) DO UPDATE SET value = excluded.value", new { row, tag.Key, tag.Value });
    }

    private static void AddParams(WriteSession session, long row, IReadOnlyList<Param> items)
    {
        foreach (var item in items)
            session.Execute("INSERT INTO logged_model_params (model, key, value) VALUES (@row, @Key, @Value) ON CONFLICT (model, key) DO UPDATE SET value = excluded.value", new { row, item.Key, item.Value });
    }
}

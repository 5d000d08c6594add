using System.Globalization;
using Saki.Server.Registry;
using Saki.Server.Registry.Audit;
using Saki.Server.Storage;
using Saki.Server.Tracking.Runs;
using Saki.Tracking;

namespace Saki.Server.Import;

/// <summary>
/// Writes logged models and registered ones. A registered model comes in one transaction; versions keep their numbers, and each step to a stage or an alias is in the audit as the
/// import's. No gate is asked: what was in production elsewhere was decided there.
/// </summary>
internal sealed class ModelImport(MlflowSource source, Database database, FileImport files, ImportReport report)
{
    private const string Who = "import";

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Brings a logged model.</summary>
    public async Task BringAsync(SourceModel model, ImportTarget target, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var info = model.Model.Info;
        var uri = FileImport.Brings(info.ArtifactUri) ? $"{target.Location.TrimEnd('/')}/models/{info.ModelId}/artifacts" : info.ArtifactUri;
        await database.WriteAsync(session =>
        {
            var row = session.Scalar<long>("""
                INSERT INTO logged_models (model_id, experiment, name, created, updated, artifact_uri, status, model_type, source_run_id, lifecycle)
                VALUES (@ModelId, @Number, @Name, @CreationTimestampMs, @LastUpdatedTimestampMs, @uri, @Status, @ModelType, @SourceRunId, @lifecycle)
                ON CONFLICT (model_id) DO UPDATE SET status = excluded.status, updated = excluded.updated RETURNING id
                """, new { info.ModelId, target.Number, info.Name, info.CreationTimestampMs, info.LastUpdatedTimestampMs, uri, info.Status, info.ModelType, info.SourceRunId, lifecycle = model.Deleted ? "deleted" : "active" });
            foreach (var item in model.Model.Data.Params)
                session.Execute("INSERT INTO logged_model_params (model, key, value) VALUES (@row, @Key, @Value) ON CONFLICT (model, key) DO NOTHING", new { row, item.Key, item.Value });
            foreach (var tag in info.Tags)
                session.Execute("INSERT INTO logged_model_tags (model, key, value) VALUES (@row, @Key, @Value) ON CONFLICT (model, key) DO NOTHING", new { row, tag.Key, tag.Value });
            foreach (var point in model.Model.Data.Metrics) Add(session, row, point);
        });
        if (FileImport.Brings(info.ArtifactUri)) await files.BringAsync(info.ArtifactUri, null, uri, cancellation);
        report.LoggedModels++;
    }

    /// <summary>Brings a registered model with those of its versions that are not here.</summary>
    public async Task BringAsync(RegisteredModel model, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var versions = new List<ModelVersion>();
        await foreach (var version in source.VersionsAsync(model.Name, cancellation)) versions.Add(version);
        report.Versions += await database.WriteAsync(session => Write(session, model, versions));
        report.RegisteredModels++;
    }

    private static void Add(WriteSession session, long row, Metric point)
    {
        var nan = double.IsNaN(point.Value);
        session.Execute("""
            INSERT INTO logged_model_metrics (model, key, time, step, run_id, value, nan, dataset_name, dataset_digest)
            VALUES (@row, @Key, @Timestamp, @Step, @run, @value, @nan, @DatasetName, @DatasetDigest) ON CONFLICT (model, key, time, step, run_id) DO NOTHING
            """, new { row, point.Key, point.Timestamp, point.Step, run = point.RunId ?? "", value = nan ? 0 : MetricWriter.Finite(point.Value), nan = nan ? 1L : 0L, point.DatasetName, point.DatasetDigest });
    }

    private int Write(WriteSession session, RegisteredModel model, List<ModelVersion> versions)
    {
        var number = session.First<long?>("SELECT id FROM registered_models WHERE name = @Name", new { model.Name }) ?? session.Scalar<long>("""
            INSERT INTO registered_models (name, description, created, updated) VALUES (@Name, @Description, @CreationTimestamp, @LastUpdatedTimestamp) RETURNING id
            """, new { model.Name, model.Description, model.CreationTimestamp, model.LastUpdatedTimestamp });
        foreach (var tag in model.Tags)
            session.Execute("INSERT INTO registered_model_tags (model, key, value) VALUES (@number, @Key, @Value) ON CONFLICT (model, key) DO NOTHING", new { number, tag.Key, tag.Value });
        var here = session.Query<long>("SELECT version FROM model_versions WHERE model = @number", new { number }).ToHashSet();
        var brought = versions.Where(version => !here.Contains(Number(version.Version))).ToList();
        foreach (var version in brought) Insert(session, number, version);
        foreach (var version in brought.Where(version => version.CurrentStage != "None").OrderBy(version => version.LastUpdatedTimestamp)) Move(session, number, version, MoveKind.Stage, RegistryMoves.Stage(version.CurrentStage));
        foreach (var alias in model.Aliases)
            if (brought.Find(version => version.Version == alias.Version) is { } version) SetAlias(session, number, version, alias.Alias);
        foreach (var version in brought)
            session.Execute("UPDATE model_versions SET updated = @LastUpdatedTimestamp WHERE model = @number AND version = @version", new { number, version = Number(version.Version), version.LastUpdatedTimestamp });
        if (brought.Count > 0) session.Execute("UPDATE registered_models SET updated = @LastUpdatedTimestamp WHERE id = @number AND updated < @LastUpdatedTimestamp", new { number, model.LastUpdatedTimestamp });
        return brought.Count;
    }

    private void Insert(WriteSession session, long model, ModelVersion version)
    {
        var (from, number) = (SourceOf(session, version), Number(version.Version));
        session.Execute("""
            INSERT INTO model_versions (model, version, created, updated, stage, description, user_id, source, storage, run_id, run_link, model_id, deleted)
            VALUES (@model, @number, @CreationTimestamp, @LastUpdatedTimestamp, 'None', @Description, @user, @from, @storage, @RunId, @RunLink, @ModelId, 0)
            """, new
        {
            model,
            number,
            version.CreationTimestamp,
            version.LastUpdatedTimestamp,
            version.Description,
            user = version.UserId ?? "",
            from,
            storage = StorageOf(session, from),
            version.RunId,
            version.RunLink,
            version.ModelId,
        });
        foreach (var tag in version.Tags)
            session.Execute("INSERT INTO model_version_tags (model, version, key, value) VALUES (@model, @number, @Key, @Value) ON CONFLICT (model, version, key) DO NOTHING", new { model, number, tag.Key, tag.Value });
        AuditChain.Append(session, model, new AuditEntry { Time = Now, Who = Who, Model = version.Name, Version = number, Action = "create", To = from, Why = $"from {source.Name}" });
    }

    private void SetAlias(WriteSession session, long model, ModelVersion version, string alias)
    {
        // Here production and staging are the stages of these names.
        if (RegistryMoves.StageOf(alias) is { } stage && stage != version.CurrentStage) report.Note($"Alias {alias} of {version.Name} took version {version.Version} to {stage}");
        Move(session, model, version, MoveKind.SetAlias, alias);
    }

    private void Move(WriteSession session, long model, ModelVersion version, MoveKind kind, string to) =>
        RegistryMoves.Apply(session, model, new RegistryMove(version.Name, Number(version.Version), kind, to) { Who = Who, Why = $"from {source.Name}" }, null, Now);

    // Files of a run or of a logged model were brought to another place.
    private static string SourceOf(WriteSession session, ModelVersion version)
    {
        if (!FileImport.Brings(version.Source)) return version.Source;
        var model = version.Source.Split('/').FirstOrDefault(part => part.StartsWith("m-", StringComparison.Ordinal) && part.Length == 34);
        foreach (var (id, table, key) in (IEnumerable<(string?, string, string)>)[(version.RunId, "runs", "run_id"), (model, "logged_models", "model_id")])
        {
            if (id is not { Length: > 0 } || version.Source.IndexOf($"/{id}/artifacts", StringComparison.Ordinal) is not (>= 0 and var at)) continue;
            if (session.Scalar<string?>($"SELECT artifact_uri FROM {table} WHERE {key} = @id", new { id }) is { } uri) return $"{uri}{version.Source[(at + id.Length + "//artifacts".Length)..]}";
        }
        return version.Source;
    }

    private static string StorageOf(WriteSession session, string from)
    {
        const string Scheme = "models:/";
        if (!from.StartsWith(Scheme, StringComparison.Ordinal)) return from;
        var parts = from[Scheme.Length..].TrimStart('/').Split('/');
        if (parts.Length == 1) return session.Scalar<string?>("SELECT artifact_uri FROM logged_models WHERE model_id = @id", new { id = parts[0] }) ?? from;
        return session.Scalar<string?>("SELECT v.storage FROM model_versions v JOIN registered_models m ON m.id = v.model WHERE m.name = @name AND v.version = @version",
            new { name = parts[0], version = long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0 }) ?? from;
    }

    private static long Number(string version) => long.Parse(version, CultureInfo.InvariantCulture);
}

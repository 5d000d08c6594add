using System.Globalization;
using Saki.Server.Registry.Audit;
using Saki.Server.Registry.Gates;
using Saki.Server.Storage;
using Saki.Server.Webhooks;
using Saki.Tracking;

namespace Saki.Server.Registry;

/// <summary>Every change of registered models and their versions. Reads are in <see cref="RegistryReader"/>, steps between stages in <see cref="RegistryMoves"/>.</summary>
internal sealed class RegistryStore(Database database, RegistryGate gate, RegistryEvents events, TimeProvider time)
{
    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public Task CreateAsync(string name, string? description, IReadOnlyList<Tag> tags)
    {
        RegistryNames.CheckModel(name);
        foreach (var tag in tags) RegistryNames.CheckTag(tag);
        return database.WriteAsync(session =>
        {
            CheckFree(session, name);
            var model = session.Scalar<long>("INSERT INTO registered_models (name, description, created, updated) VALUES (@name, @description, @now, @now) RETURNING id", new { name, description, now = Now });
            foreach (var tag in tags) SetTag(session, model, tag);
            events.ModelCreated(session, name, description, tags, Now);
        });
    }

    public Task DescribeAsync(string name, string? description) => database.WriteAsync(session =>
        session.Execute("UPDATE registered_models SET description = @description, updated = @now WHERE id = @model", new { description, now = Now, model = Model(session, name) }));

    public Task RenameAsync(string name, string newName, string who)
    {
        RegistryNames.CheckModel(newName);
        return database.WriteAsync(session =>
        {
            var model = Model(session, name);
            if (name == newName) return;
            CheckFree(session, newName);
            gate.Policies.Rename(name, newName);
            session.Execute("UPDATE registered_models SET name = @newName, updated = @now WHERE id = @model", new { newName, now = Now, model });
            session.Execute("UPDATE model_versions SET updated = @now WHERE model = @model AND deleted = 0", new { now = Now, model });
            Note(session, model, new AuditEntry { Who = who, Model = newName, Action = "rename", From = name, To = newName });
        });
    }

    /// <summary>Deletes it with its versions, tags and aliases.</summary>
    public Task DeleteAsync(string name, string who) => database.WriteAsync(session =>
    {
        var model = Model(session, name);
        Note(session, model, new AuditEntry { Who = who, Model = name, Action = "delete" });
        session.Execute("DELETE FROM registered_models WHERE id = @model", new { model });
    });

    public Task SetTagAsync(string name, Tag tag)
    {
        RegistryNames.CheckTag(tag);
        return database.WriteAsync(session => SetTag(session, Model(session, name), tag));
    }

    public Task DeleteTagAsync(string name, string key) => database.WriteAsync(session =>
        session.Execute("DELETE FROM registered_model_tags WHERE model = @model AND key = @key", new { model = Model(session, name), key }));

    /// <summary>Adds the next version and gives its number.</summary>
    public Task<long> AddVersionAsync(ModelVersion asked, string who)
    {
        // Prompts have no files; their clients must say something all the same, and say this one word.
        if (asked.Source != RegistryNames.SourceOfPrompts || !asked.Tags.Any(tag => tag is { Key: RegistryReader.PromptTag, Value: "true" })) RegistryNames.CheckSource(asked.Source);
        foreach (var tag in asked.Tags) RegistryNames.CheckTag(tag);
        return database.WriteAsync(session =>
        {
            var model = Model(session, asked.Name);
            var storage = Resolve(session, asked.Source);
            var run = asked.RunId.Length > 0 || asked.ModelId is null ? asked.RunId
                : session.Scalar<string?>("SELECT source_run_id FROM logged_models WHERE model_id = @ModelId", new { asked.ModelId }) ?? "";
            var version = session.Scalar<long>("SELECT coalesce(max(version), 0) + 1 FROM model_versions WHERE model = @model", new { model });
            session.Execute("""
                INSERT INTO model_versions (model, version, created, updated, stage, description, user_id, source, storage, run_id, run_link, model_id, deleted)
                VALUES (@model, @version, @now, @now, 'None', @Description, '', @Source, @storage, @run, @RunLink, @ModelId, 0)
                """, new { model, version, now = Now, asked.Description, asked.Source, storage, run, asked.RunLink, asked.ModelId });
            foreach (var tag in asked.Tags) SetTag(session, model, version, tag);
            if (asked.ModelId is not null) NoteOnLoggedModel(session, asked.ModelId, asked.Name, version);
            session.Execute("UPDATE registered_models SET updated = @now WHERE id = @model", new { now = Now, model });
            Note(session, model, new AuditEntry { Who = who, Model = asked.Name, Version = version, Action = "create", To = asked.Source });
            events.VersionCreated(session, model, asked, version, run, Now);
            return version;
        });
    }

    public Task DescribeVersionAsync(string name, long version, string description) => database.WriteAsync(session =>
    {
        var model = Model(session, name);
        CheckVersion(session, model, name, version);
        session.Execute("UPDATE model_versions SET description = @description, updated = @now WHERE model = @model AND version = @version", new { description, now = Now, model, version });
        session.Execute("UPDATE registered_models SET updated = @now WHERE id = @model", new { now = Now, model });
    });

    /// <summary>Takes a version one step on.</summary>
    /// <exception cref="MlflowException">(of the task) The gate refuses, or Production was moved while it measured.</exception>
    public async Task MoveAsync(RegistryMove move, CancellationToken cancellation)
    {
        var outcome = await TryMoveAsync(move, cancellation);
        if (!outcome.Accepted) throw GateRefusal.Of(outcome.Evidence!);
    }

    /// <summary>As <see cref="MoveAsync"/>; what the gate found is given both when it lets the version in and when it does not. Both are in the audit.</summary>
    public async Task<MoveOutcome> TryMoveAsync(RegistryMove move, CancellationToken cancellation)
    {
        if (move is { ArchiveOthers: true, To: "None" or "Archived" })
            throw MlflowException.BadValue($"Model version transition cannot archive existing model versions because '{move.To}' is not an Active stage. Valid stages are Staging, Production");
        if (await gate.AskAsync(move, cancellation) is not { } evidence)
        {
            await database.WriteAsync(session => Change(session, move, model => Make(session, model, move, null)));
            return new MoveOutcome(true, null);
        }
        var proof = MoveProof.Of(evidence, move.Override);
        var accepted = evidence.Passed || move.Override;
        // What was compared with must still be the champion: of two promotions that were measured at once, one wins.
        var decided = accepted && evidence.Stage == RegistryMoves.Production ? move with { ProductionNow = evidence.Champion } : move;
        await database.WriteAsync(session => Change(session, move, model =>
        {
            if (accepted) Make(session, model, decided, proof);
            else RegistryMoves.Refuse(session, model, move, proof, Now);
        }));
        return new MoveOutcome(accepted, evidence);
    }

    /// <summary>Replaces the gate's policy of a model; null removes it.</summary>
    /// <exception cref="SakiException">(of the task) It is no policy.</exception>
    public Task SetPolicyAsync(string name, string? text, string who, string why) => SetPolicyAsync(gate.Policies, name, text, new AuditEntry { Who = who, Action = "policy", Why = why });

    /// <summary>Replaces a policy of a model; null removes it.</summary>
    /// <param name="policies">Of which kind.</param>
    /// <param name="name">The model.</param>
    /// <param name="text">YAML.</param>
    /// <param name="as">Who, why, and what the row of the audit is called.</param>
    /// <exception cref="SakiException">(of the task) It is no policy.</exception>
    public Task SetPolicyAsync<T>(PolicyFolder<T> policies, string name, string? text, AuditEntry @as) => database.WriteAsync(session =>
    {
        var model = Model(session, name);
        var before = policies.Find(name)?.Digest ?? "";
        Note(session, model, @as with { Model = name, From = before, To = policies.Set(name, text) ?? "" });
    });

    /// <summary>Puts into Production what was there before, in one step.</summary>
    /// <param name="name">The model.</param>
    /// <param name="to">The version to restore, one that was in Production; null for the one before the present.</param>
    /// <param name="from">What must be in Production at that moment, so that of two who roll back one does; null when it does not matter.</param>
    /// <param name="who">Who asked.</param>
    /// <param name="why">The reason that was given.</param>
    /// <returns>The version restored.</returns>
    /// <exception cref="MlflowException">(of the task) There is nothing to go back to, or Production was moved meanwhile.</exception>
    public Task<long> RollbackAsync(string name, long? to, long? from, string who, string why) => database.WriteAsync(session =>
    {
        var model = Model(session, name);
        var before = RegistryMoves.Before(session, model);
        if (before.Count == 0) throw MlflowException.BadValue($"Rolling back {name}: expected a version that was in Production before, got none");
        if (to is { } asked && !before.Contains(asked))
            throw MlflowException.BadValue(string.Create(CultureInfo.InvariantCulture, $"Rolling back {name}: expected one of the versions that were in Production before ({string.Join(", ", before)}), got {asked}"));
        var version = to ?? before[0];
        Make(session, model, new RegistryMove(name, version, MoveKind.Rollback) { Who = who, Why = why, ProductionNow = from }, null);
        return version;
    });

    /// <summary>The refusal for a model that is not there.</summary>
    public static MlflowException None(string name) => MlflowException.Missing($"Registered Model with name={name} not found");

    /// <summary>The refusal for a version that is not there.</summary>
    public static MlflowException None(string name, long version) => MlflowException.Missing($"Model Version (name={name}, version={version}) not found");

    private void Make(WriteSession session, long model, RegistryMove move, MoveProof? proof) =>
        events.Around(session, model, move, Now, () => RegistryMoves.Apply(session, model, move, proof, Now));

    private void Note(WriteSession session, long model, AuditEntry entry)
    {
        var production = RegistryMoves.Holder(session, model, "production");
        AuditChain.Append(session, model, entry with { Time = Now, ProductionBefore = production, ProductionAfter = entry is { Action: "delete" } ? 0 : production });
    }

    private static void Change(WriteSession session, RegistryMove move, Action<long> change)
    {
        var model = Model(session, move.Model);
        if (move.Kind != MoveKind.DropAlias) CheckVersion(session, model, move.Model, move.Version);
        change(model);
    }

    private static long Model(WriteSession session, string name) => session.Scalar<long?>("SELECT id FROM registered_models WHERE name = @name", new { name }) ?? throw None(name);

    private static void CheckVersion(WriteSession session, long model, string name, long version)
    {
        if (session.Scalar<long>("SELECT count(*) FROM model_versions WHERE model = @model AND version = @version AND deleted = 0", new { model, version }) == 0) throw None(name, version);
    }

    private static void CheckFree(WriteSession session, string name)
    {
        if (session.Scalar<long>("SELECT count(*) FROM registered_models WHERE name = @name", new { name }) > 0)
            throw new MlflowException(MlflowException.Exists, $"Registered Model (name={name}) already exists.");
    }

    private static void SetTag(WriteSession session, long model, Tag tag) =>
        session.Execute("INSERT INTO registered_model_tags (model, key, value) VALUES (@model, @Key, @Value) ON CONFLICT (model, key) DO UPDATE SET value = excluded.value", new { model, tag.Key, tag.Value });

    private static void SetTag(WriteSession session, long model, long version, Tag tag) =>
        session.Execute("INSERT INTO model_version_tags (model, version, key, value) VALUES (@model, @version, @Key, @Value) ON CONFLICT (model, version, key) DO UPDATE SET value = excluded.value", new { model, version, tag.Key, tag.Value });

    // models:/m-ID and models:/NAME/VERSION are looked up now, so that the version keeps pointing to the same files.
    private static string Resolve(WriteSession session, string source)
    {
        const string Scheme = "models:/";
        if (!source.StartsWith(Scheme, StringComparison.Ordinal)) return source;
        var rest = source[Scheme.Length..].TrimStart('/');
        if (rest.StartsWith("m-", StringComparison.Ordinal) && !rest.Contains('/', StringComparison.Ordinal))
            return session.Scalar<string?>("SELECT artifact_uri FROM logged_models WHERE model_id = @rest", new { rest }) ?? throw MlflowException.Missing($"Logged model with ID '{rest}' not found.");
        var parts = rest.Split('/');
        if (parts.Length != 2 || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            throw MlflowException.BadValue($"Invalid model version source: '{source}'. Expected models:/m-ID or models:/NAME/VERSION");
        return session.Scalar<string?>("SELECT v.storage FROM model_versions v JOIN registered_models m ON m.id = v.model WHERE m.name = @name AND v.version = @version AND v.deleted = 0",
            new { name = parts[0], version }) ?? throw None(parts[0], version);
    }

    // MLflow's server writes this tag, and its client again.
    private static void NoteOnLoggedModel(WriteSession session, string id, string name, long version)
    {
        const string Key = "mlflow.modelVersions";
        var row = session.Scalar<long?>("SELECT id FROM logged_models WHERE model_id = @id", new { id }) ?? throw MlflowException.Missing($"Logged model with ID '{id}' not found.");
        var before = session.Scalar<string?>("SELECT value FROM logged_model_tags WHERE model = @row AND key = @Key", new { row, Key });
        var entry = string.Create(CultureInfo.InvariantCulture, $"{{\"name\": {System.Text.Json.JsonSerializer.Serialize(name, Http.ErrorJson.Default.String)}, \"version\": {version}}}");
        session.Execute("INSERT INTO logged_model_tags (model, key, value) VALUES (@row, @Key, @value) ON CONFLICT (model, key) DO UPDATE SET value = excluded.value",
            new { row, Key, value = before is { Length: > 2 } ? $"{before[..^1]}, {entry}]" : $"[{entry}]" });
    }
}

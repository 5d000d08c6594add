using Saki.Gates;

namespace Saki.Tracking;

/// <summary>Calls the model registry of an MLflow server, over the connection of <paramref name="client"/>, which the caller keeps owning.</summary>
public sealed class ModelRegistryClient(TrackingClient client)
{
    private const string Proof = "../saki/registry/";

    /// <summary>Makes a registered model.</summary>
    /// <exception cref="MlflowException">There is one (RESOURCE_ALREADY_EXISTS).</exception>
    public async Task<RegisteredModel> CreateModelAsync(string name, CancellationToken cancellation = default) =>
        (await client.PostAsync("registered-models/create", new NamedThing(name), MlflowJson.Of<NamedThing>(), MlflowJson.Of<RegisteredModelAnswer>(), cancellation).ConfigureAwait(false)).RegisteredModel;

    /// <summary>A registered model.</summary>
    public async Task<RegisteredModel> GetModelAsync(string name, CancellationToken cancellation = default) =>
        (await client.GetAsync($"registered-models/get?name={TrackingClient.Escape(name)}", MlflowJson.Of<RegisteredModelAnswer>(), cancellation).ConfigureAwait(false)).RegisteredModel;

    /// <summary>Adds a version.</summary>
    public async Task<ModelVersion> CreateVersionAsync(CreateModelVersion asked, CancellationToken cancellation = default) =>
        (await client.PostAsync("model-versions/create", asked, MlflowJson.Of<CreateModelVersion>(), MlflowJson.Of<ModelVersionAnswer>(), cancellation).ConfigureAwait(false)).ModelVersion;

    /// <summary>Moves a version to a stage.</summary>
    public async Task<ModelVersion> MoveAsync(string name, string version, string stage, bool archiveExisting, CancellationToken cancellation = default) =>
        (await client.PostAsync("model-versions/transition-stage", new TransitionStage(name, version, stage, archiveExisting), MlflowJson.Of<TransitionStage>(), MlflowJson.Of<ModelVersionAnswer>(), cancellation).ConfigureAwait(false)).ModelVersion;

    /// <summary>Points an alias to a version.</summary>
    public Task SetAliasAsync(string name, string alias, string version, CancellationToken cancellation = default) =>
        client.PostAsync("registered-models/alias", new SetAlias(name, alias, version), MlflowJson.Of<SetAlias>(), MlflowJson.Of<Nothing>(), cancellation);

    /// <summary>The version that an alias points to.</summary>
    public async Task<ModelVersion> GetByAliasAsync(string name, string alias, CancellationToken cancellation = default) =>
        (await client.GetAsync($"registered-models/alias?name={TrackingClient.Escape(name)}&alias={TrackingClient.Escape(alias)}", MlflowJson.Of<ModelVersionAnswer>(), cancellation).ConfigureAwait(false)).ModelVersion;

    /// <summary>Where a version's files are.</summary>
    public async Task<string> GetDownloadUriAsync(string name, string version, CancellationToken cancellation = default) =>
        (await client.GetAsync($"model-versions/get-download-uri?name={TrackingClient.Escape(name)}&version={TrackingClient.Escape(version)}", MlflowJson.Of<DownloadUri>(), cancellation).ConfigureAwait(false)).ArtifactUri;

    /// <summary>Removes an alias.</summary>
    public Task DropAliasAsync(string name, string alias, CancellationToken cancellation = default) =>
        client.CallAsync(HttpMethod.Delete, "registered-models/alias", new SetAlias(name, alias, ""), MlflowJson.Of<SetAlias>(), MlflowJson.Of<Nothing>(), cancellation);

    /// <summary>The registered models by name, at most 1,000.</summary>
    public async Task<IReadOnlyList<RegisteredModel>> GetModelsAsync(CancellationToken cancellation = default) =>
        (await client.GetAsync("registered-models/search?max_results=1000", MlflowJson.Of<RegisteredModelPage>(), cancellation).ConfigureAwait(false)).RegisteredModels;

    /// <summary>The versions of a model, the highest first, at most 10,000.</summary>
    public async Task<IReadOnlyList<ModelVersion>> GetVersionsAsync(string name, CancellationToken cancellation = default)
    {
        var filter = TrackingClient.Escape($"name = '{name.Replace("'", "''", StringComparison.Ordinal)}'");
        return (await client.GetAsync($"model-versions/search?max_results=10000&order_by={TrackingClient.Escape("version_number DESC")}&filter={filter}", MlflowJson.Of<ModelVersionPage>(), cancellation).ConfigureAwait(false)).ModelVersions;
    }

    /// <summary>A page of registered models; prompts are among them when <paramref name="prompts"/> is true, and nothing else.</summary>
    public Task<RegisteredModelPage> GetModelPageAsync(string? token, bool prompts = false, CancellationToken cancellation = default) =>
        client.GetAsync($"registered-models/search?max_results=1000{(prompts ? $"&filter={TrackingClient.Escape("tags.`mlflow.prompt.is_prompt` = 'true'")}" : "")}{(token is null ? "" : $"&page_token={TrackingClient.Escape(token)}")}", MlflowJson.Of<RegisteredModelPage>(), cancellation);

    /// <summary>Writes the description of a model.</summary>
    public Task DescribeAsync(string name, string description, CancellationToken cancellation = default) =>
        client.CallAsync(HttpMethod.Patch, "registered-models/update", new DescribeModel(name, description), MlflowJson.Of<DescribeModel>(), MlflowJson.Of<Nothing>(), cancellation);

    /// <summary>Writes a note on a model.</summary>
    public Task SetTagAsync(string name, Tag tag, CancellationToken cancellation = default) =>
        client.PostAsync("registered-models/set-tag", new ModelTag(name, tag.Key, tag.Value), MlflowJson.Of<ModelTag>(), MlflowJson.Of<Nothing>(), cancellation);

    /// <summary>Writes a note on a version.</summary>
    public Task SetTagAsync(string name, string version, Tag tag, CancellationToken cancellation = default) =>
        client.PostAsync("model-versions/set-tag", new VersionTag(name, version, tag.Key, tag.Value), MlflowJson.Of<VersionTag>(), MlflowJson.Of<Nothing>(), cancellation);

    /// <summary>Deletes a version; its number is not given again.</summary>
    public Task DeleteVersionAsync(string name, string version, CancellationToken cancellation = default) =>
        client.CallAsync(HttpMethod.Delete, "model-versions/delete", new VersionName(name, version), MlflowJson.Of<VersionName>(), MlflowJson.Of<Nothing>(), cancellation);

    /// <summary>The version that a reference means.</summary>
    /// <exception cref="MlflowException">There is none.</exception>
    public async Task<ModelVersion> FindAsync(ModelReference reference, CancellationToken cancellation = default)
    {
        if (reference.Alias is { } alias) return await GetByAliasAsync(reference.Name, alias, cancellation).ConfigureAwait(false);
        if (reference.Version is { } number)
            return (await client.GetAsync(FormattableString.Invariant($"model-versions/get?name={TrackingClient.Escape(reference.Name)}&version={number}"), MlflowJson.Of<ModelVersionAnswer>(), cancellation).ConfigureAwait(false)).ModelVersion;
        var found = (await GetVersionsAsync(reference.Name, cancellation).ConfigureAwait(false)).FirstOrDefault(version => reference.Stage == ModelReference.Latest || version.CurrentStage == reference.Stage);
        return found ?? throw MlflowException.Missing($"{reference}: no version of that model is there");
    }

    /// <summary>Takes a version to a stage through its gate. Saki's servers only.</summary>
    public Task<PromotionAnswer> PromoteAsync(PromoteAsk asked, CancellationToken cancellation = default) =>
        client.PostAsync($"{Proof}promote", asked, MlflowJson.Of<PromoteAsk>(), MlflowJson.Of<PromotionAnswer>(), cancellation);

    /// <summary>Puts back what was in Production before. Saki's servers only.</summary>
    public async Task<ModelVersion> RollbackAsync(RollbackAsk asked, CancellationToken cancellation = default) =>
        (await client.PostAsync($"{Proof}rollback", asked, MlflowJson.Of<RollbackAsk>(), MlflowJson.Of<ModelVersionAnswer>(), cancellation).ConfigureAwait(false)).ModelVersion;

    /// <summary>The audit of a model, the newest row first, at most 10,000. Saki's servers only.</summary>
    public async Task<IReadOnlyList<AuditEntry>> GetHistoryAsync(string name, CancellationToken cancellation = default) =>
        (await client.GetAsync($"{Proof}history?name={TrackingClient.Escape(name)}&max_results=10000", MlflowJson.Of<AuditPage>(), cancellation).ConfigureAwait(false)).Entries ?? [];

    /// <summary>The number of the newest move in the registry. Saki's servers only.</summary>
    /// <param name="after">A number that was answered before; the answer comes when there is a larger one.</param>
    /// <param name="wait">Longest wait for that, up to 25 s.</param>
    /// <param name="cancellation">Stops.</param>
    public async Task<long> GetHeadAsync(long after, TimeSpan wait, CancellationToken cancellation = default) =>
        (await client.GetAsync(FormattableString.Invariant($"{Proof}head?after={after}&seconds={(int)wait.TotalSeconds}"), MlflowJson.Of<AuditHead>(), cancellation).ConfigureAwait(false)).Number;

    /// <summary>Whether the server's audit is as it was written. Saki's servers only.</summary>
    public Task<AuditCheck> CheckAuditAsync(CancellationToken cancellation = default) => client.GetAsync($"{Proof}check", MlflowJson.Of<AuditCheck>(), cancellation);

    /// <summary>What a thing came from and what came of it. Saki's servers only.</summary>
    /// <param name="of"><c>models:/NAME/VERSION</c>, <c>runs:/ID</c>, <c>NAME@DIGEST</c> of a data set, or the digest of a data set version, package or picture.</param>
    /// <param name="cancellation">Stops.</param>
    public Task<LineageGraph> GetLineageAsync(string of, CancellationToken cancellation = default) => client.GetAsync($"../saki/lineage?of={TrackingClient.Escape(of)}", MlflowJson.Of<LineageGraph>(), cancellation);

    /// <summary>What a gate found. Saki's servers only.</summary>
    /// <param name="digest">From <see cref="PromotionAnswer.Evidence"/> or <see cref="AuditEntry.Evidence"/>.</param>
    /// <param name="cancellation">Stops.</param>
    public Task<GateEvidence> GetEvidenceAsync(string digest, CancellationToken cancellation = default) =>
        client.GetAsync($"{Proof}evidence?digest={TrackingClient.Escape(digest)}", GateJson.Default.GateEvidence, cancellation);
}

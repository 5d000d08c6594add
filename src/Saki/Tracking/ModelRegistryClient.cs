namespace Saki.Tracking;

/// <summary>Calls the model registry of an MLflow server, over the connection of <paramref name="client"/>, which the caller keeps owning.</summary>
public sealed class ModelRegistryClient(TrackingClient client)
{
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
}

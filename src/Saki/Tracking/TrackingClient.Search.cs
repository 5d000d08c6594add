using System.Globalization;

namespace Saki.Tracking;

/// <content>Pages of everything, for copying a whole server.</content>
public sealed partial class TrackingClient
{
    /// <summary>A page of experiments, deleted ones included.</summary>
    /// <param name="token">From the page before; null for the first.</param>
    /// <param name="cancellation">Stops.</param>
    public Task<ExperimentPage> GetAllExperimentsAsync(string? token, CancellationToken cancellation = default) =>
        GetAsync($"experiments/search?max_results=1000&view_type=ALL{Token(token)}", MlflowJson.Of<ExperimentPage>(), cancellation);

    /// <summary>A page of a metric's points.</summary>
    /// <param name="run">The run.</param>
    /// <param name="key">The metric.</param>
    /// <param name="token">From the page before; null for the first.</param>
    /// <param name="cancellation">Stops.</param>
    public Task<MetricPage> GetHistoryPageAsync(string run, string key, string? token, CancellationToken cancellation = default) =>
        GetAsync($"metrics/get-history?run_id={Escape(run)}&metric_key={Escape(key)}&max_results=25000{Token(token)}", MlflowJson.Of<MetricPage>(), cancellation);

    /// <summary>A page of logged models; none where the server is of MLflow 2.</summary>
    /// <param name="experiment">Their experiment.</param>
    /// <param name="token">From the page before; null for the first.</param>
    /// <param name="cancellation">Stops.</param>
    public async Task<LoggedModelPage> GetLoggedModelsAsync(string experiment, string? token, CancellationToken cancellation = default)
    {
        try
        {
            return await PostAsync("logged-models/search", new SearchLoggedModels([experiment]) { PageToken = token }, MlflowJson.Of<SearchLoggedModels>(), MlflowJson.Of<LoggedModelPage>(), cancellation).ConfigureAwait(false);
        }
        catch (MlflowException older) when (older.Code == "ENDPOINT_NOT_FOUND")
        {
            return new LoggedModelPage([]);
        }
    }

    /// <summary>What lies directly in a folder of an artifact URI that the server keeps (<c>mlflow-artifacts:</c>), with names relative to that folder.</summary>
    /// <param name="artifactUri">Of a run, a model or a version.</param>
    /// <param name="folder">Relative path below it; empty for itself.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="SakiException">The artifacts are kept elsewhere.</exception>
    public async Task<IReadOnlyList<ArtifactFile>> ListArtifactsAsync(string artifactUri, string folder, CancellationToken cancellation = default)
    {
        var path = Below(artifactUri, folder).TrimEnd('/');
        return (await GetAsync($"../mlflow-artifacts/artifacts?path={Escape(path)}", MlflowJson.Of<ArtifactList>(), cancellation).ConfigureAwait(false)).Files ?? [];
    }

    /// <summary>A file that the server keeps, to read; the caller closes it.</summary>
    /// <inheritdoc cref="DownloadAsync"/>
    public async Task<Stream> OpenArtifactAsync(string artifactUri, string path, CancellationToken cancellation = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"{Api}{Artifact(artifactUri, path)}");
        try
        {
            var reply = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            if (!reply.IsSuccessStatusCode) throw Refusal(reply.StatusCode, await reply.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false));
            return await reply.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException away)
        {
            throw Away(away.Message, away);
        }
    }

    /// <summary>Uploads a stream to a place that the server keeps.</summary>
    /// <param name="artifactUri">Of a run, a model or a version.</param>
    /// <param name="path">Relative path below it, with slashes.</param>
    /// <param name="content">Read to its end.</param>
    /// <param name="cancellation">Stops.</param>
    public async Task UploadAsync(string artifactUri, string path, Stream content, CancellationToken cancellation = default)
    {
        using var body = new StreamContent(content);
        await SendAsync(HttpMethod.Put, Artifact(artifactUri, path), body, cancellation).ConfigureAwait(false);
    }

    private static string Token(string? token) => token is null ? "" : string.Create(CultureInfo.InvariantCulture, $"&page_token={Escape(token)}");
}

using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Saki.Tracking;

/// <summary>
/// Calls an MLflow tracking server, Saki's or MLflow's own. Each call is sent once and its refusal thrown; <see cref="RunMirror"/> logs in the background
/// and survives a server that is away. Safe for many threads.
/// </summary>
public sealed partial class TrackingClient : IDisposable
{
    private const string Api = "api/2.0/mlflow/";
    private readonly HttpClient _http;

    /// <param name="server">The server's address, such as <c>http://127.0.0.1:5252</c>.</param>
    /// <param name="credentials">Sent with each call; null for none.</param>
    /// <param name="patience">Longest that one call may take. Default: two minutes.</param>
    public TrackingClient(Uri server, AuthenticationHeaderValue? credentials = null, TimeSpan? patience = null)
    {
        Server = server;
        var root = server.AbsoluteUri.EndsWith('/') ? server : new Uri($"{server.AbsoluteUri}/");
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { BaseAddress = root, Timeout = patience ?? TimeSpan.FromMinutes(2) };
        _http.DefaultRequestHeaders.Authorization = credentials;
    }

    /// <summary>The server's address.</summary>
    public Uri Server { get; }

    internal string? Credentials => _http.DefaultRequestHeaders.Authorization?.ToString();

    /// <summary>
    /// The client that the environment asks for: <c>MLFLOW_TRACKING_URI</c>, with <c>MLFLOW_TRACKING_TOKEN</c> (Bearer) or <c>MLFLOW_TRACKING_USERNAME</c> and
    /// <c>_PASSWORD</c> (Basic). Null when no server is named.
    /// </summary>
    /// <param name="server">Named by the user; goes before the environment.</param>
    /// <param name="environment">Reads one variable.</param>
    /// <param name="patience">Longest that one call may take. Default: two minutes.</param>
    /// <exception cref="SakiException">The address is not one of a server.</exception>
    public static TrackingClient? Find(string? server, Func<string, string?> environment, TimeSpan? patience = null)
    {
        var named = server ?? environment("MLFLOW_TRACKING_URI");
        if (string.IsNullOrWhiteSpace(named)) return null;
        if (!Uri.TryCreate(named, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new SakiException("Choosing the tracking server", "an address such as http://127.0.0.1:5252", $"\"{named}\"", "Correct --server or MLFLOW_TRACKING_URI, or leave both out to keep runs in the home folder.");
        return new TrackingClient(address, Authorization(environment), patience);
    }

    /// <summary>Makes a run.</summary>
    public async Task<Run> CreateRunAsync(CreateRun asked, CancellationToken cancellation = default) =>
        (await PostAsync("runs/create", asked, MlflowJson.Default.CreateRun, MlflowJson.Of<RunAnswer>(), cancellation).ConfigureAwait(false)).Run;

    /// <summary>A run with what it logged.</summary>
    public async Task<Run> GetRunAsync(string run, CancellationToken cancellation = default) => (await GetAsync($"runs/get?run_id={Escape(run)}", MlflowJson.Of<RunAnswer>(), cancellation).ConfigureAwait(false)).Run;

    /// <summary>Changes state, end and name; what is null stays.</summary>
    public Task UpdateRunAsync(UpdateRun change, CancellationToken cancellation = default) => PostAsync("runs/update", change, MlflowJson.Default.UpdateRun, MlflowJson.Of<RunInfoAnswer>(), cancellation);

    /// <summary>Logs up to 1,000 points, 100 params and 100 tags.</summary>
    public Task LogBatchAsync(LogBatch batch, CancellationToken cancellation = default) => SendAsync(HttpMethod.Post, "runs/log-batch", JsonContent(batch, MlflowJson.Default.LogBatch), cancellation);

    /// <summary>A page of runs.</summary>
    public Task<RunPage> SearchRunsAsync(SearchRuns search, CancellationToken cancellation = default) => PostAsync("runs/search", search, MlflowJson.Of<SearchRuns>(), MlflowJson.Of<RunPage>(), cancellation);

    /// <summary>The active experiments, at most 1,000.</summary>
    public async Task<IReadOnlyList<Experiment>> GetExperimentsAsync(CancellationToken cancellation = default) =>
        (await GetAsync("experiments/search?max_results=1000", MlflowJson.Of<ExperimentPage>(), cancellation).ConfigureAwait(false)).Experiments;

    /// <summary>All points of a metric, page by page.</summary>
    public async Task<IReadOnlyList<Metric>> GetHistoryAsync(string run, string key, CancellationToken cancellation = default)
    {
        var points = new List<Metric>();
        string? token = null;
        do
        {
            var page = await GetAsync($"metrics/get-history?run_id={Escape(run)}&metric_key={Escape(key)}&max_results=25000{(token is null ? "" : $"&page_token={Escape(token)}")}", MlflowJson.Of<MetricPage>(), cancellation).ConfigureAwait(false);
            points.AddRange(page.Metrics);
            token = page.NextPageToken;
        }
        while (token is not null);
        return points;
    }

    /// <summary>The number of an experiment, made when no one has that name.</summary>
    public async Task<string> EnsureExperimentAsync(string name, CancellationToken cancellation = default)
    {
        try
        {
            return (await GetAsync($"experiments/get-by-name?experiment_name={Escape(name)}", MlflowJson.Of<ExperimentAnswer>(), cancellation).ConfigureAwait(false)).Experiment.ExperimentId;
        }
        catch (MlflowException none) when (none.Code == MlflowException.NotThere)
        {
            return (await PostAsync("experiments/create", new NamedThing(name), MlflowJson.Of<NamedThing>(), MlflowJson.Of<ExperimentCreated>(), cancellation).ConfigureAwait(false)).ExperimentId;
        }
    }

    /// <summary>Uploads a file to a run whose artifacts the server keeps (<c>mlflow-artifacts:</c>).</summary>
    /// <param name="artifactUri">The run's <see cref="RunInfo.ArtifactUri"/>.</param>
    /// <param name="path">Relative path below it, with slashes.</param>
    /// <param name="file">The file to send; streamed.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="SakiException">The artifacts are kept elsewhere.</exception>
    public async Task UploadAsync(string artifactUri, string path, string file, CancellationToken cancellation = default)
    {
        var target = Artifact(artifactUri, path);
        await using var stream = File.OpenRead(file);
        using var content = new StreamContent(stream);
        await SendAsync(HttpMethod.Put, target, content, cancellation).ConfigureAwait(false);
    }

    /// <summary>Downloads a file that the server keeps (<c>mlflow-artifacts:</c>); streamed.</summary>
    /// <param name="artifactUri">Of the run or version.</param>
    /// <param name="path">Relative path below it, with slashes.</param>
    /// <param name="file">Written anew.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="SakiException">It is not there, or kept elsewhere.</exception>
    public async Task DownloadAsync(string artifactUri, string path, string file, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Api}{Artifact(artifactUri, path)}");
        try
        {
            using var reply = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            if (!reply.IsSuccessStatusCode) throw Refusal(reply.StatusCode, await reply.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false));
            await using var stream = File.Create(file);
            await reply.Content.CopyToAsync(stream, cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException away)
        {
            throw Away(away.Message, away);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    internal Task<TAnswer> PostAsync<TBody, TAnswer>(string route, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellation) =>
        CallAsync(HttpMethod.Post, route, body, bodyType, answerType, cancellation);

    internal async Task<TAnswer> CallAsync<TBody, TAnswer>(HttpMethod method, string route, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellation) =>
        Parse(await SendAsync(method, route, JsonContent(body, bodyType), cancellation).ConfigureAwait(false), answerType);

    internal async Task<TAnswer> GetAsync<TAnswer>(string route, JsonTypeInfo<TAnswer> type, CancellationToken cancellation) => Parse(await SendAsync(HttpMethod.Get, route, null, cancellation).ConfigureAwait(false), type);

    internal static string Escape(string text) => Uri.EscapeDataString(text);

    private static string Artifact(string artifactUri, string path) => $"../mlflow-artifacts/artifacts/{string.Join('/', Below(artifactUri, path).Split('/').Select(Uri.EscapeDataString))}";

    // The path of the proxy's routes. A URI may name the server, too: mlflow-artifacts://host/path.
    private static string Below(string artifactUri, string path)
    {
        const string Scheme = "mlflow-artifacts:/";
        if (!artifactUri.StartsWith(Scheme, StringComparison.Ordinal))
            throw new SakiException($"Reaching {path}", "a server that keeps artifacts itself (mlflow-artifacts:)", artifactUri, "Start the server with --serve-artifacts, or copy the files yourself.");
        var rest = artifactUri[Scheme.Length..];
        if (rest.StartsWith('/') && rest.IndexOf('/', 1) is > 0 and var end) rest = rest[end..];
        return $"{rest.Trim('/')}/{path}";
    }

    private static T Parse<T>(byte[] answer, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(answer, type) ?? throw new MlflowException("INTERNAL_ERROR", "The tracking server answered null.");

    private static ByteArrayContent JsonContent<T>(T body, JsonTypeInfo<T> type) =>
        new(JsonSerializer.SerializeToUtf8Bytes(body, type)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    private async Task<byte[]> SendAsync(HttpMethod method, string route, HttpContent? content, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, $"{Api}{route}") { Content = content };
        try
        {
            using var reply = await _http.SendAsync(request, cancellation).ConfigureAwait(false);
            var body = await reply.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
            return reply.IsSuccessStatusCode ? body : throw Refusal(reply.StatusCode, body);
        }
        catch (HttpRequestException away)
        {
            throw Away(away.Message, away);
        }
        catch (TaskCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw Away("no answer in time", late);
        }
    }

    private SakiException Away(string got, Exception cause) => new($"Calling the tracking server {Server}", "an answer", got.TrimEnd('.'), "Start it (saki up), or correct MLFLOW_TRACKING_URI.", cause) { ExitCode = 3 };

    private static MlflowException Refusal(HttpStatusCode status, byte[] body)
    {
        try
        {
            if (JsonSerializer.Deserialize(body, MlflowJson.Default.ErrorAnswer) is { } error) return new MlflowException(error.ErrorCode, error.Message);
        }
        catch (JsonException) { } // not MLflow's form: a proxy, or another server
        var code = status switch
        {
            HttpStatusCode.Unauthorized => "UNAUTHENTICATED",
            HttpStatusCode.Forbidden => "PERMISSION_DENIED",
            HttpStatusCode.NotFound => "ENDPOINT_NOT_FOUND",
            HttpStatusCode.TooManyRequests => "RESOURCE_EXHAUSTED",
            HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => "TEMPORARILY_UNAVAILABLE",
            _ => "INTERNAL_ERROR",
        };
        return new MlflowException(code, string.Create(CultureInfo.InvariantCulture, $"The tracking server answered {(int)status}."));
    }

    private static AuthenticationHeaderValue? Authorization(Func<string, string?> environment)
    {
        if (environment("MLFLOW_TRACKING_TOKEN") is { Length: > 0 } token) return new AuthenticationHeaderValue("Bearer", token);
        if (environment("MLFLOW_TRACKING_USERNAME") is not { Length: > 0 } user) return null;
        return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{environment("MLFLOW_TRACKING_PASSWORD")}")));
    }
}

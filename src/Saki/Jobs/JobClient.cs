using Saki.Tracking;

namespace Saki.Jobs;

/// <summary>Calls <c>/api/jobs</c> of a Saki server. Each call is sent once; a refusal is thrown with the server's words. Safe for many threads.</summary>
/// <param name="api">Calls it; owned from now on.</param>
public sealed class JobClient(ApiClient api) : IDisposable
{
    /// <summary>Asks for a job.</summary>
    /// <exception cref="SakiException">The server refuses, or is away.</exception>
    public Task<Job> StartAsync(JobAsk ask, CancellationToken cancellation = default) => api.PostAsync("api/jobs", ask, JobJson.Default.JobAsk, JobJson.Default.Job, cancellation);

    /// <summary>The newest jobs.</summary>
    /// <param name="state">A state's word; null: any.</param>
    /// <param name="most">1 to 500.</param>
    /// <param name="cancellation">Stops.</param>
    public Task<JobList> ListAsync(string? state, int most, CancellationToken cancellation = default) =>
        api.GetAsync($"api/jobs?limit={most}{(state is null ? "" : $"&state={Uri.EscapeDataString(state)}")}", JobJson.Default.JobList, cancellation);

    /// <summary>The kinds that can be asked for.</summary>
    public Task<IReadOnlyList<JobKind>> KindsAsync(CancellationToken cancellation = default) => api.GetAsync("api/jobs/kinds", JobJson.Default.IReadOnlyListJobKind, cancellation);

    /// <summary>One job with attempts and result.</summary>
    public Task<Job> GetAsync(long id, CancellationToken cancellation = default) => api.GetAsync($"api/jobs/{id}", JobJson.Default.Job, cancellation);

    /// <summary>Ends a job.</summary>
    public Task<Job> CancelAsync(long id, CancellationToken cancellation = default) => api.PostAsync($"api/jobs/{id}/cancel", JobJson.Default.Job, cancellation);

    /// <summary>Queues a job that is over once more.</summary>
    public Task<Job> RetryAsync(long id, CancellationToken cancellation = default) => api.PostAsync($"api/jobs/{id}/retry", JobJson.Default.Job, cancellation);

    /// <summary>A part of a log.</summary>
    /// <param name="id">The job.</param>
    /// <param name="attempt">Null: the newest.</param>
    /// <param name="from">Offset in bytes; negative: from the end.</param>
    /// <param name="wait">How many seconds the server holds the answer back while there is nothing new, up to 20.</param>
    /// <param name="cancellation">Stops.</param>
    public async Task<JobLogPart> LogAsync(long id, int? attempt, long from, int wait, CancellationToken cancellation = default)
    {
        using var reply = await api.GetRawAsync($"api/jobs/{id}/log?from={from}&wait={wait}{(attempt is null ? "" : $"&attempt={attempt}")}", cancellation).ConfigureAwait(false);
        var text = await reply.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        string Header(string name) => reply.Headers.GetValues(name).First();
        return new JobLogPart(text, long.Parse(Header("Saki-Log-Next"), System.Globalization.CultureInfo.InvariantCulture), Enum.Parse<JobState>(Header("Saki-Job-State"), ignoreCase: true),
            int.Parse(Header("Saki-Job-Attempt"), System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public void Dispose() => api.Dispose();
}

/// <summary>A part of a job's log.</summary>
/// <param name="Text">Whole UTF-8 signs.</param>
/// <param name="Next">Where the following part begins.</param>
/// <param name="State">Where the job stands.</param>
/// <param name="Attempt">Its newest attempt.</param>
public sealed record JobLogPart(string Text, long Next, JobState State, int Attempt);

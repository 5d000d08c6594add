using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Jobs;
using Saki.Server.Accounts;
using Saki.Server.Http;

namespace Saki.Server.Jobs;

/// <summary><c>/api/jobs</c>: asked for, listed, read while they run, ended, tried again.</summary>
internal sealed class JobApi(JobStore store, JobDoor door, JobKinds kinds, SakiHome home)
{
    private const int MostListed = 500, MostLog = 1_000_000;
    private static readonly TimeSpan LogPause = TimeSpan.FromMilliseconds(250), LongestWait = TimeSpan.FromSeconds(20);

    public void Map(IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/jobs");
        group.MapPost("", (Delegate)StartAsync).Demand(Scope.Manage);
        group.MapGet("", (HttpContext context) => Reply(store.List(State(context.Request.Query), Word(context.Request.Query, "kind"), Number(context.Request.Query, "before"),
            (int)Math.Clamp(Number(context.Request.Query, "limit") ?? 50, 1, MostListed)), JobJson.Readable.JobList)).Demand(Scope.View);
        group.MapGet("/kinds", () => Reply(kinds.All().Kinds, JobJson.Readable.IReadOnlyListJobKind)).Demand(Scope.View);
        group.MapGet("/{id:long}", (long id) => Reply(Whole(id), JobJson.Readable.Job)).Demand(Scope.View);
        group.MapGet("/{id:long}/log", LogAsync).Demand(Scope.View);
        group.MapPost("/{id:long}/cancel", async (HttpContext context, long id) =>
        {
            await store.CancelAsync(id, context.Caller()!.Name);
            return Reply(Whole(id), JobJson.Readable.Job);
        }).Demand(Scope.Manage);
        group.MapPost("/{id:long}/retry", async (long id) =>
        {
            await store.RetryAsync(id);
            return Reply(Whole(id), JobJson.Readable.Job);
        }).Demand(Scope.Manage);
    }

    /// <summary>A job with its attempts and its result.</summary>
    public Job Whole(long id)
    {
        var job = store.Get(id);
        return job.Attempt > 0 ? job with { Result = new JobFolder(home.Jobs, id).Result(job.Attempt) } : job;
    }

    private async Task<IResult> StartAsync(HttpContext context)
    {
        var ask = await JobBody.ReadAsync(context, JobJson.Default.JobAsk);
        var origin = context.Request.Headers["X-Saki-Origin"] == "cli" ? "cli" : "api";
        var id = await door.SubmitAsync(ask, context.Caller()!, origin, context.RequestAborted);
        context.Response.Headers.Location = $"/api/jobs/{id}";
        return Reply(store.Get(id), JobJson.Readable.Job, StatusCodes.Status201Created);
    }

    // Text from an offset on. With wait it is held back until there is something new or the job is over, so that a reader follows without asking all the time.
    private async Task LogAsync(HttpContext context, TimeProvider time, long id)
    {
        var query = context.Request.Query;
        var job = store.Get(id);
        var attempt = Number(query, "attempt") ?? job.Attempt;
        if (attempt != 0 && (attempt < 1 || attempt > job.Attempt)) throw new RequestException(404, $"Reading the log of job {id}", $"an attempt from 1 to {job.Attempt}", $"{attempt}");
        var path = new JobFolder(home.Jobs, id).Log(attempt);
        var from = Number(query, "from") ?? 0;
        var wait = TimeSpan.FromSeconds(Math.Clamp(Number(query, "wait") ?? 0, 0, (long)LongestWait.TotalSeconds));
        var begin = time.GetTimestamp();
        var part = JobLog.Read(path, from, MostLog);
        while (part.Text.Length == 0 && !job.Over && job.Attempt == attempt && time.GetElapsedTime(begin) < wait)
        {
            await Task.Delay(LogPause, time, context.RequestAborted);
            (job, part) = (store.Get(id), JobLog.Read(path, from, MostLog));
        }
        if (job.Over && part.Text.Length == 0) part = JobLog.Read(path, from, MostLog); // its last words came before its end
        var headers = context.Response.Headers;
        headers["Saki-Log-From"] = part.From.ToString(CultureInfo.InvariantCulture);
        headers["Saki-Log-Next"] = part.Next.ToString(CultureInfo.InvariantCulture);
        headers["Saki-Job-State"] = JobRow.Word(job.State);
        headers["Saki-Job-Attempt"] = job.Attempt.ToString(CultureInfo.InvariantCulture);
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(part.Text, context.RequestAborted);
    }

    private static IResult Reply<T>(T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, int status = 200) => Results.Json(value, type, statusCode: status);

    private static string? Word(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } word ? word : null;

    private static long? Number(IQueryCollection query, string name) => Word(query, name) is not { } text ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : throw new RequestException(422, "Reading the request", $"{name}: a whole number", $"\"{text}\"");

    private static JobState? State(IQueryCollection query)
    {
        if (Word(query, "state") is not { } word) return null;
        var known = Enum.GetValues<JobState>().Where(state => state != JobState.Lost).ToDictionary(JobRow.Word);
        return known.TryGetValue(word, out var state) ? state : throw new RequestException(422, "Listing jobs", $"state: one of {string.Join(", ", known.Keys)}", $"\"{word}\"", DidYouMean.Hint(word, known.Keys));
    }
}

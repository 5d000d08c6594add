using System.Globalization;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Datasets;
using Saki.Jobs;
using Saki.Server.Accounts;
using Saki.Server.Charts;
using Saki.Server.Http;
using Saki.Server.Jobs;
using Saki.Server.Layout;
using Saki.Server.RunPages;
using Saki.Server.Storage;
using Saki.Server.Tracking.Runs;

namespace Saki.Server.JobPages;

/// <summary><c>/jobs</c>: the list, one job, and a form for each kind.</summary>
internal sealed class JobPageApi(JobStore store, JobDoor door, JobApi jobs, JobKinds kinds, ScheduleStore schedules, RunReader runs, Database database, JobOptions options, bool runPages)
{
    private const int Listed = 50, Tail = 64_000, ChartsShown = 4;

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/jobs", (HttpContext context, TimeProvider time) => List(context, time)).Demand(Scope.View);
        app.MapGet("/jobs/new", (HttpContext context) => New(context.Request.Query["kind"], context.Caller()!)).Demand(Scope.Manage);
        app.MapPost("/jobs/new", (Delegate)StartAsync).Demand(Scope.Manage);
        app.MapGet("/jobs/{id:long}", (HttpContext context, TimeProvider time, long id) => Show(context, time, id)).Demand(Scope.View);
        app.MapPost("/jobs/{id:long}/cancel", (HttpContext context, long id) => ActAsync(id, () => store.CancelAsync(id, context.Caller()!.Name))).Demand(Scope.Manage);
        app.MapPost("/jobs/{id:long}/retry", (long id) => ActAsync(id, () => store.RetryAsync(id))).Demand(Scope.Manage);
    }

    private Html<JobListPage> List(HttpContext context, TimeProvider time)
    {
        var query = context.Request.Query;
        JobState? state = Enum.TryParse<JobState>(query["state"], ignoreCase: true, out var known) && Enum.IsDefined(known) ? known : null;
        long? before = long.TryParse(query["before"], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        var (all, mistakes) = kinds.All();
        return new Html<JobListPage>(new JobListView
        {
            List = store.List(state, null, before, Listed),
            State = state,
            Counts = store.Count(),
            Kinds = all,
            Mistakes = mistakes,
            Schedules = schedules.All(),
            MayStart = context.Caller()!.May(Scope.Manage),
            Now = time.GetUtcNow().ToUnixTimeMilliseconds(),
        });
    }

    private Html<JobPage> Show(HttpContext context, TimeProvider time, long id)
    {
        var job = jobs.Whole(id);
        var attempt = int.TryParse(context.Request.Query["attempt"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked >= 1 && asked <= job.Attempt ? asked : job.Attempt;
        var log = JobLog.Read(new JobFolder(options.Home.Jobs, id).Log(attempt), -Tail, Tail);
        return new Html<JobPage>(new JobView
        {
            Job = job,
            Kind = kinds.All().Kinds.FirstOrDefault(kind => kind.Kind == job.Kind),
            ShownAttempt = attempt,
            Log = log.Text,
            LogNext = log.Next,
            Charts = Charts(job),
            HasRun = runPages && job.RunId is { } run && IsThere(run),
            MayChange = context.Caller()!.May(Scope.Manage),
            Now = time.GetUtcNow().ToUnixTimeMilliseconds(),
        });
    }

    private IReadOnlyList<Chart> Charts(Job job)
    {
        if (job.RunId is not { } id || !IsThere(id)) return [];
        var (run, reader) = (runs.Get(id), new RunPageReader(database, runs));
        return [.. MetricGroup.Of(run.Data.Metrics.Select(metric => metric.Key)).Take(ChartsShown).Select(group => reader.Chart(run, group, new ChartOptions()))];
    }

    // A run of the home folder that no server mirrored is brought in when the tracking server starts next.
    private bool IsThere(string run) => database.Read(connection => connection.ExecuteScalar<long>("SELECT count(*) FROM runs WHERE run_id = @run", new { run })) > 0;

    private Html<JobFormPage> New(string? name, Caller caller)
    {
        var (all, _) = kinds.All();
        return new Html<JobFormPage>(Form(all, all.FirstOrDefault(kind => kind.Kind == name), caller));
    }

    private JobFormView Form(IReadOnlyList<JobKind> all, JobKind? kind, Caller caller)
    {
        using var datasets = new DatasetStore(options.Home);
        return JobFormView.Of(all, kind, caller, datasets);
    }

    private async Task<IResult> StartAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType) throw new RequestException(415, "Starting a job", "the form of the page", "another content type", "Programs call POST /api/jobs.");
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var kind = kinds.Get(form["kind"].ToString());
        var (values, priority) = Filled(kind, form);
        try
        {
            return new SeeOther($"/jobs/{await door.SubmitAsync(Ask(kind, values, priority), context.Caller()!, "page", context.RequestAborted)}");
        }
        catch (SakiException refused)
        {
            return new Html<JobFormPage>(Form(kinds.All().Kinds, kind, context.Caller()!) with { Values = values, Error = Told(refused) }, ErrorReplies.StatusOf(refused));
        }
    }

    private static async Task<IResult> ActAsync(long id, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (RequestException late) when (late.Status == StatusCodes.Status409Conflict)
        {
            // It came to its end, or another click was faster: the page shows how it is.
        }
        return new SeeOther($"/jobs/{id}");
    }

    /// <summary>What was typed into the form of a kind: its arguments, and the priority.</summary>
    public static (Dictionary<string, string> Values, int Priority) Filled(JobKind kind, IFormCollection form) =>
        (kind.Arguments.ToDictionary(argument => argument.Name, argument => form[$"a.{argument.Name}"].ToString().ReplaceLineEndings("\n")),
            int.TryParse(form["priority"], CultureInfo.InvariantCulture, out var priority) ? priority : 0);

    /// <summary>What a form asks for: a line of a list is an item, an empty field is left out.</summary>
    public static JobAsk Ask(JobKind kind, IReadOnlyDictionary<string, string> values, int priority) => new()
    {
        Kind = kind.Kind,
        Arguments = values.Where(pair => pair.Value.Trim().Length > 0).ToDictionary(pair => pair.Key, pair => new JobValue(pair.Value.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))),
        Priority = priority,
    };

    /// <summary>A refusal as the form says it. The check of a kind speaks in its own lines; they are all there is to say.</summary>
    public static string Told(SakiException refused) => refused.Expected == "what its check accepts" ? refused.Got ?? refused.Message : refused.Next is { } next && refused is RequestException ? next : refused.Message;
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Datasets;
using Saki.Jobs;
using Saki.Server.Accounts;
using Saki.Server.Http;
using Saki.Server.Jobs;
using Saki.Server.Layout;

namespace Saki.Server.JobPages;

/// <summary><c>/jobs/schedules</c>: a form for what starts by the clock, with its times in plain words.</summary>
internal sealed class SchedulePageApi(ScheduleStore schedules, JobDoor door, JobKinds kinds, JobOptions options, TimeProvider time)
{
    private const int TimesShown = 3;
    private const string Nightly = "0 3 * * *";

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/jobs/schedules/new", (HttpContext context) => Show(context)).Demand(Scope.Manage);
        app.MapPost("/jobs/schedules/new", (Func<HttpContext, Task<IResult>>)SetAsync).Demand(Scope.Manage);
        app.MapGet("/jobs/schedules/reading", (HttpContext context) => new Html<ScheduleReading>(Read(context.Request.Query["cron"].ToString(), context.Request.Query["zone"].ToString()))).Demand(Scope.View);
        app.MapPost("/jobs/schedules/{name}", (Func<HttpContext, string, Task<IResult>>)ChangeAsync).Demand(Scope.Manage);
    }

    private Html<SchedulePage> Show(HttpContext context)
    {
        var query = context.Request.Query;
        if (query["name"].ToString() is not { Length: > 0 } name) return new Html<SchedulePage>(View(context, query["kind"], "", Nightly, "", changes: false));
        var schedule = Find(name);
        var values = schedule.Ask.Arguments.ToDictionary(pair => pair.Key, pair => string.Join('\n', pair.Value.Items));
        return new Html<SchedulePage>(View(context, schedule.Ask.Kind, schedule.Name, schedule.Cron, schedule.Zone ?? "", changes: true, values) with { Priority = schedule.Ask.Priority });
    }

    private async Task<IResult> SetAsync(HttpContext context)
    {
        var form = await AccountsApi.FormAsync(context);
        var kind = kinds.Get(form["kind"].ToString());
        var (values, priority) = JobPageApi.Filled(kind, form);
        var (name, cron, zone, changes) = (form["name"].ToString().Trim(), form["cron"].ToString().Trim(), form["zone"].ToString().Trim(), form["change"] == "yes");
        var view = View(context, kind.Kind, name, cron, zone, changes, values) with { Priority = priority };
        if (form["do"] == "look") return new Html<SchedulePage>(view);
        try
        {
            Cron.Parse(cron);
            var before = Known(name);
            if (!changes && before is not null) throw new RequestException(StatusCodes.Status409Conflict, "Adding a schedule", "a name that no schedule has", $"\"{name}\", which one has", "Choose another name.");
            var ask = JobPageApi.Ask(kind, values, priority) with { Title = before?.Ask.Title, Executor = before?.Ask.Executor, Memory = before?.Ask.Memory, Seconds = before?.Ask.Seconds, Cpus = before?.Ask.Cpus, Gpus = before?.Ask.Gpus };
            await door.AdmitAsync(ask, context.Caller()!, "", context.RequestAborted); // what would be refused at night is refused now
            await schedules.SetAsync(new JobSchedule { Name = name, Cron = cron, Zone = zone.Length == 0 ? null : zone, Ask = ask, Enabled = before?.Enabled ?? true }, context.Caller()!.Name);
            return new SeeOther("/jobs#schedules");
        }
        catch (SakiException refused)
        {
            return new Html<SchedulePage>(view with { Form = view.Form with { Error = JobPageApi.Told(refused) } }, ErrorReplies.StatusOf(refused));
        }
    }

    private async Task<IResult> ChangeAsync(HttpContext context, string name)
    {
        var form = await AccountsApi.FormAsync(context);
        var schedule = Find(name);
        switch (form["do"].ToString())
        {
            case "delete":
                await schedules.RemoveAsync(name);
                break;
            case "pause":
                schedule.Enabled = false;
                await schedules.SetAsync(schedule, schedule.Who);
                break;
            case "resume":
                // Whoever lets it run again must be one who may start its job.
                await door.AdmitAsync(schedule.Ask, context.Caller()!, "", context.RequestAborted);
                schedule.Enabled = true;
                await schedules.SetAsync(schedule, context.Caller()!.Name);
                break;
            default:
                throw new RequestException(StatusCodes.Status422UnprocessableEntity, "Changing a schedule", "pause, resume or delete", "another verb");
        }
        return new SeeOther("/jobs#schedules");
    }

    private JobSchedule? Known(string name) => schedules.All().FirstOrDefault(known => known.Name == name);

    private JobSchedule Find(string name) => Known(name)
        ?? throw new RequestException(StatusCodes.Status404NotFound, "Finding a schedule", "one that exists", $"\"{(name.Length <= 64 ? name : name[..64])}\"");

    private ScheduleView View(HttpContext context, string? kindName, string name, string cron, string zone, bool changes, IReadOnlyDictionary<string, string>? values = null)
    {
        var (all, _) = kinds.All();
        var kind = all.FirstOrDefault(known => known.Kind == kindName);
        using var datasets = new DatasetStore(options.Home);
        return new ScheduleView
        {
            Form = JobFormView.Of(all, kind, context.Caller()!, datasets) with { Values = values ?? new Dictionary<string, string>() },
            Name = name,
            Cron = cron,
            Zone = zone,
            Changes = changes,
            Reading = Read(cron, zone),
        };
    }

    private ScheduleReadingView Read(string cron, string zone)
    {
        try
        {
            var times = Cron.Parse(cron);
            var where = ScheduleStore.Zone(zone.Trim().Length == 0 ? null : zone.Trim());
            var next = new List<DateTimeOffset>();
            for (var moment = time.GetUtcNow(); next.Count < TimesShown && times.After(moment, where) is { } after; moment = after) next.Add(after);
            return new ScheduleReadingView { Words = CronWords.Of(cron), Zone = where.Id == TimeZoneInfo.Utc.Id ? "UTC" : where.Id, Next = next };
        }
        catch (SakiException wrong)
        {
            return new ScheduleReadingView { Problem = $"Expected {wrong.Expected}, got {wrong.Got}." };
        }
    }
}

/// <summary>What the form of a schedule shows.</summary>
public sealed record ScheduleView
{
    /// <summary>The kind's own fields.</summary>
    public required JobFormView Form { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its times.</summary>
    public required string Cron { get; init; }

    /// <summary>Its time zone; empty for UTC.</summary>
    public required string Zone { get; init; }

    /// <summary>Whether it is there already.</summary>
    public required bool Changes { get; init; }

    /// <summary>What its times mean.</summary>
    public required ScheduleReadingView Reading { get; init; }

    /// <summary>Of its jobs.</summary>
    public int Priority { get; init; }
}

/// <summary>Times in words.</summary>
public sealed record ScheduleReadingView
{
    /// <summary>E.g. <c>at 03:00, every day</c>.</summary>
    public string Words { get; init; } = "";

    /// <summary>The time zone.</summary>
    public string Zone { get; init; } = "UTC";

    /// <summary>The next times, in that zone.</summary>
    public IReadOnlyList<DateTimeOffset> Next { get; init; } = [];

    /// <summary>Why they cannot be read; null when they can.</summary>
    public string? Problem { get; init; }
}

using System.CommandLine;
using System.Globalization;
using Saki.Cli.Terminal;
using Saki.Jobs;

namespace Saki.Cli.Verbs.Jobs;

/// <summary><c>saki jobs …</c>: work that a server runs in processes of its own.</summary>
internal static class JobsVerbs
{
    public static Command Create() => new("jobs", "Start trainings and other work on the server, watch and end it")
    {
        JobsStartVerb.Create(), List(), Show(), Cancel(), Retry(), JobsLogsVerb.Create(),
    };

    /// <summary>A job's number.</summary>
    public static Argument<long> Number() => new("job") { Description = "Its number" };

    /// <summary>What came of a job, for the exit code: 0 succeeded or on its way, 1 not.</summary>
    public static int ExitCode(JobState state) => state is JobState.Failed or JobState.Cancelled ? 1 : 0;

    private static Verb List()
    {
        var server = TrackingOptions.Server();
        var state = new Option<string?>("--state") { Description = "Only these: queued, running, succeeded, failed, cancelled", HelpName = "STATE" };
        var verb = new Verb("list", "List jobs, newest first") { Examples = ["saki jobs list", "saki jobs list --state running --json"] };
        verb.Add(state);
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var jobs = new JobClient(TrackingOptions.Api(parsed, server));
            var list = await jobs.ListAsync(parsed.GetValue(state), 50, cancel);
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json))
            {
                terminal.WriteJson(list, JobJson.Readable.JobList);
                return;
            }
            if (list.Jobs.Count == 0)
            {
                terminal.Say("No jobs yet. Type: saki jobs start train experiment=emotions");
                return;
            }
            var table = new TextTable("JOB", "KIND", "STATE", "DONE", "TITLE", "WHO", "STARTED (UTC)").Right("JOB", "DONE");
            foreach (var job in list.Jobs)
                table.Add($"{job.Id}", job.Kind, Word(job), job.Progress is { } share ? Format.Percent(share) : "—", job.Title.Length <= 48 ? job.Title : $"{job.Title[..47]}…", job.Who, job.Started is { } time ? Moment(time) : "—");
            table.Write(terminal.Output);
        });
        return verb;
    }

    private static Verb Show()
    {
        var (id, server) = (Number(), TrackingOptions.Server());
        var verb = new Verb("show", "Show one job: what it runs, its attempts, what it made") { Examples = ["saki jobs show 12", "saki jobs show 12 --json"] };
        verb.Add(id);
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var jobs = new JobClient(TrackingOptions.Api(parsed, server));
            var job = await jobs.GetAsync(parsed.GetValue(id), cancel);
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(job, JobJson.Readable.Job);
            else Write(terminal.Output, job);
        });
        return verb;
    }

    private static Verb Cancel()
    {
        var (id, server) = (Number(), TrackingOptions.Server());
        var verb = new Verb("cancel", "End a job: SIGTERM, then SIGKILL, to all its processes") { Examples = ["saki jobs cancel 12"] };
        verb.Add(id);
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var jobs = new JobClient(TrackingOptions.Api(parsed, server));
            var job = await jobs.CancelAsync(parsed.GetValue(id), cancel);
            Verb.Terminal.Value!.Say(job.Over ? $"Job {job.Id} is ended." : $"Job {job.Id} is being ended. Queue it again with: saki jobs retry {job.Id}");
        });
        return verb;
    }

    private static Verb Retry()
    {
        var (id, server) = (Number(), TrackingOptions.Server());
        var verb = new Verb("retry", "Queue a job that is over once more, with what was frozen at first") { Examples = ["saki jobs retry 12"] };
        verb.Add(id);
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var jobs = new JobClient(TrackingOptions.Api(parsed, server));
            var job = await jobs.RetryAsync(parsed.GetValue(id), cancel);
            Verb.Terminal.Value!.Say($"Job {job.Id} waits for attempt {job.Attempt + 1}. Follow it with: saki jobs logs {job.Id} --follow");
        });
        return verb;
    }

    private static void Write(TextWriter output, Job job)
    {
        output.WriteLine($"{job.Id}  {job.Title}  {Word(job)}{(job.Reason.Length > 0 ? $": {job.Reason}" : "")}");
        output.WriteLine($"{job.Kind} by {job.Who} ({job.Origin}) at {Moment(job.Created)} UTC, {job.Executor}, priority {job.Priority}");
        output.WriteLine($"command {string.Join(' ', job.Plan.Command)}");
        if (job.RunId is { } run) output.WriteLine($"run {run}");
        if (job.Attempts is { Count: > 0 } attempts)
        {
            output.WriteLine();
            var table = new TextTable("ATTEMPT", "STATE", "TOOK", "EXIT", "WHY").Right("ATTEMPT", "TOOK", "EXIT");
            foreach (var attempt in attempts)
                table.Add($"{attempt.Number}", attempt.State.ToString().ToLowerInvariant(), attempt is { Started: { } from, Ended: { } to } ? Format.Duration((to - from) / 1000.0) : "—", attempt.ExitCode is { } code ? $"{code}" : "—", attempt.Reason);
            table.Write(output);
        }
        foreach (var (name, text) in job.Plan.Files)
        {
            output.WriteLine();
            output.WriteLine($"# {name}");
            output.WriteLine(text.TrimEnd());
        }
        if (job.Result is { } result) output.WriteLine($"\nresult {result.GetRawText()}");
    }

    private static string Word(Job job) => job is { CancelledBy.Length: > 0, Over: false } ? "ending" : job.State.ToString().ToLowerInvariant();

    private static string Moment(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}

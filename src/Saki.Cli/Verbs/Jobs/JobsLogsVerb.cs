using System.CommandLine;
using Saki.Jobs;

namespace Saki.Cli.Verbs.Jobs;

/// <summary><c>saki jobs logs JOB [--follow]</c>.</summary>
internal static class JobsLogsVerb
{
    private const int Wait = 20;

    public static Verb Create()
    {
        var (id, server) = (JobsVerbs.Number(), TrackingOptions.Server());
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the job ends; exit code 1 when it fails" };
        var attempt = new Option<int?>("--attempt") { Description = "Of this attempt (default: the newest)", HelpName = "N" };
        var verb = new Verb("logs", "Print what a job writes") { Examples = ["saki jobs logs 12", "saki jobs logs 12 --follow"] };
        verb.Add(id);
        foreach (var option in (Option[])[follow, attempt, server]) verb.Add(option);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var jobs = new JobClient(TrackingOptions.Api(parsed, server));
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(follow)) return await FollowAsync(jobs, parsed.GetValue(id), terminal, cancel);
            long from = 0;
            while (await jobs.LogAsync(parsed.GetValue(id), parsed.GetValue(attempt), from, 0, cancel) is { Text.Length: > 0 } part)
            {
                terminal.Output.Write(part.Text);
                from = part.Next;
            }
            return 0;
        });
        return verb;
    }

    /// <summary>Prints a job's log as it is written, attempt after attempt, and gives the exit code of its outcome. Ctrl-C ends the printing only.</summary>
    public static async Task<int> FollowAsync(JobClient client, long id, Terminal.Terminal terminal, CancellationToken cancel)
    {
        var (attempt, from) = (0, 0L);
        while (true)
        {
            var part = await client.LogAsync(id, attempt == 0 ? null : attempt, from, Wait, cancel);
            terminal.Output.Write(part.Text);
            await terminal.Output.FlushAsync(cancel);
            from = part.Next;
            if (part.Text.Length > 0 && attempt != 0) continue;
            if (part.Attempt != attempt) (attempt, from) = (part.Attempt, attempt == 0 ? part.Next : 0);
            else if (part.State is JobState.Succeeded or JobState.Failed or JobState.Cancelled) break;
        }
        var job = await client.GetAsync(id, cancel);
        terminal.Say($"Job {id} has {job.State.ToString().ToLowerInvariant()}{(job.Reason.Length > 0 ? $": {job.Reason}" : "")}");
        return JobsVerbs.ExitCode(job.State);
    }
}

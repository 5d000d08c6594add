using System.CommandLine;
using Saki.Jobs;

namespace Saki.Cli.Verbs.Jobs;

/// <summary><c>saki jobs start KIND [NAME=VALUE…]</c>. For <c>train</c> the words are the overrides themselves, as after <c>saki train</c>.</summary>
internal static class JobsStartVerb
{
    private static readonly Argument<string> Kind = new("kind") { Description = "What to do: train, evaluate, import, or a kind of the server's own" };
    private static readonly Argument<string[]> Values = new("argument") { Description = "NAME=VALUE of the kind; for train its overrides", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<int> Priority = new("--priority") { Description = "-100 to 100; higher goes first (default 0)", HelpName = "N" };
    private static readonly Option<string?> Title = new("--title") { Description = "One line for people", HelpName = "TEXT" };
    private static readonly Option<string?> Executor = new("--executor") { Description = "local (default) or slurm", HelpName = "WHERE" };
    private static readonly Option<string?> Memory = new("--memory") { Description = "Memory limit, such as \"4 GB\"", HelpName = "SIZE" };
    private static readonly Option<double?> Seconds = new("--seconds") { Description = "Time limit", HelpName = "N" };
    private static readonly Option<int?> Cpus = new("--cpus") { Description = "Processors", HelpName = "N" };
    private static readonly Option<int?> Gpus = new("--gpus") { Description = "GPUs", HelpName = "N" };
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Print its log until it ends; exit code 1 when it fails" };
    private static readonly Option<string?> Server = TrackingOptions.Server();

    public static Verb Create()
    {
        var verb = new Verb("start", "Queue a job")
        {
            Examples = ["saki jobs start train experiment=emotions trainer.seconds=60", "saki jobs start evaluate target=runs:/latest data=emotions:test --follow", "saki jobs start import path=/data/birds.zip name=birds"],
        };
        verb.Add(Kind);
        verb.Add(Values);
        foreach (var option in (Option[])[Priority, Title, Executor, Memory, Seconds, Cpus, Gpus, Follow, Server]) verb.Add(option);
        verb.SetAction(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var jobs = new JobClient(TrackingOptions.Api(parsed, Server));
        var kind = parsed.GetRequiredValue(Kind);
        var job = await jobs.StartAsync(new JobAsk
        {
            Kind = kind,
            Arguments = kind == "train" ? Overrides(parsed.GetValue(Values) ?? []) : Named(parsed.GetValue(Values) ?? []),
            Title = parsed.GetValue(Title),
            Priority = parsed.GetValue(Priority),
            Executor = parsed.GetValue(Executor),
            Memory = parsed.GetValue(Memory),
            Seconds = parsed.GetValue(Seconds),
            Cpus = parsed.GetValue(Cpus),
            Gpus = parsed.GetValue(Gpus),
        }, cancel);
        var terminal = Verb.Terminal.Value!;
        if (parsed.GetValue(Follow))
        {
            terminal.Say($"Job {job.Id} waits its turn.");
            return await JobsLogsVerb.FollowAsync(jobs, job.Id, terminal, cancel);
        }
        if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(job, JobJson.Readable.Job);
        else terminal.Output.WriteLine($"Job {job.Id} is queued. Follow it with: saki jobs logs {job.Id} --follow");
        return 0;
    }

    private static Dictionary<string, JobValue> Overrides(string[] words) => words.Length == 0 ? [] : new() { ["overrides"] = new JobValue(words) };

    // A name that comes several times is a list.
    private static Dictionary<string, JobValue> Named(string[] words) => words.Select(word => word.Split('=', 2) switch
    {
        [var name, var value] => (Name: name, Value: value),
        _ => throw new SakiException("Starting a job", "arguments of the form NAME=VALUE", $"\"{word}\"", "The kinds and their arguments are on the page /jobs/new."),
    }).GroupBy(pair => pair.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => new JobValue([.. group.Select(pair => pair.Value)]));
}

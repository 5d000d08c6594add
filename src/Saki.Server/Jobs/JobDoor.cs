using Saki.Configuration;
using Saki.Datasets;
using Saki.Jobs;
using Saki.Server.Accounts;
using Saki.Server.Http;

namespace Saki.Server.Jobs;

/// <summary>
/// The one way in for jobs, whoever asks: a page, a program, a schedule, a policy. 1 the kind; 2 its arguments; 3 limits; 4 data sets become versions; 5 the kind's check composes and refuses;
/// 6 the plan is frozen and queued.
/// </summary>
internal sealed class JobDoor(JobKinds kinds, JobStore store, SakiHome home, JobOptions options, JobEnvironment environment, IReadOnlyCollection<string> executors)
{
    private static readonly long Memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Checks, freezes and queues.</summary>
    /// <exception cref="SakiException">Why it cannot be.</exception>
    public async Task<long> SubmitAsync(JobAsk ask, Caller caller, string origin, CancellationToken cancellation) => await store.SubmitAsync(await AdmitAsync(ask, caller, origin, cancellation));

    /// <summary>Checks and freezes.</summary>
    /// <exception cref="SakiException">Why it cannot be.</exception>
    public async Task<NewJob> AdmitAsync(JobAsk ask, Caller caller, string origin, CancellationToken cancellation)
    {
        var kind = kinds.Get(ask.Kind);
        var scope = kind.Demands == "admin" ? Scope.Admin : Scope.Manage;
        if (!caller.May(scope)) throw new RequestException(403, $"Starting {kind.Kind}", $"a token with the scope \"{kind.Demands}\"", $"\"{caller.Name}\", which lacks it");
        var given = JobArguments.Read(kind, ask.Arguments);
        var values = FreezeDatasets(kind, given);
        var plan = Limits(ask, kind);
        var written = JobArguments.Written(kind, values).ToList();
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        if (kind.Check is { } check)
        {
            var printed = await JobCheck.RunAsync(kind.Kind, Program([.. check, .. written], here: true), environment.Bare(), cancellation);
            if (kind.Frozen is { } frozen) files[frozen] = FreezeDatasets(kind, printed);
        }
        plan = plan with { Command = Program(kind.Frozen is null ? [.. kind.Command, .. written] : kind.Command, here: false), Files = files };
        return new NewJob(kind.Kind, Title(ask, kind, given), caller.Name, origin, values, plan, Executor(ask), Priority(ask));
    }

    private JobPlan Limits(JobAsk ask, JobKind kind)
    {
        var memory = (ask.Memory ?? kind.Memory) is { } text ? ByteSize.TryParse(text) ?? throw Wrong("a memory limit such as 4 GB", $"\"{text}\"") : Memory / 4 * 3;
        var seconds = ask.Seconds ?? kind.Seconds;
        if (seconds is not (>= 1 and <= 31_536_000)) throw Wrong("a time limit from 1 s to a year", $"{seconds} s");
        var (cpus, gpus) = (ask.Cpus ?? kind.Cpus, ask.Gpus ?? kind.Gpus);
        var local = Executor(ask) == "local";
        if (cpus < 1 || (local && cpus > options.Cpus)) throw Wrong($"1 to {options.Cpus} processors", $"{cpus}");
        if (gpus < 0 || (local && gpus > options.Gpus)) throw Wrong($"0 to {options.Gpus} GPUs", $"{gpus}");
        return new JobPlan { Command = kind.Command, Resume = kind.Resume, OutputIsResult = kind.OutputIsResult, MemoryBytes = memory, Seconds = seconds, Cpus = cpus, Gpus = gpus };
    }

    private string Executor(JobAsk ask) => ask.Executor is null ? "local"
        : executors.Contains(ask.Executor) ? ask.Executor : throw Wrong($"an executor of this server: {string.Join(", ", executors)}", $"\"{ask.Executor}\"");

    private static int Priority(JobAsk ask) => ask.Priority is >= -100 and <= 100 ? ask.Priority : throw Wrong("a priority from -100 to 100", $"{ask.Priority}");

    private static string Title(JobAsk ask, JobKind kind, IReadOnlyDictionary<string, JobValue> values)
    {
        var title = ask.Title?.Trim() is { Length: > 0 } given ? given : values.Count == 0 ? kind.Title : string.Join(' ', values.Values.SelectMany(value => value.Items));
        return PlainText.Of(title, 200);
    }

    // A program with a slash lies beside the description; at the check "saki" is this installation's.
    private List<string> Program(IReadOnlyList<string> command, bool here)
    {
        if (command[0] == "saki") return here ? [.. options.Saki, .. command.Skip(1)] : [.. command];
        return [command[0].Contains('/') ? Path.GetFullPath(command[0], home.Kinds) : command[0], .. command.Skip(1)];
    }

    private Dictionary<string, JobValue> FreezeDatasets(JobKind kind, IReadOnlyDictionary<string, JobValue> values)
    {
        using var datasets = new DatasetStore(home);
        return values.ToDictionary(pair => pair.Key, pair => kind.Arguments.First(argument => argument.Name == pair.Key).Type == JobArgumentType.Dataset ? new JobValue([Frozen(datasets, pair.Value.Items[0])]) : pair.Value);
    }

    private string FreezeDatasets(JobKind kind, string printed)
    {
        if (kind.FrozenDatasets.Count == 0) return printed;
        var root = ConfigYaml.Parse(printed, kind.Frozen!) as ConfigMap ?? throw Wrong("a check that prints a map", "another form");
        using var datasets = new DatasetStore(home);
        foreach (var key in kind.FrozenDatasets) Freeze(root, key, datasets);
        return ConfigYamlWriter.Write(root);
    }

    private static void Freeze(ConfigMap root, string key, DatasetStore datasets)
    {
        var path = key.Split('.');
        var map = path[..^1].Aggregate((ConfigMap?)root, (at, name) => at?[name] as ConfigMap);
        if (map?[path[^1]] is ConfigScalar { Value: string name }) map.Entries[path[^1]] = new ConfigScalar(Frozen(datasets, name));
    }

    private static string Frozen(DatasetStore datasets, string text)
    {
        var reference = DatasetReference.Parse(text);
        return (reference with { DigestPrefix = datasets.Find(reference).Digest.ToString() }).ToString();
    }

    private static RequestException Wrong(string expected, string got) => new(422, "Starting a job", expected, got);
}

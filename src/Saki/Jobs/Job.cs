using System.Text.Json;
using System.Text.Json.Serialization;

namespace Saki.Jobs;

/// <summary>Where a job stands. It moves from left to right only; a retry begins again at <see cref="Queued"/> with a new attempt.</summary>
[JsonConverter(typeof(JobStateJson))]
public enum JobState
{
    /// <summary>Waits for a free place.</summary>
    Queued,
    /// <summary>Taken by a worker; its process is about to start.</summary>
    Leased,
    /// <summary>Its process runs.</summary>
    Running,
    /// <summary>Its process ended with exit code 0.</summary>
    Succeeded,
    /// <summary>Its process ended otherwise, went over a limit, or vanished too often.</summary>
    Failed,
    /// <summary>Somebody ended it.</summary>
    Cancelled,
    /// <summary>Of an attempt only: its process vanished without a word (power, kill -9); the job goes on with the next attempt.</summary>
    Lost,
}

/// <summary>Work that runs in a process of its own, and what became of it. Times are milliseconds since 1970.</summary>
public sealed record Job
{
    /// <summary>Counts up from 1.</summary>
    public required long Id { get; init; }

    /// <summary>What it does: <c>train</c>, <c>evaluate</c>, <c>import</c>, or a kind of one's own.</summary>
    public required string Kind { get; init; }

    /// <summary>One line for people.</summary>
    public required string Title { get; init; }

    /// <summary>Where it stands.</summary>
    public required JobState State { get; init; }

    /// <summary>Who asked for it.</summary>
    public required string Who { get; init; }

    /// <summary>From where: <c>page</c>, <c>api</c>, <c>cli</c>, <c>schedule NAME</c>.</summary>
    public required string Origin { get; init; }

    /// <summary>What was asked, by argument.</summary>
    public required IReadOnlyDictionary<string, JobValue> Arguments { get; init; }

    /// <summary>What was frozen when it was asked for: the exact command, configuration and data.</summary>
    public required JobPlan Plan { get; init; }

    /// <summary>Higher goes first; equal ones go in their order. -100 to 100, 0 is normal.</summary>
    public int Priority { get; init; }

    /// <summary>Who runs it: <c>local</c> or <c>slurm</c>.</summary>
    public required string Executor { get; init; }

    /// <summary>Number of the newest attempt; 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>When it was asked for.</summary>
    public long Created { get; init; }

    /// <summary>When the newest attempt began.</summary>
    public long? Started { get; init; }

    /// <summary>When it came to its end.</summary>
    public long? Ended { get; init; }

    /// <summary>What its process ended with; 128 + N for signal N; null while unknown.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Why it ended as it did; empty when there is nothing to say.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Who asked to end it; empty: nobody.</summary>
    public string CancelledBy { get; init; } = "";

    /// <summary>The tracking run that it logs to.</summary>
    public string? RunId { get; init; }

    /// <summary>How much is done, 0 to 1; null when it does not say.</summary>
    public double? Progress { get; init; }

    /// <summary>What it says of its progress.</summary>
    public string ProgressText { get; init; } = "";

    /// <summary>All attempts, the oldest first. Only with a single job.</summary>
    public IReadOnlyList<JobAttempt>? Attempts { get; init; }

    /// <summary>What it made, as its program wrote it. Only with a single job.</summary>
    public JsonElement? Result { get; init; }

    /// <summary>Whether it came to its end.</summary>
    public bool Over => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled;
}

/// <summary>One process that worked on a job.</summary>
/// <param name="Number">From 1.</param>
/// <param name="State">Leased or running, then succeeded, failed, cancelled or lost.</param>
/// <param name="Started">Milliseconds since 1970.</param>
/// <param name="Ended">Milliseconds since 1970; null while it runs.</param>
/// <param name="ExitCode">Null when it is not known.</param>
/// <param name="Reason">Why it ended so.</param>
public sealed record JobAttempt(int Number, JobState State, long? Started, long? Ended, int? ExitCode, string Reason);

/// <summary>What a job will run, frozen when it is asked for: editing a configuration or a kind later does not change it.</summary>
public sealed record JobPlan
{
    /// <summary>The program and its arguments, one each, never seen by a shell. <c>saki</c> as program is the one of the worker. Relative paths begin in the attempt's folder.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>What goes on from a vanished attempt's run, in which <c>{run}</c> stands for the run; null: begin anew.</summary>
    public IReadOnlyList<string>? Resume { get; init; }

    /// <summary>Files that lie beside the attempts' folders, by relative path.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>True: what the program writes to standard output is the result, and not part of the log.</summary>
    public bool OutputIsResult { get; init; }

    /// <summary>Resident memory of all its processes together, bytes; null: no limit.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Longest that one attempt may run; null: no limit.</summary>
    public double? Seconds { get; init; }

    /// <summary>Places it takes among the worker's processors, 1 or more.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>GPUs that it has for itself.</summary>
    public int Gpus { get; init; }
}

/// <summary>What somebody asks for.</summary>
public sealed record JobAsk
{
    /// <summary>The kind.</summary>
    public required string Kind { get; init; }

    /// <summary>By argument of the kind; what is left out has its default.</summary>
    // Settable: made-at-compile-time readers give init properties that are left out null instead of their default.
    public IReadOnlyDictionary<string, JobValue> Arguments { get; set; } = new Dictionary<string, JobValue>();

    /// <summary>One line for people; null: made of kind and arguments.</summary>
    public string? Title { get; init; }

    /// <summary>-100 to 100; higher goes first. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary><c>local</c> (default) or <c>slurm</c>.</summary>
    public string? Executor { get; init; }

    /// <summary>Memory limit such as <c>4 GB</c>; null: the kind's.</summary>
    public string? Memory { get; init; }

    /// <summary>Time limit in seconds; null: the kind's.</summary>
    public double? Seconds { get; init; }

    /// <summary>Processors; null: the kind's.</summary>
    public int? Cpus { get; init; }

    /// <summary>GPUs; null: the kind's.</summary>
    public int? Gpus { get; init; }
}

/// <summary>A page of jobs, the newest first.</summary>
/// <param name="Jobs">Without attempts and results.</param>
/// <param name="Next">Give it as <c>before</c> to have the next page; null at the end.</param>
public sealed record JobList(IReadOnlyList<Job> Jobs, long? Next);

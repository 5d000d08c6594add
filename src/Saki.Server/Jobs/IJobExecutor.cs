using Saki.Jobs;

namespace Saki.Server.Jobs;

/// <summary>Where processes of jobs run: this machine (<see cref="LocalExecutor"/>) or a cluster (<see cref="SlurmExecutor"/>). Called by one thread at a time.</summary>
internal interface IJobExecutor
{
    /// <summary>What jobs call it by.</summary>
    string Name { get; }

    /// <summary>Attempts that may be with it at once; the rest waits in the queue.</summary>
    int Places { get; }

    /// <summary>Starts the process of an attempt; what an earlier attempt left running is ended first. Gives its place.</summary>
    /// <exception cref="SakiException">It cannot be started.</exception>
    Task<string> StartAsync(JobLease lease, JobPlan plan, CancellationToken cancellation);

    /// <summary>Whether a worker of this machine can see and end the process of <paramref name="lease"/>.</summary>
    bool Reaches(JobLease lease);

    /// <summary>How the attempt is.</summary>
    Task<JobLook> LookAsync(JobLease lease, CancellationToken cancellation);

    /// <summary>Asks all processes of the job to end (SIGTERM), or ends them (SIGKILL).</summary>
    Task EndAsync(JobLease lease, bool force, CancellationToken cancellation);
}

/// <summary>How an attempt is.</summary>
/// <param name="Phase">Where it stands.</param>
/// <param name="ExitCode">When it has ended and said so.</param>
/// <param name="Memory">Bytes of its processes, 0 when not known.</param>
/// <param name="Reason">Why it ended, where the executor knows more than the exit code.</param>
internal sealed record JobLook(JobPhase Phase, int? ExitCode = null, long Memory = 0, string? Reason = null);

/// <summary>Where an attempt stands with its executor.</summary>
internal enum JobPhase
{
    /// <summary>It waits for a place of the executor's own.</summary>
    Waiting,
    /// <summary>It runs.</summary>
    Running,
    /// <summary>It ended.</summary>
    Ended,
    /// <summary>There is no process and no exit code.</summary>
    Gone,
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Saki.Jobs;

namespace Saki.Server.Jobs;

/// <summary>Processes on this machine, under <c>supervise.sh</c> in a session of their own: they outlive the worker, and the next one finds them.</summary>
internal sealed class LocalExecutor(string jobs, string supervisor, JobOptions options, JobEnvironment environment) : IJobExecutor
{
    private const int GivesUpAfter = 200;
    private readonly ConcurrentDictionary<(long Job, long Attempt), bool> _supervisors = [];

    public string Name => "local";

    // Each job takes one processor at least.
    public int Places => options.Cpus;

    public async Task<string> StartAsync(JobLease lease, JobPlan plan, CancellationToken cancellation)
    {
        var folder = new JobFolder(jobs, lease.Id);
        await ClearAsync(folder, cancellation);
        folder.Prepare(lease.Attempt, plan.Files);
        // The worker watches the memory that is resident; this bound holds the moments between two looks, and those without a worker.
        var data = plan.MemoryBytes is { } memory ? (memory + (memory / 2) + 1_000_000_000) / 1024 : 0;
        var start = new ProcessStartInfo("setsid", ["nice", "-n", "10", "sh", supervisor, folder.Path, Number(lease.Attempt), Number(data),
            plan.OutputIsResult ? JobFolder.ResultFile : "log", .. environment.Command(plan, ResumedRun(folder, lease))]) { WorkingDirectory = folder.Path };
        start.Environment.Clear();
        foreach (var (name, value) in environment.Of(lease, plan, folder.Of(lease.Attempt))) start.Environment[name] = value;
        // Until the script has begun its environment cannot be read, so those that this worker started are known besides.
        _supervisors[(lease.Id, lease.Attempt)] = true;
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.Exited += (_, _) =>
        {
            _supervisors.TryRemove((lease.Id, lease.Attempt), out var _);
            process.Dispose();
        };
        process.Start();
        return Environment.MachineName;
    }

    public bool Reaches(JobLease lease) => JobOwner.Parse(lease.Owner).Host == Environment.MachineName;

    public Task<JobLook> LookAsync(JobLease lease, CancellationToken cancellation)
    {
        var folder = new JobFolder(jobs, lease.Id);
        if (folder.Exit(lease.Attempt) is { } code) return Task.FromResult(new JobLook(JobPhase.Ended, code));
        var supervised = _supervisors.ContainsKey((lease.Id, lease.Attempt));
        var processes = Processes.Under(folder.Path);
        if (supervised || processes.Count > 0) return Task.FromResult(new JobLook(JobPhase.Running, Memory: processes.Sum(Processes.OwnMemory)));
        // It may have ended between the two looks.
        return Task.FromResult(folder.Exit(lease.Attempt) is { } late ? new JobLook(JobPhase.Ended, late) : new JobLook(JobPhase.Gone));
    }

    public Task EndAsync(JobLease lease, bool force, CancellationToken cancellation)
    {
        Processes.End(Processes.Under(new JobFolder(jobs, lease.Id).Path), force);
        return Task.CompletedTask;
    }

    // The run that a vanished attempt was working on; a person who tries again begins anew.
    internal static string? ResumedRun(JobFolder folder, JobLease lease)
    {
        for (var attempt = lease.Attempt - 1; attempt >= lease.Attempt - lease.Losses && attempt > 0; attempt--)
            if (folder.Run(attempt) is { } run) return run;
        return null;
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static async Task ClearAsync(JobFolder folder, CancellationToken cancellation)
    {
        for (var i = 0; Processes.Under(folder.Path) is { Count: > 0 } left; i++)
        {
            if (i == GivesUpAfter) throw new SakiException($"Starting an attempt in {folder.Path}", "that its earlier processes end when they are killed", $"{left.Count} that do not", "Look for processes that hang in the system.");
            Processes.End(left, force: true);
            await Task.Delay(25, cancellation);
        }
    }
}

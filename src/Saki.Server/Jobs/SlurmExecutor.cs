using System.Diagnostics;
using System.Globalization;
using Saki.Jobs;
using Saki.Storage;

namespace Saki.Server.Jobs;

/// <summary>
/// Attempts as jobs of a Slurm cluster whose nodes see the home folder at the same path. The same <c>supervise.sh</c> runs there; Slurm holds the limits, too. An attempt is found again by its name,
/// which only this home folder gives.
/// </summary>
internal sealed class SlurmExecutor : IJobExecutor
{
    private const int MostWithSlurm = 256, AskEvery = 2000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly string _jobs, _supervisor, _mark;
    private readonly JobEnvironment _environment;
    private Dictionary<string, string>? _states;
    private long _asked;

    private SlurmExecutor(string jobs, string supervisor, JobEnvironment environment)
    {
        (_jobs, _supervisor, _environment) = (jobs, supervisor, environment);
        _mark = Digest.Of(System.Text.Encoding.UTF8.GetBytes(jobs)).Short;
    }

    public string Name => "slurm";

    public int Places => MostWithSlurm;

    /// <summary>One, where Slurm's commands are; else none.</summary>
    public static IEnumerable<IJobExecutor> IfHere(string jobs, string supervisor, JobEnvironment environment)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        if (folders.Any(folder => File.Exists(Path.Combine(folder, "sbatch")))) yield return new SlurmExecutor(jobs, supervisor, environment);
    }

    public bool Reaches(JobLease lease) => true;

    public async Task<string> StartAsync(JobLease lease, JobPlan plan, CancellationToken cancellation)
    {
        var folder = new JobFolder(_jobs, lease.Id);
        await RunAsync("scancel", [$"--name={JobName(lease with { Attempt = lease.Attempt - 1 })}"], null, cancellation);
        folder.Prepare(lease.Attempt, plan.Files);
        List<string> arguments =
        [
            "--parsable", $"--job-name={JobName(lease)}", "--output=/dev/null", $"--chdir={folder.Path}", "--no-requeue", "--ntasks=1", $"--cpus-per-task={plan.Cpus}",
            .. plan.MemoryBytes is { } memory ? [$"--mem={Math.Max(1, memory / 1_000_000)}M"] : (string[])[],
            .. plan.Seconds is { } seconds ? [string.Create(CultureInfo.InvariantCulture, $"--time={(int)Math.Ceiling(seconds / 60) + 1}")] : (string[])[],
            .. plan.Gpus > 0 ? [$"--gres=gpu:{plan.Gpus}"] : (string[])[],
            _supervisor, folder.Path, Number(lease.Attempt), "0", plan.OutputIsResult ? JobFolder.ResultFile : "log",
            .. _environment.Command(plan, LocalExecutor.ResumedRun(folder, lease)),
        ];
        var environment = _environment.Of(lease, plan, folder.Of(lease.Attempt));
        environment.Remove("CUDA_VISIBLE_DEVICES"); // Slurm gives the devices out
        var (code, output, words) = await RunAsync("sbatch", arguments, environment, cancellation);
        if (code != 0) throw new SakiException("Handing the job to Slurm", "a number from sbatch", words.Trim().Split('\n')[^1], "Look at sinfo and at the limits of the job.");
        _states = null; // it does not have this one yet
        return output.Trim().Split(';')[0];
    }

    public async Task<JobLook> LookAsync(JobLease lease, CancellationToken cancellation)
    {
        var folder = new JobFolder(_jobs, lease.Id);
        if (folder.Exit(lease.Attempt) is { } code) return new JobLook(JobPhase.Ended, code);
        var state = (await StatesAsync(cancellation)).GetValueOrDefault(JobName(lease), "");
        if (state is "PENDING" or "CONFIGURING" or "REQUEUED" or "SUSPENDED") return new JobLook(JobPhase.Waiting);
        if (state is "RUNNING" or "COMPLETING") return new JobLook(JobPhase.Running);
        if (folder.Exit(lease.Attempt) is { } late) return new JobLook(JobPhase.Ended, late);
        return new JobLook(JobPhase.Gone, Reason: state switch
        {
            "TIMEOUT" or "DEADLINE" => "over its time limit, says Slurm",
            "OUT_OF_MEMORY" => "over its memory limit, says Slurm",
            "CANCELLED" => "ended in Slurm by somebody else",
            _ => null,
        });
    }

    // All of this home's at once, at most every two seconds: the controller answers many people.
    private async Task<Dictionary<string, string>> StatesAsync(CancellationToken cancellation)
    {
        if (_states is { } known && Environment.TickCount64 - _asked < AskEvery) return known;
        var (code, output, words) = await RunAsync("squeue", ["--noheader", "--states=all", "--format=%j %T"], null, cancellation);
        if (code != 0) throw new SakiException("Asking Slurm for jobs", "an answer from squeue", words.Trim());
        var states = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in output.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(line => line.Length == 2 && line[0].StartsWith($"saki-{_mark}-", StringComparison.Ordinal)))
            states[line[0]] = line[1];
        (_states, _asked) = (states, Environment.TickCount64);
        return states;
    }

    public async Task EndAsync(JobLease lease, bool force, CancellationToken cancellation) => await RunAsync("scancel", [.. force ? ["--signal=KILL", "--full"] : (string[])[],  $"--name={JobName(lease)}"], null, cancellation);

    private string JobName(JobLease lease) => string.Create(CultureInfo.InvariantCulture, $"saki-{_mark}-{lease.Id}-{lease.Attempt}");

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static async Task<(int Code, string Output, string Words)> RunAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (environment is not null)
        {
            start.Environment.Clear();
            foreach (var (name, value) in environment) start.Environment[name] = value;
        }
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            var (output, words) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await words);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new SakiException($"Calling {program}", $"an answer within {Patience.TotalSeconds:0} s", "none", "Look whether slurmctld runs.");
        }
    }
}

using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Saki.Jobs;

namespace Saki.Server.Jobs;

/// <summary>
/// Runs jobs: one loop that looks twice a second. 1 beats for its leases; 2 lets go of those that another worker took, and takes those whose worker is gone; 3 looks after each attempt: its end,
/// its progress, its limits, who wants it ended; 4 takes jobs that wait, in turn, while places are free. Processes outlive the worker: one that ends in order leaves them running,
/// and the next one goes on looking after them.
/// </summary>
internal sealed class JobWorker : IAsyncDisposable
{
    private readonly JobLeases _leases;
    private readonly SakiHome _home;
    private readonly JobOptions _options;
    private readonly IReadOnlyDictionary<string, IJobExecutor> _executors;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly JobOwner _owner = JobOwner.New();
    private readonly Dictionary<long, AttemptWatch> _mine = [];
    private readonly Dictionary<long, (long Fence, long Beat, long Since)> _others = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private long _lastBeat;

    private JobWorker(JobLeases leases, SakiHome home, JobOptions options, IReadOnlyList<IJobExecutor> executors, TimeProvider time, ILogger log)
    {
        (_leases, _home, _options, _time, _log) = (leases, home, options, time, log);
        _executors = executors.ToDictionary(executor => executor.Name);
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>Begins to look.</summary>
    public static JobWorker Start(JobLeases leases, SakiHome home, JobOptions options, IReadOnlyList<IJobExecutor> executors, TimeProvider time, ILogger log) => new(leases, home, options, executors, time, log);

    /// <summary>Ends the loop and leaves the processes to the next worker.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        if (_mine.Count > 0) await _leases.ReleaseAsync(_owner.ToString(), _owner.Released.ToString());
        _stop.Dispose();
    }

    private async Task LoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await LookAsync(_stop.Token);
                await Task.Delay(_options.Pause, _time, _stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // A full disk or an executor that is away must not end the looking after of all other jobs.
                ServerLog.JobsFaltered(_log, failure);
                await Task.Delay(_options.Pause * 4, _time, CancellationToken.None);
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        if (_mine.Count > 0 && _time.GetElapsedTime(_lastBeat) > _options.Patience / 5)
        {
            _lastBeat = _time.GetTimestamp();
            await _leases.BeatAsync(_owner.ToString());
        }
        var all = _leases.All();
        var held = all.Where(lease => _mine.TryGetValue(lease.Id, out var mine) && mine.Fence == lease.Fence).ToList();
        foreach (var lost in _mine.Keys.Except(held.Select(lease => lease.Id)).ToList()) _mine.Remove(lost);
        foreach (var lease in all.Where(lease => !_mine.ContainsKey(lease.Id)))
            if (IsDead(lease) && await _leases.TakeOverAsync(lease, _owner.ToString()) is { } taken) held.Add(Hold(taken));
        foreach (var lease in held) await AttendAsync(lease, _mine[lease.Id], cancellation);
        foreach (var executor in _executors.Values) await ClaimAsync(executor, cancellation);
    }

    // Another worker's lease: gone at once when its process is, else when its heartbeat stood still for long enough on our own watch.
    private bool IsDead(JobLease lease)
    {
        if (!_executors.TryGetValue(lease.Executor, out var executor) || !executor.Reaches(lease)) return false;
        if (JobOwner.Parse(lease.Owner).IsGone) return true;
        var now = _time.GetTimestamp();
        if (!_others.TryGetValue(lease.Id, out var seen) || seen.Fence != lease.Fence || seen.Beat != lease.Beat)
        {
            _others[lease.Id] = (lease.Fence, lease.Beat, now);
            return false;
        }
        return _time.GetElapsedTime(seen.Since, now) > _options.Patience;
    }

    private JobLease Hold(JobLease lease)
    {
        var before = lease.Started is { } started ? TimeSpan.FromMilliseconds(Math.Max(0, _time.GetUtcNow().ToUnixTimeMilliseconds() - started)) : TimeSpan.Zero;
        _mine[lease.Id] = new AttemptWatch(lease.Fence, JsonSerializer.Deserialize(lease.Plan, JobJson.Default.JobPlan)!, before, _time);
        _others.Remove(lease.Id);
        return lease;
    }

    private async Task AttendAsync(JobLease lease, AttemptWatch watch, CancellationToken cancellation)
    {
        var executor = _executors[lease.Executor];
        var look = await executor.LookAsync(lease, cancellation);
        if (look.Phase is JobPhase.Ended or JobPhase.Gone)
        {
            // What the program left behind in the background ends with it.
            await executor.EndAsync(lease, force: true, cancellation);
            await TellAsync(lease, watch);
            await FinishAsync(lease, watch, look);
            return;
        }
        if (look.Phase == JobPhase.Running && lease.State == "leased" && !await _leases.RunsAsync(lease)) return;
        if (look.Phase == JobPhase.Running) watch.Limit(look.Memory, JobLog.Bound(Folder(lease).Log(lease.Attempt)));
        if (lease.CancelledBy.Length > 0) watch.End();
        if (watch.Signal(_options.Grace) is { } force) await executor.EndAsync(lease, force, cancellation);
        await TellAsync(lease, watch);
    }

    private async Task TellAsync(JobLease lease, AttemptWatch watch)
    {
        var folder = Folder(lease);
        var (share, text) = folder.Progress(lease.Attempt);
        var run = folder.Run(lease.Attempt) is { } local ? JobFolder.AtServer(_home, local) : null;
        if (watch.Told == (share, text, run)) return;
        if (await _leases.TellAsync(lease, share, text, run)) watch.Told = (share, text, run);
    }

    private async Task FinishAsync(JobLease lease, AttemptWatch watch, JobLook look)
    {
        _mine.Remove(lease.Id);
        var cancelled = lease.CancelledBy.Length > 0 && look.ExitCode != 0;
        if (cancelled) await _leases.EndAsync(lease, JobState.Cancelled, look.ExitCode, $"ended by {lease.CancelledBy}");
        else if (watch.OverLimit is { } limit) await _leases.EndAsync(lease, JobState.Failed, look.ExitCode, limit);
        else if (look.ExitCode is { } code) await _leases.EndAsync(lease, code == 0 ? JobState.Succeeded : JobState.Failed, code, code == 0 ? "" : Why(lease, code));
        else if (look.Reason is { } reason) await _leases.EndAsync(lease, JobState.Failed, null, reason);
        else if (lease.Losses + 1 >= _options.MostLosses)
            await _leases.EndAsync(lease, JobState.Failed, null, string.Create(CultureInfo.InvariantCulture, $"its process vanished {lease.Losses + 1} times in a row without an exit code"));
        else await _leases.RequeueAsync(lease, "its process vanished without an exit code; it goes on with a new attempt");
    }

    private string Why(JobLease lease, int code)
    {
        var line = JobLog.LastLine(Folder(lease).Log(lease.Attempt));
        var what = code switch
        {
            137 => "killed (signal 9): often by the system, when memory runs out",
            127 => "its program was not found (exit code 127)",
            > 128 and < 160 => string.Create(CultureInfo.InvariantCulture, $"ended by signal {code - 128}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"exit code {code}"),
        };
        return line.Length == 0 ? what : $"{what}: {line}";
    }

    // Strictly in turn: a large job that waits for places is not passed by small ones for ever.
    private async Task ClaimAsync(IJobExecutor executor, CancellationToken cancellation)
    {
        foreach (var waiting in _leases.Waiting(executor.Name, 16))
        {
            var running = _leases.All().Where(lease => lease.Executor == executor.Name && executor.Reaches(lease)).ToList();
            if (JobPlaces.Devices(executor, running, waiting, _options) is not { } devices) return;
            if (await _leases.ClaimAsync(waiting, _owner.ToString(), devices) is { } lease) await BeginAsync(executor, Hold(lease), cancellation);
        }
    }

    private async Task BeginAsync(IJobExecutor executor, JobLease lease, CancellationToken cancellation)
    {
        try
        {
            await _leases.PlaceAsync(lease, await executor.StartAsync(lease, _mine[lease.Id].Plan, cancellation));
        }
        catch (Exception failure) when (failure is SakiException or IOException or System.ComponentModel.Win32Exception)
        {
            ServerLog.JobNotStarted(_log, failure, lease.Id);
            _mine.Remove(lease.Id);
            await _leases.EndAsync(lease, JobState.Failed, null, failure is SakiException known ? known.Message : $"it could not be started: {failure.Message}");
        }
    }

    private JobFolder Folder(JobLease lease) => new(_home.Jobs, lease.Id);
}

using Microsoft.Extensions.Logging;
using Saki.Jobs;
using Saki.Server.Accounts;

namespace Saki.Server.Jobs;

/// <summary>Starts what is due, looking every few seconds. A schedule acts for who made it, who was let in when it was set.</summary>
internal sealed class ScheduleClock(ScheduleStore schedules, JobDoor door, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await TickAsync(stop);
                await Task.Delay(Pause, time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The server ends.
        }
    }

    /// <summary>Starts all that is due now.</summary>
    public async Task TickAsync(CancellationToken cancellation)
    {
        try
        {
            foreach (var due in schedules.Due()) await StartAsync(due, cancellation);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            ServerLog.JobsFaltered(log, failure); // a full disk; the time is still due at the next look
        }
    }

    private async Task StartAsync(JobSchedule due, CancellationToken cancellation)
    {
        NewJob? job = null;
        var refusal = "";
        try
        {
            job = await door.AdmitAsync(due.Ask, new Caller(due.Who, Scope.Admin), $"schedule {due.Name}", cancellation);
        }
        catch (SakiException refused)
        {
            refusal = $"{refused.Got}. {refused.Next}".Trim();
            ServerLog.ScheduleRefused(log, due.Name, refusal);
        }
        await schedules.UseAsync(due, job, refusal);
    }
}

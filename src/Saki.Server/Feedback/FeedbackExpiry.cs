using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Saki.Server.Feedback;

/// <summary>Deletes what was kept for <see cref="ServerOptions.KeepFeedback"/>: at the start, then four times a day.</summary>
internal sealed class FeedbackExpiry(KeptFeedback kept, ServerOptions options, TimeProvider time, ILoggerFactory logs) : BackgroundService
{
    private static readonly TimeSpan Between = TimeSpan.FromHours(6);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Between, time);
        do
        {
            try
            {
                if (kept.Store is { } store) await store.Erasure.ExpireAsync(options.KeepFeedback);
            }
            catch (Exception failure) when (failure is SakiException or IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                // A full disk now is not one in six hours; what is too old is still found then.
                ServerLog.ExpiryFailed(logs.CreateLogger("Saki.Server"), failure);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}

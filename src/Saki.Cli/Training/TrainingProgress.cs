using Saki.Cli.Terminal;
using Saki.Torch.Training;
using Saki.Tracking;

namespace Saki.Cli.Training;

/// <summary>What a training shows and records: one live line on a terminal, a plain line every five seconds elsewhere, a line and metrics for each epoch.</summary>
internal sealed class TrainingProgress(Terminal.Terminal terminal, RunLog run, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly JobReport _job = JobReport.FromEnvironment();
    private long _last;

    public void Report(TrainProgress at)
    {
        if (at.Note is { } note)
        {
            terminal.Say(note);
            return;
        }
        if (at.Finished is { } epoch)
        {
            run.LogMetrics(
            [
                ("epoch", epoch.Epoch), ("train_loss", epoch.TrainLoss), ("val_loss", epoch.ValLoss), ("val_accuracy", epoch.ValAccuracy), ("val_balanced_accuracy", epoch.ValBalancedAccuracy),
                ("lr", epoch.LearningRate), ("images_per_second", epoch.ImagesPerSecond), ("epoch_seconds", epoch.Seconds), ("peak_memory_mb", epoch.PeakMemoryMegabytes),
            ], epoch.Step);
            run.Flush();
            terminal.Say($"epoch {epoch.Epoch}: loss {epoch.TrainLoss:0.000}, val loss {epoch.ValLoss:0.000}, val accuracy {Format.Percent(epoch.ValAccuracy)}, {epoch.ImagesPerSecond:N0} images/s, {Format.Duration(epoch.Seconds)}, peak {epoch.PeakMemoryMegabytes:N0} MB, {Format.Duration(at.Left.TotalSeconds)} left");
            return;
        }
        var now = time.GetTimestamp();
        if (!terminal.Live && _last != 0 && time.GetElapsedTime(_last, now).TotalSeconds < 5) return;
        _last = now;
        // A limit in seconds may end it long before the last step, so the bar follows the clock.
        var (spent, left) = (time.GetElapsedTime(_start, now).TotalSeconds, at.Left.TotalSeconds);
        _job.Progress(spent / Math.Max(spent + left, 1e-9), string.Create(System.Globalization.CultureInfo.InvariantCulture, $"epoch {at.Epoch}, loss {at.Loss:0.000}, {Format.Duration(left)} left"));
        terminal.Progress($"epoch {at.Epoch} {ProgressBar.Draw(spent / Math.Max(spent + left, 1e-9))} step {at.Step:N0}  loss {at.Loss:0.000}  lr {at.LearningRate:0.####}  {at.ImagesPerSecond:N0} images/s  {Format.Duration(left)} left");
    }
}

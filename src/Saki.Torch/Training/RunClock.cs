using System.Diagnostics;

namespace Saki.Torch.Training;

/// <summary>Seconds that a run has trained, those before a resume included.</summary>
internal sealed class RunClock(TimeProvider time, double before)
{
    private readonly long _started = time.GetTimestamp();

    /// <summary>Most memory that this process has had, in MB.</summary>
    internal static double PeakMemoryMegabytes()
    {
        using var process = Process.GetCurrentProcess();
        return Math.Round(process.PeakWorkingSet64 / 1e6);
    }

    internal double Seconds => before + time.GetElapsedTime(_started).TotalSeconds;
}

/// <summary>Speed and mean loss of an epoch as it goes, and when the next report is due.</summary>
internal sealed class SpeedMeter(TimeProvider time, TimeSpan between)
{
    private readonly long _started = time.GetTimestamp();
    private long _reported = time.GetTimestamp();
    private long _images;
    private long _last = time.GetTimestamp();
    private double _lossSum;
    private int _losses;

    internal bool ReportDue => time.GetElapsedTime(_reported) >= between;

    /// <summary>Training pictures per second; what came after the last step does not count.</summary>
    internal double ImagesPerSecond => _images == 0 ? 0 : _images / Math.Max(1e-9, time.GetElapsedTime(_started, _last).TotalSeconds);

    internal void Add(int images, double loss)
    {
        _images += images;
        _lossSum += loss;
        _losses++;
        _last = time.GetTimestamp();
    }

    internal TrainProgress Report(TrainState state, TrainerOptions trainer, long totalSteps, double rate, double seconds)
    {
        var loss = _losses == 0 ? 0 : _lossSum / _losses;
        (_lossSum, _losses, _reported) = (0, 0, time.GetTimestamp());
        var bySteps = state.Step == 0 ? 0 : seconds / state.Step * (totalSteps - state.Step);
        var left = trainer.Seconds is { } limit ? Math.Min(bySteps, limit - seconds) : bySteps;
        return new TrainProgress
        {
            Epoch = Math.Min(state.Epoch + 1, trainer.Epochs),
            Epochs = trainer.Epochs,
            Step = state.Step,
            Steps = totalSteps,
            ImagesPerSecond = ImagesPerSecond,
            Loss = loss,
            LearningRate = rate,
            Left = TimeSpan.FromSeconds(Math.Max(0, left)),
        };
    }
}

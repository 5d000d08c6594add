using Saki.Cli.Terminal;
using Saki.Cli.Training;
using Saki.Torch.Training;

namespace Saki.Cli.Calibration;

/// <summary>What a calibration says on the way: to the terminal, and to the worker that started it as a job.</summary>
internal sealed class CalibrationProgress(Terminal.Terminal terminal, TimeProvider time)
{
    private const double TrainingFrom = 0.1, TrainingTo = 0.85; // shares of the whole

    private readonly JobReport _job = JobReport.FromEnvironment();
    private long _began;

    public Terminal.Terminal Terminal => terminal;

    /// <summary>What it does now.</summary>
    public void Say(double share, string text)
    {
        _job.Progress(share, text);
        terminal.Progress($"{ProgressBar.Draw(share)} {text}");
    }

    /// <summary>A line that stays.</summary>
    public void Tell(string line) => terminal.Say(line);

    /// <summary>How the training does.</summary>
    public void Training(TrainProgress at)
    {
        if (_began == 0) _began = time.GetTimestamp();
        if (at.Note is { } note) terminal.Say(note);
        if (at.Finished is { } epoch) terminal.Say(FormattableString.Invariant($"epoch {epoch.Epoch}: loss {epoch.TrainLoss:0.000}, val loss {epoch.ValLoss:0.000}, val accuracy {Format.Percent(epoch.ValAccuracy)}"));
        if (at.Note is not null || at.Finished is not null) return;
        var (spent, left) = (time.GetElapsedTime(_began).TotalSeconds, at.Left.TotalSeconds);
        Say(TrainingFrom + ((TrainingTo - TrainingFrom) * spent / Math.Max(spent + left, 1e-9)), $"learning, {Format.Duration(left)} left");
    }
}

using System.Globalization;
using Saki.Jobs;

namespace Saki.Server.Jobs;

/// <summary>What a worker remembers of an attempt that it looks after. Time is the worker's own watch.</summary>
/// <param name="fence">Of the lease under which it is looked after.</param>
/// <param name="plan">Its limits.</param>
/// <param name="before">How long it ran before this worker had it.</param>
/// <param name="time">The watch.</param>
internal sealed class AttemptWatch(long fence, JobPlan plan, TimeSpan before, TimeProvider time)
{
    private readonly long _since = time.GetTimestamp();
    private long? _ending;
    private bool _asked, _forced;

    public long Fence => fence;

    public JobPlan Plan => plan;

    /// <summary>The last that was written of its progress.</summary>
    public (double? Share, string Text, string? Run) Told { get; set; }

    /// <summary>Which limit it went over, as a sentence; null: none.</summary>
    public string? OverLimit { get; private set; }

    /// <summary>Ends it when it is over a limit.</summary>
    public void Limit(long memory, bool logBounded)
    {
        if (OverLimit is not null) return;
        var seconds = (before + time.GetElapsedTime(_since)).TotalSeconds;
        if (plan.MemoryBytes is { } most && memory > most)
        {
            OverLimit = string.Create(CultureInfo.InvariantCulture, $"over its memory limit: {memory / 1e6:0} MB of {most / 1e6:0} MB");
            _forced = true; // it must not grow further while it tidies up
        }
        else if (plan.Seconds is { } limit && seconds > limit) OverLimit = string.Create(CultureInfo.InvariantCulture, $"over its time limit of {limit:0} s");
        else if (!logBounded) OverLimit = "its log grew beyond the limit on a file system that cannot give parts of a file back";
        else return;
        End();
    }

    /// <summary>It is to end.</summary>
    public void End() => _ending ??= time.GetTimestamp();

    /// <summary>What to send it now: false SIGTERM (once), true SIGKILL; null nothing.</summary>
    public bool? Signal(TimeSpan grace)
    {
        if (_ending is not { } begin) return null;
        if (_forced || time.GetElapsedTime(begin) > grace) return true;
        if (_asked) return null;
        _asked = true;
        return false;
    }
}

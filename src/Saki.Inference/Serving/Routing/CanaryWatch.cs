namespace Saki.Inference.Serving;

/// <summary>What one canary and its champion did since the canary began. Thread-safe.</summary>
internal sealed class CanaryWatch(CanaryPlan plan, TimeProvider time)
{
    private const int Between = 5; // requests from one judgement to the next

    private readonly ArmWindow _champion = new(time), _canary = new(time);
    private int _over;

    public CanaryPlan Plan => plan;

    /// <summary>The champion's answers (first) and the canary's (second) to requests that the canary answered.</summary>
    public Comparison Comparison { get; } = new(time);

    /// <summary>True once it was found to be worse; nothing goes to it any more.</summary>
    public bool IsOver => Volatile.Read(ref _over) != 0;

    public CanaryFigures Figures
    {
        get
        {
            var window = TimeSpan.FromSeconds(plan.Limits.WindowSeconds);
            return CanaryFigures.Of(_champion.Figures(window), _canary.Figures(window), Comparison.Window.Figures(window)) with
            {
                ChampionAll = _champion.Added,
                ChampionAllFailed = _champion.Failed,
                CanaryAll = _canary.Added,
                CanaryAllFailed = _canary.Failed,
            };
        }
    }

    /// <summary>Notes a request of either arm.</summary>
    /// <returns>Why the canary is over; null while it is not, or when another thread has found out.</returns>
    public CanaryVerdict? Add(Arm arm, double seconds, bool failed)
    {
        var window = arm == Arm.Canary ? _canary : _champion;
        window.Add(seconds, failed);
        return arm == Arm.Canary && window.Added >= plan.Limits.MinRequests && window.Added % Between == 0 ? Judge() : null;
    }

    /// <summary>Looks at all figures.</summary>
    /// <inheritdoc cref="Add" path="/returns"/>
    public CanaryVerdict? Judge()
    {
        if (IsOver) return null;
        var window = TimeSpan.FromSeconds(plan.Limits.WindowSeconds);
        var verdict = CanaryVerdict.Of(plan.Limits, _champion.Figures(window), _canary.Figures(window), Comparison.Window.Figures(window));
        return verdict is not null && Interlocked.Exchange(ref _over, 1) == 0 ? verdict : null;
    }
}

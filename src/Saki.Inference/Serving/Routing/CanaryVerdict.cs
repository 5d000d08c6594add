using System.Globalization;

namespace Saki.Inference.Serving;

/// <summary>Why a canary is taken back, with the figures that say so.</summary>
/// <param name="Reason">One sentence.</param>
/// <param name="Figures">What it was decided on.</param>
internal sealed record CanaryVerdict(string Reason, CanaryFigures Figures)
{
    private const double Confidence = 2.576; // two-sided 99 %
    private const double SlowShare = 0.05, LeastExtraSeconds = 0.005;

    /// <summary>The verdict; null while the canary may go on.</summary>
    /// <param name="limits">What it may do worse.</param>
    /// <param name="champion">Requests that the champion answered meanwhile.</param>
    /// <param name="canary">Requests that the canary answered.</param>
    /// <param name="comparisons">Canary answers held against the champion's for the same request; a failure is another class.</param>
    public static CanaryVerdict? Of(CanaryLimits limits, ArmFigures champion, ArmFigures canary, ArmFigures comparisons)
    {
        var reason = Errors(limits, champion, canary) ?? Latency(limits, champion, canary) ?? Disagreement(limits, comparisons);
        return reason is null ? null : new CanaryVerdict(reason, CanaryFigures.Of(champion, canary, comparisons));
    }

    private static string? Errors(CanaryLimits limits, ArmFigures champion, ArmFigures canary)
    {
        if (limits.MaxExtraErrors is not { } extra || canary.Requests < limits.MinRequests) return null;
        if (!Exceeds(canary, champion, extra)) return null;
        return Text($"{canary.Failed:P1} of {canary.Requests} requests failed, of the champion's {champion.Failed:P1}");
    }

    private static string? Latency(CanaryLimits limits, ArmFigures champion, ArmFigures canary)
    {
        if (limits.MaxLatencyRatio is not { } ratio || canary.Requests < limits.MinRequests || champion.Requests < limits.MinRequests) return null;
        var normal = champion.Milliseconds(0.95) / 1e3;
        var slow = canary.Slower(Math.Max(ratio * normal, normal + LeastExtraSeconds));
        if (Lowest(slow, canary.Requests) <= SlowShare) return null;
        return Text($"{(double)slow / canary.Requests:P0} of {canary.Requests} requests took more than {ratio:0.##} times the champion's p95 of {normal * 1e3:0.0} ms (canary's p95: {canary.Milliseconds(0.95):0.0} ms)");
    }

    private static string? Disagreement(CanaryLimits limits, ArmFigures comparisons)
    {
        if (limits.MaxDisagreement is not { } most || comparisons.Requests < limits.MinRequests) return null;
        if (Lowest(comparisons.Failures, comparisons.Requests) <= most) return null;
        return Text($"{comparisons.Failed:P1} of {comparisons.Requests} answers differ from the champion's, at most {most:P0} may");
    }

    // The difference of two shares, by Agresti and Caffo's interval; against a champion without requests, its own lower bound.
    private static bool Exceeds(ArmFigures canary, ArmFigures champion, double extra)
    {
        if (champion.Requests == 0) return Lowest(canary.Failures, canary.Requests) > extra;
        var (mine, others) = ((canary.Failures + 1) / (canary.Requests + 2.0), (champion.Failures + 1) / (champion.Requests + 2.0));
        var deviation = Math.Sqrt((mine * (1 - mine) / (canary.Requests + 2)) + (others * (1 - others) / (champion.Requests + 2)));
        return mine - others - (Confidence * deviation) > extra;
    }

    // The lower end of Wilson's interval.
    private static double Lowest(int count, int of)
    {
        var (share, z2) = ((double)count / of, Confidence * Confidence);
        return (share + (z2 / (2 * of)) - (Confidence * Math.Sqrt((share * (1 - share) / of) + (z2 / (4.0 * of * of))))) / (1 + (z2 / of));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Figures of both arms, for people and for the audit. Times in milliseconds, shares from 0 to 1.</summary>
public sealed record CanaryFigures
{
    /// <summary>Requests that the champion answered.</summary>
    public int ChampionRequests { get; init; }

    /// <summary>Share of them that failed.</summary>
    public double ChampionFailed { get; init; }

    /// <summary>Their median time.</summary>
    public double ChampionP50 { get; init; }

    /// <summary>Their 95th percentile.</summary>
    public double ChampionP95 { get; init; }

    /// <summary>Requests that the canary answered.</summary>
    public int CanaryRequests { get; init; }

    /// <summary>Share of them that failed.</summary>
    public double CanaryFailed { get; init; }

    /// <summary>Their median time.</summary>
    public double CanaryP50 { get; init; }

    /// <summary>Their 95th percentile.</summary>
    public double CanaryP95 { get; init; }

    /// <summary>Canary answers that the champion was asked for, too.</summary>
    public int Comparisons { get; init; }

    /// <summary>Share of them with another class.</summary>
    public double Disagreed { get; init; }

    /// <summary>Requests that the champion answered since the canary got its share, beyond the window, too.</summary>
    public long ChampionAll { get; init; }

    /// <summary>Of them, those that failed.</summary>
    public long ChampionAllFailed { get; init; }

    /// <summary>Requests that the canary answered since it got its share, beyond the window, too.</summary>
    public long CanaryAll { get; init; }

    /// <summary>Of them, those that failed.</summary>
    public long CanaryAllFailed { get; init; }

    internal static CanaryFigures Of(ArmFigures champion, ArmFigures canary, ArmFigures comparisons) => new()
    {
        ChampionRequests = champion.Requests,
        ChampionFailed = champion.Failed,
        ChampionP50 = champion.Milliseconds(0.5),
        ChampionP95 = champion.Milliseconds(0.95),
        CanaryRequests = canary.Requests,
        CanaryFailed = canary.Failed,
        CanaryP50 = canary.Milliseconds(0.5),
        CanaryP95 = canary.Milliseconds(0.95),
        Comparisons = comparisons.Requests,
        Disagreed = comparisons.Failed,
    };
}

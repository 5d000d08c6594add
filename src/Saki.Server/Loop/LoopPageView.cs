using Saki.Loop;
using Saki.Server.Layout;

namespace Saki.Server.Loop;

/// <summary>All that the page of the loops shows.</summary>
/// <param name="Loops">Models with a policy.</param>
/// <param name="MayAnswer">Whether who looks may say yes and no.</param>
public sealed record LoopPageView(IReadOnlyList<LoopView> Loops, bool MayAnswer)
{
    /// <summary>What drift is measured on, in a sentence.</summary>
    public static string Drift(DriftSight drift) => drift.Problem is { } problem ? $"Nothing is measured: {problem}"
        : drift.Have < drift.Need
        ? $"Gathers what later pictures are held against: {Words.Count(drift.Have)} of {drift.Reference}."
        : $"Sampled pictures against {drift.Reference}; {Words.Count(drift.Window)} of the next {Words.Count(drift.Need)} are there. Numbers are indices, for embeddings the part of chance; a limit counts when two windows in a row cross it.";

    /// <summary>An index with three digits.</summary>
    public static string Fine(double value) => value.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The way of a round, in its order.</summary>
    public static IReadOnlyList<Station> Stations(LoopView loop)
    {
        var state = loop.State;
        var at = state.Step;
        Station Of(LoopStep step, string name, string idle, string now, string after, string? link = null) =>
            new(name, at == step ? now : at > step && at != LoopStep.Idle ? after : idle, at == step ? "now" : at > step && at != LoopStep.Idle ? "done" : "open", link);
        var challenger = state.Challenger is { } version ? $"version {version}" : "a challenger";
        return
        [
            new Station("Labels", $"{Words.Count(loop.NewLabels)} new", at == LoopStep.Idle ? "now" : "done", "/label"),
            Of(LoopStep.Training, "Training", "—", $"round {state.Round}", $"round {state.Round}", loop.Job is { } job ? $"/jobs/{job}" : null),
            Of(LoopStep.Proving, "Gate", "—", state.Passed is null ? "measures" : state.Passed.Value ? "let it through" : "refused", "passed", state.Challenger is null ? null : $"/models/{Uri.EscapeDataString(loop.Model)}"),
            Of(LoopStep.Staging, "Staging", "—", $"{challenger} beside the champion", state.Champion is null ? "no champion yet" : "agrees enough", "/serving"),
            Of(LoopStep.Canary, "Canary", "—", $"{state.CanaryPercent} % of users", state.CanaryPercent > 0 || at == LoopStep.Watching && state.Champion is not null ? "stood it" : "left out", "/serving"),
            new Station("Production", loop.Champion is { } champion ? $"version {champion}{(at == LoopStep.Watching ? ", watched" : "")}" : "none yet",
                at is LoopStep.Production or LoopStep.Watching ? "now" : loop.Champion is null ? "open" : "done", $"/models/{Uri.EscapeDataString(loop.Model)}"),
        ];
    }
}

/// <summary>A station on the way of a round.</summary>
/// <param name="Name">What happens there.</param>
/// <param name="Text">How it stands.</param>
/// <param name="State"><c>done</c>, <c>now</c> or <c>open</c>.</param>
/// <param name="Link">Where more is seen; null for nowhere.</param>
public sealed record Station(string Name, string Text, string State, string? Link);

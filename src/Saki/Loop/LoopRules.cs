using System.Globalization;
using Saki.Gates;

namespace Saki.Loop;

/// <summary>
/// Decides what a model's loop does next from its policy, its state and what is seen; touches nothing. The champion changes by <see cref="LoopAction.Promote"/>
/// alone, and that only for a version that the gate let through and that stood shadow and canary; every failure on the way ends in
/// <see cref="LoopAction.Abandon"/> with the champion as it was.
/// </summary>
public static class LoopRules
{
    private const double Hour = 3_600_000, Day = 24 * Hour;

    // Times of a few milliseconds double by chance; so little is nobody's loss.
    private const double LeastExtraMilliseconds = 5;

    /// <summary>The next decision.</summary>
    public static LoopDecision Decide(LoopPolicy policy, LoopState state, LoopSight sight) => state.Step switch
    {
        LoopStep.Idle => Begin(policy, state, sight),
        LoopStep.Training => Trained(sight),
        LoopStep.Proving => Proved(policy, state, sight),
        LoopStep.Staging => Shadowed(policy, state, sight),
        LoopStep.Canary => OnCanary(policy, state, sight),
        LoopStep.Production => LastQuestion(policy, state, sight),
        _ => Watched(policy, state, sight),
    };

    private static LoopDecision Begin(LoopPolicy policy, LoopState state, LoopSight sight)
    {
        var rest = state.Since + (policy.CoolDownHours * Hour) - sight.Now;
        if (state.Round > 0 && rest > 0) return Wait(state, $"The last round ended a short while ago; the next may begin in {Span(rest)}.");
        var today = state.Rounds.Count(began => began > sight.Now - Day);
        if (today >= policy.DailyCap) return Wait(state, $"{today} rounds began within 24 hours, as many as the policy allows.");

        var triggers = Triggers(policy.When, state, sight);
        if (!triggers.Any(line => line.Passed)) return Wait(state, "Nothing asks for a training.", triggers);
        var guards = Guards(policy.Guard, sight.Labels);
        if (guards.Any(line => !line.Passed))
            return new LoopDecision(LoopAction.Hold, "The new labels look wrong; nothing is trained before a person has looked at them.", [.. triggers, .. guards], LoopStep.Idle);
        return new LoopDecision(LoopAction.Train, $"Because of {string.Join(" and ", triggers.Where(line => line.Passed).Select(line => line.Check))}.", [.. triggers, .. guards], LoopStep.Training);
    }

    private static List<GateLine> Triggers(TriggerOptions when, LoopState state, LoopSight sight)
    {
        var lines = new List<GateLine>();
        if (when.EveryHours is { } hours)
        {
            var since = state.Began == 0 ? double.PositiveInfinity : (sight.Now - state.Began) / Hour;
            lines.Add(new("schedule", $"{Number(hours)} hours since the last round", state.Began == 0 ? "no round yet" : $"{Number(since)} hours", since >= hours));
        }
        if (when.NewLabels is { } labels) lines.Add(new("new labels", $"at least {labels}", $"{sight.Labels.Count}", sight.Labels.Count >= labels));
        lines.AddRange(when.DriftLimits.Select(asked => Drift(asked.Of, asked.Limit, sight.Drift)));
        if (when.AccuracyDrop is { } drop)
        {
            var enough = sight.Proved is not null && sight.Answers.All >= when.LeastAnswers;
            lines.Add(new("accuracy", $"{Percent(drop)} below what the champion proved, on {when.LeastAnswers} labelled answers",
                sight.Proved is { } proved ? $"{Percent(sight.Answers.Part)} of {sight.Answers.All} against {Percent(proved)}" : "the champion proved none", enough && sight.Answers.Part <= sight.Proved - drop));
        }
        return lines;
    }

    private static GateLine Drift(string of, double limit, DriftSight? sight)
    {
        var expected = of == DriftFigure.Embeddings ? $"chance of {Fine(limit)} or less in two windows" : $"an index of {Number(limit)} or more in two windows";
        var figure = sight?.Figures.Where(known => known.Of == of).Select(known => (DriftFigure?)known).FirstOrDefault();
        var got = figure is { } seen ? $"{Fine(seen.Value)}, before {(seen.Before is { } before ? Fine(before) : "nothing yet")} ({sight!.Need} pictures against {sight.Reference})" : "too little traffic to tell";
        return new GateLine($"drift of {of}", expected, got, figure?.Crosses(limit) == true);
    }

    private static List<GateLine> Guards(GuardOptions guard, LabelSight labels)
    {
        // Without new labels the round trains on what was there before: nothing to distrust.
        if (labels.Count == 0) return [];
        var (one, contradicting) = (new Tally(labels.FromOne, labels.Given), new Tally(labels.Contradicting, labels.Given));
        return
        [
            new("classes", $"at least {guard.LeastClasses}", $"{labels.Classes}", labels.Classes >= guard.LeastClasses),
            new("one person", $"at most {Percent(guard.MostFromOne)} of the labels", Percent(one.Part), one.Part <= guard.MostFromOne),
            new("contradictions", $"at most {Percent(guard.MostContradicting)}", Percent(contradicting.Part), contradicting.Part <= guard.MostContradicting),
            new("flips", $"at most {Percent(guard.MostFlippedByOne)} of one person's labels against a sure champion", Percent(labels.FlippedByOne.Part), labels.FlippedByOne.Part <= guard.MostFlippedByOne),
        ];
    }

    private static LoopDecision Trained(LoopSight sight) => sight.Job switch
    {
        JobSight.Succeeded => new(LoopAction.Prove, "The training is done.", [], LoopStep.Proving),
        JobSight.Failed => Abandon($"The training failed: {sight.JobFailure ?? "no reason is known"}"),
        _ => new(LoopAction.Wait, "The challenger is being trained.", [], LoopStep.Training),
    };

    private static LoopDecision Proved(LoopPolicy policy, LoopState state, LoopSight sight) => state.Passed switch
    {
        null => Late(policy, state, sight) ?? Wait(state, "The gate is measuring the challenger."),
        false => Abandon("The gate refused the challenger.", state.Failed),
        // The first arm of the way comes with Staging; where a person must agree to that, the question is put first.
        _ => Agreed(policy, state, sight, LoopAction.Stage, LoopStep.Staging, "into Staging"),
    };

    private static LoopDecision Shadowed(LoopPolicy policy, LoopState state, LoopSight sight)
    {
        var rollout = policy.Rollout;
        // Nobody to answer beside and nobody to be compared with: the first version has the gate alone before it.
        if (state.Champion is null) return ToProduction(policy);
        if (rollout.ShadowRequests > 0)
        {
            GateLine enough = new("shadow", $"{rollout.ShadowRequests} answers beside the champion's", $"{sight.Disagreement.All}", sight.Disagreement.All >= rollout.ShadowRequests);
            if (!enough.Passed) return Late(policy, state, sight) ?? Wait(state, "The challenger answers beside the champion.", [enough]);
            GateLine same = new("disagreement", $"at most {Percent(rollout.MostDisagreement)} of the answers", Percent(sight.Disagreement.Part), sight.Disagreement.Part <= rollout.MostDisagreement);
            if (!same.Passed) return Abandon("The challenger answers otherwise than the champion too often.", [enough, same]);
        }
        return rollout.CanaryPercent is [var first, ..]
            ? new LoopDecision(LoopAction.Canary, $"The shadow showed nothing wrong: {first} % of the users get the challenger.", [], LoopStep.Canary, first)
            : ToProduction(policy);
    }

    private static LoopDecision OnCanary(LoopPolicy policy, LoopState state, LoopSight sight)
    {
        var health = Health(policy.Rollback, sight);
        if (Ill(sight, health) is { } ill) return ill;
        GateLine enough = new("canary", $"{policy.Rollout.CanaryRequests} requests at {state.CanaryPercent} %", $"{sight.Challenger.Requests}", sight.Challenger.Requests >= policy.Rollout.CanaryRequests);
        if (!enough.Passed) return Late(policy, state, sight) ?? Wait(state, $"{state.CanaryPercent} % of the users get the challenger.", [.. health, enough]);
        return policy.Rollout.CanaryPercent.FirstOrDefault(percent => percent > state.CanaryPercent) is > 0 and var next
            ? new LoopDecision(LoopAction.Canary, $"The canary is well: {next} % of the users get the challenger.", [.. health, enough], LoopStep.Canary, next)
            : ToProduction(policy, [.. health, enough]);
    }

    private static LoopDecision ToProduction(LoopPolicy policy, IReadOnlyList<GateLine>? lines = null) => policy.Asks(LoopStep.Production)
        ? new(LoopAction.Ask, "The challenger stood every test; a person decides whether it goes into Production.", lines ?? [], LoopStep.Production)
        : new(LoopAction.Promote, "The challenger stood every test.", lines ?? [], LoopStep.Watching);

    // A canary that turns ill while the question waits is not kept alive by it.
    private static LoopDecision LastQuestion(LoopPolicy policy, LoopState state, LoopSight sight) =>
        Ill(sight, Health(policy.Rollback, sight)) ?? Agreed(policy, state, sight, LoopAction.Promote, LoopStep.Watching, "into Production");

    private static LoopDecision Agreed(LoopPolicy policy, LoopState state, LoopSight sight, LoopAction action, LoopStep next, string where)
    {
        if (state.Approved == false) return Abandon($"A person said no to the move {where}.");
        if (state.Approved == true || !policy.Asks(next == LoopStep.Staging ? LoopStep.Staging : LoopStep.Production))
            return new LoopDecision(action, state.Approved == true ? $"A person agreed to the move {where}." : $"The gate let it through {where}.", [], next);
        return Late(policy, state, sight) ?? Wait(state, $"The move {where} waits for a person's yes.");
    }

    // While a part of the users has the challenger, the server itself judges errors, latency and disagreement; labels are judged here.
    private static LoopDecision? Ill(LoopSight sight, List<GateLine> health)
    {
        if (sight.TakenBack is { } why) return Abandon($"The canary was taken back: {why}");
        return health.FirstOrDefault(line => !line.Passed) is { } ill ? Abandon($"The canary is worse: {ill.Check}.", health) : null;
    }

    private static LoopDecision Watched(LoopPolicy policy, LoopState state, LoopSight sight)
    {
        var health = Health(policy.Rollback, sight);
        if (health.FirstOrDefault(line => !line.Passed) is { } ill) return new LoopDecision(LoopAction.RollBack, $"The new champion is worse: {ill.Check}.", health, LoopStep.Idle);
        return sight.Now - state.Since >= policy.Rollback.WatchHours * Hour
            ? new LoopDecision(LoopAction.Finish, "The new champion stays.", health, LoopStep.Idle)
            : Wait(state, "The new champion is watched.", health);
    }

    private static List<GateLine> Health(RollbackOptions rollback, LoopSight sight)
    {
        var (challenger, champion) = (sight.Challenger, sight.Champion);
        var lines = new List<GateLine>();
        if (challenger.Requests >= rollback.LeastRequests)
        {
            var (errors, usual) = (new Tally(challenger.Errors, challenger.Requests).Part, champion.Requests >= rollback.LeastRequests ? new Tally(champion.Errors, champion.Requests).Part : 0);
            lines.Add(new("errors", $"at most {Percent(rollback.MostErrors)} more than the champion's {Percent(usual)}", Percent(errors), errors <= usual + rollback.MostErrors));
            if (challenger.P99 > 0 && champion.P99 > 0)
            {
                var longest = Math.Max(rollback.MostSlower * champion.P99, champion.P99 + LeastExtraMilliseconds);
                lines.Add(new("latency", $"p99 at most {Number(longest)} ms ({Number(rollback.MostSlower)} times the champion's {Number(champion.P99)} ms)", $"{Number(challenger.P99)} ms", challenger.P99 <= longest));
            }
        }
        if (challenger.Labelled.All >= rollback.LeastRequests && champion.Labelled.All >= rollback.LeastRequests)
            lines.Add(new("accuracy", $"at most {Percent(rollback.AccuracyDrop)} below the champion's {Percent(champion.Labelled.Part)}", Percent(challenger.Labelled.Part), challenger.Labelled.Part >= champion.Labelled.Part - rollback.AccuracyDrop));
        return lines;
    }

    private static LoopDecision? Late(LoopPolicy policy, LoopState state, LoopSight sight) => sight.Now - state.Since > policy.PatienceDays * Day
        ? Abandon($"Nothing came for {Number(policy.PatienceDays)} days.")
        : null;

    private static LoopDecision Wait(LoopState state, string why, IReadOnlyList<GateLine>? lines = null) => new(LoopAction.Wait, why, lines ?? [], state.Step, state.CanaryPercent);

    private static LoopDecision Abandon(string why, IReadOnlyList<GateLine>? lines = null) => new(LoopAction.Abandon, why, lines ?? [], LoopStep.Idle);

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Fine(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Percent(double part) => (100 * part).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    private static string Span(double milliseconds) => milliseconds >= Hour ? $"{Number(milliseconds / Hour)} hours" : $"{Math.Ceiling(milliseconds / 60_000).ToString(CultureInfo.InvariantCulture)} minutes";
}

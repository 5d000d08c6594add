using Saki.Gates;
using Saki.Loop;

namespace Saki.Tests.Loop;

public sealed class LoopRulesTests
{
    private const long Now = 1_800_000_000_000, Hour = 3_600_000;
    private static readonly LoopPolicy Policy = LoopPolicy.Parse("train: {overrides: [experiment=emotions], dataset: emotions}\nwhen: {new_labels: 100, drift: 0.25, accuracy_drop: 0.1}\napprove: []\n", "p.yaml");
    private static readonly LabelSight GoodLabels = new() { Count = 120, Given = 120, Classes = 5, FromOne = 40, Contradicting = 2, FlippedByOne = new Tally(3, 40) };
    private static readonly ArmSight Well = new(500, 1, 20, new Tally(90, 100));

    [Fact]
    public void Enough_labels_start_a_training_and_fewer_do_not()
    {
        Assert.Equal(LoopAction.Train, Decide(new LoopState(), labels: GoodLabels).Action);
        var wait = Decide(new LoopState(), labels: GoodLabels with { Count = 99 });
        Assert.Equal(LoopAction.Wait, wait.Action);
        Assert.Contains(wait.Lines, line => line is { Check: "new labels", Expected: "at least 100", Got: "99", Passed: false });
    }

    [Fact]
    public void Drift_and_falling_accuracy_start_a_training_too()
    {
        Assert.Equal(LoopAction.Train, LoopRules.Decide(Policy, new LoopState(), new LoopSight { Now = Now, Drift = Drift("classes", 0.3, 0.3) }).Action);
        Assert.Equal(LoopAction.Train, LoopRules.Decide(Policy, new LoopState(), new LoopSight { Now = Now, Proved = 0.9, Answers = new Tally(40, 60) }).Action);
        Assert.Equal(LoopAction.Wait, LoopRules.Decide(Policy, new LoopState(), new LoopSight { Now = Now, Proved = 0.9, Answers = new Tally(4, 6) }).Action);
    }

    [Theory]
    [InlineData("classes")]
    [InlineData("one person")]
    [InlineData("contradictions")]
    [InlineData("flips")]
    public void Labels_that_look_poisoned_hold_the_loop(string sign)
    {
        var labels = sign switch
        {
            "classes" => GoodLabels with { Classes = 1 },
            "one person" => GoodLabels with { FromOne = 119 },
            "contradictions" => GoodLabels with { Contradicting = 60 },
            _ => GoodLabels with { FlippedByOne = new Tally(35, 40) },
        };
        var decision = Decide(new LoopState(), labels: labels);
        Assert.Equal(LoopAction.Hold, decision.Action);
        Assert.Equal([sign], decision.Lines.Where(line => !line.Passed && line.Check is not ("drift of classes" or "accuracy")).Select(line => line.Check));
    }

    [Fact]
    public void Rest_and_the_daily_cap_are_kept()
    {
        Assert.Contains("may begin in 5 hours", Decide(new LoopState { Round = 1, Since = Now - Hour }, labels: GoodLabels).Why, StringComparison.Ordinal);
        Assert.Contains("as many as the policy allows", Decide(new LoopState { Round = 2, Since = Now - (7 * Hour), Rounds = [Now - (20 * Hour), Now - (8 * Hour)] }, labels: GoodLabels).Why, StringComparison.Ordinal);
        Assert.Equal(LoopAction.Train, Decide(new LoopState { Round = 2, Since = Now - (7 * Hour), Rounds = [Now - (30 * Hour), Now - (8 * Hour)] }, labels: GoodLabels).Action);
    }

    [Fact]
    public void A_good_challenger_goes_all_the_way_by_shadow_and_rising_canary()
    {
        var state = new LoopState { Round = 1, Step = LoopStep.Training, Since = Now, Began = Now, Champion = 1, Passed = true };
        var actions = new List<string>();
        while (state.Step != LoopStep.Idle)
        {
            var sight = new LoopSight
            {
                Now = state.Step == LoopStep.Watching ? Now + (25 * Hour) : Now,
                Job = JobSight.Succeeded,
                Disagreement = new Tally(10, 200),
                Challenger = Well,
                Champion = Well,
            };
            var decision = LoopRules.Decide(Policy, state, sight);
            actions.Add(decision.Percent > 0 ? $"{decision.Action} {decision.Percent}" : $"{decision.Action}");
            state = state with { Step = decision.Next, CanaryPercent = decision.Percent };
        }
        Assert.Equal(["Prove", "Stage", "Canary 10", "Canary 50", "Promote", "Finish"], actions);
    }

    [Fact]
    public void The_first_version_of_a_model_has_the_gate_alone_before_it()
    {
        var state = new LoopState { Round = 1, Step = LoopStep.Staging, Since = Now, Passed = true };
        Assert.Equal(LoopAction.Promote, LoopRules.Decide(Policy, state, new LoopSight { Now = Now }).Action);
        Assert.Equal(LoopAction.Abandon, LoopRules.Decide(Policy, state with { Step = LoopStep.Proving, Passed = false }, new LoopSight { Now = Now }).Action);
    }

    [Fact]
    public void A_person_is_asked_where_the_policy_says_so()
    {
        var asking = Policy with { Approve = ["staging", "production"] };
        var proving = new LoopState { Round = 1, Step = LoopStep.Proving, Since = Now, Passed = true, Champion = 1 };
        Assert.Equal(LoopAction.Wait, LoopRules.Decide(asking, proving, new LoopSight { Now = Now }).Action);
        Assert.Equal(LoopAction.Stage, LoopRules.Decide(asking, proving with { Approved = true }, new LoopSight { Now = Now }).Action);
        var last = LoopRules.Decide(asking, new LoopState { Round = 1, Step = LoopStep.Canary, CanaryPercent = 50, Since = Now }, new LoopSight { Now = Now, Challenger = Well, Champion = Well });
        Assert.Equal((LoopAction.Ask, LoopStep.Production), (last.Action, last.Next));
        var waiting = new LoopState { Round = 1, Step = LoopStep.Production, Since = Now };
        Assert.Equal(LoopAction.Promote, LoopRules.Decide(asking, waiting with { Approved = true }, new LoopSight { Now = Now }).Action);
        Assert.Equal(LoopAction.Abandon, LoopRules.Decide(asking, waiting with { Approved = false }, new LoopSight { Now = Now }).Action);
        Assert.Equal(LoopAction.Abandon, LoopRules.Decide(asking, waiting, new LoopSight { Now = Now + (8 * 24 * Hour) }).Action);
    }

    [Fact]
    public void What_is_worse_is_sent_back_before_and_after_the_promotion()
    {
        var canary = new LoopState { Round = 1, Step = LoopStep.Canary, CanaryPercent = 10, Since = Now };
        LoopDecision With(LoopState state, ArmSight challenger) => LoopRules.Decide(Policy, state, new LoopSight { Now = Now, Challenger = challenger, Champion = Well });
        Assert.Equal(LoopAction.Abandon, With(canary, Well with { Errors = 40 }).Action);
        Assert.Equal(LoopAction.Abandon, With(canary, Well with { P99 = 90 }).Action);
        Assert.Equal(LoopAction.Abandon, With(canary, Well with { Labelled = new Tally(60, 100) }).Action);
        Assert.Equal(LoopAction.Abandon, LoopRules.Decide(Policy, canary, new LoopSight { Now = Now, TakenBack = "12 % of 40 requests failed" }).Action);
        Assert.Equal(LoopAction.RollBack, With(canary with { Step = LoopStep.Watching }, Well with { Labelled = new Tally(60, 100) }).Action);
        // Three failures of five requests are no evidence yet.
        Assert.Equal(LoopAction.Wait, With(canary, new ArmSight(5, 3, 20, default)).Action);
    }

    /// <summary>Whatever is seen, in whatever order: the champion changes only for a challenger that the gate let through and whose arm is not ill.</summary>
    [Fact]
    public void No_sequence_of_sights_promotes_what_was_not_proven()
    {
        var random = new SeededRandom(11);
        var promoted = 0;
        for (var walk = 0; walk < 2000; walk++)
        {
            var state = new LoopState { Champion = 1 };
            var (proven, now) = (false, Now);
            for (var look = 0; look < 40; look++)
            {
                now += random.Next(30) * Hour;
                var sight = RandomSight(random, now);
                if (state.Step == LoopStep.Proving) state = state with { Passed = random.Next(3) switch { 0 => null, 1 => false, _ => true }, Failed = [new GateLine("accuracy", "0.9", "0.8", false)] };
                var decision = LoopRules.Decide(Policy, state, sight);
                if (state.Step == LoopStep.Proving) proven = state.Passed == true;
                if (decision.Action == LoopAction.Promote)
                {
                    promoted++;
                    Assert.True(proven);
                    Assert.DoesNotContain(decision.Lines, line => !line.Passed);
                    Assert.True(sight.Challenger.Requests < Policy.Rollback.LeastRequests || sight.Challenger.Errors <= sight.Champion.Errors + (Policy.Rollback.MostErrors * sight.Challenger.Requests));
                }
                if (decision.Action is LoopAction.RollBack) Assert.Equal(LoopStep.Watching, state.Step);
                if (decision.Action is LoopAction.Abandon) Assert.Equal(LoopStep.Idle, decision.Next);
                if (!decision.Acts) Assert.Equal(state.Step, decision.Next);
                state = state with { Step = decision.Next, CanaryPercent = decision.Percent, Since = decision.Next == state.Step ? state.Since : now, Round = state.Round + (decision.Action == LoopAction.Train ? 1 : 0) };
            }
        }
        Assert.True(promoted > 20, $"only {promoted} walks reached a promotion");
    }

    [Theory]
    [InlineData("when: {new_labels: 5}", "train is not given")]
    [InlineData("train: {overrides: [a=1], dataset: x}", "at least one of when")]
    [InlineData("train: {overrides: [a=1], dataset: x}\nwhen: {new_label: 5}", "Did you mean \"new_labels\"?")]
    [InlineData("train: {overrides: [a=1], dataset: x}\nwhen: {new_labels: 5}\napprove: [prod]", "staging or production")]
    [InlineData("train: {overrides: [a=1], dataset: x}\nwhen: {new_labels: 5}\nrollout: {canary_percent: [50, 10]}", "that rises")]
    [InlineData("train: {overrides: [a=1], dataset: x}\nwhen: {new_labels: 5}\ndaily_cap: 0", "at least 1")]
    [InlineData("train: {overrides: [a=1], dataset: x}\nwhen: {picture_drift: {brightnes: 0.2}}", "Did you mean \"brightness\"?")]
    [InlineData("train: {overrides: [a=1], dataset: x}\nwhen: {drift: 0.2, drift_reference: trafic}", "traffic")]
    public void What_is_no_policy_is_refused_with_the_reason(string text, string reason) =>
        Assert.Contains(reason, Assert.ThrowsAny<SakiException>(() => LoopPolicy.Parse(text, "p.yaml")).Message, StringComparison.Ordinal);

    [Fact]
    public void Drift_counts_when_two_windows_in_a_row_cross_their_limit()
    {
        var policy = LoopPolicy.Parse("train: {overrides: [experiment=emotions], dataset: emotions}\nwhen: {picture_drift: {brightness: 0.2}, embedding_drift: 0.01}\n", "p.yaml");
        LoopDecision With(string of, double value, double? before) => LoopRules.Decide(policy, new LoopState(), new LoopSight { Now = Now, Drift = Drift(of, value, before) });
        Assert.Equal(LoopAction.Wait, With("brightness", 0.4, null).Action);
        Assert.Equal(LoopAction.Wait, With("brightness", 0.4, 0.1).Action);
        Assert.Equal(LoopAction.Train, With("brightness", 0.4, 0.3).Action);
        Assert.Equal(LoopAction.Wait, With("contrast", 0.4, 0.3).Action); // nobody asked
        Assert.Equal(LoopAction.Train, With("embeddings", 0.005, 0.01).Action);
        Assert.Equal(LoopAction.Wait, With("embeddings", 0.4, 0.3).Action);
        Assert.Contains(With("brightness", 0.4, 0.1).Lines, line => line is { Check: "drift of brightness", Got: "0.4, before 0.1 (200 pictures against the first days)" });
    }

    private static DriftSight Drift(string of, double value, double? before) => new() { Reference = "the first days", Have = 200, Need = 200, Figures = [new DriftFigure(of, value, before)] };

    private static LoopDecision Decide(LoopState state, LabelSight labels) => LoopRules.Decide(Policy, state, new LoopSight { Now = Now, Labels = labels });

    private static LoopSight RandomSight(SeededRandom random, long now)
    {
        var requests = random.Next(600);
        ArmSight Arm() => new(requests, random.Next(20) == 0 ? requests / 2 : requests / 200, 10 + random.Next(15), new Tally(80 + random.Next(20), 100));
        return new LoopSight
        {
            Now = now,
            Labels = GoodLabels with { Count = random.Next(400), FromOne = 10, Contradicting = 0 },
            Job = random.Next(3) switch { 0 => JobSight.Open, 1 => JobSight.Failed, _ => JobSight.Succeeded },
            Disagreement = new Tally(random.Next(40), 100 + random.Next(200)),
            Challenger = Arm(),
            Champion = Arm(),
        };
    }
}

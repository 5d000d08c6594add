using Saki.Loop;
using Saki.Server.Tests.Registry.Gates;
using Saki.Server.Tests.Try;

namespace Saki.Server.Tests.Loop;

/// <summary>From the gate to Production and back, over HTTP, on real models under traffic.</summary>
public sealed class LoopRolloutTests
{
    // Times are left out: other tests share the machine.
    private const string Head = "when: {every_hours: 0.0001}\ntrain: {overrides: [experiment=any], dataset: stripes}\napprove: []\n";
    private const string Rollback = "rollback: {least_requests: 20, most_slower: 1000, watch_hours: 1}\n";

    [Fact]
    public async Task A_better_challenger_goes_through_shadow_and_a_rising_canary_into_Production_and_nobodys_request_fails()
    {
        await using var home = await LoopHome.StartAsync(LoopModels.Bad, Head + """
            rollout: {shadow_requests: 20, most_disagreement: 0.99, canary_percent: [30, 60], canary_requests: 15}
            rollback: {least_requests: 10, most_slower: 1000, watch_hours: 0}
            """);
        await home.NextTrainsAsync(LoopModels.Good);
        var answered = new HashSet<string>();
        var end = await home.UntilAsync(LoopStep.Idle, async () => answered.UnionWith((await home.AskAsync(10)).Keys));
        Assert.Equal(["Train", "Prove", "Stage", "Canary 30 %", "Canary 60 %", "Promote", "Finish"], end.History.Reverse().Select(row => row.Subject).Where(subject => subject != "policy"));
        Assert.Subset(new HashSet<string> { "1", "2" }, answered);
        Assert.Equal(("2", "2"), await home.ChampionAsync());
        Assert.Equal(["2"], (await home.AskAsync(10)).Keys);
        Assert.Contains("stays", (await home.DidAsync(LoopAction.Finish)).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worse_challenger_is_refused_by_the_gate_and_never_answers()
    {
        await using var home = await LoopHome.StartAsync(LoopModels.Good, Head + Rollback);
        await home.NextTrainsAsync(LoopModels.Bad);
        await home.UntilAsync(LoopStep.Idle);
        var refused = await home.DidAsync(LoopAction.Abandon);
        Assert.Equal(("The gate refused the challenger.", 2L), (refused.Why, refused.Version));
        Assert.NotEmpty(refused.Evidence);
        Assert.Equal(("1", "1"), await home.ChampionAsync());
        Assert.Equal(["1"], home.Models.Models.Single(entry => entry.Name == "m").Versions.Keys);
        Assert.Contains("ended a short while ago", (await home.LookAsync()).Decision!.Why, StringComparison.Ordinal); // the cool-down holds
    }

    [Theory]
    [InlineData(LoopModels.Fragile)]
    [InlineData(LoopModels.Biased)]
    public async Task A_challenger_that_turns_bad_as_canary_takes_itself_back(string challenger)
    {
        await using var home = await LoopHome.StartAsync(LoopModels.Good, Head + Rollback + "rollout: {shadow_requests: 10, most_disagreement: 0.2, canary_percent: [50], canary_requests: 100000}\n");
        await home.NextTrainsAsync(challenger);
        await home.UntilAsync(LoopStep.Canary, async () => Assert.DoesNotContain("failed", (await home.AskAsync(5)).Keys));
        await home.AskAsync(30);
        Assert.Equal(LoopStep.Canary, (await home.LookAsync()).State.Step);
        await home.UntilAsync(LoopStep.Idle, () => home.AskAsync(20, dark: 150));
        Assert.StartsWith("The canary ", (await home.DidAsync(LoopAction.Abandon)).Why, StringComparison.Ordinal);
        Assert.Equal(("1", "1"), await home.ChampionAsync());
        Assert.Equal(["1"], (await home.AskAsync(30, dark: 150)).Keys);
        Assert.Equal(["1"], home.Models.Models.Single(entry => entry.Name == "m").Versions.Keys);
    }

    [Fact]
    public async Task A_challenger_that_cannot_answer_as_shadow_ends_there_and_no_user_saw_it()
    {
        await using var home = await LoopHome.StartAsync(LoopModels.Good, Head + Rollback + "rollout: {shadow_requests: 20, most_disagreement: 0.2, canary_percent: [50]}\n");
        await home.NextTrainsAsync(LoopModels.Fragile);
        await home.UntilAsync(LoopStep.Staging);
        await home.UntilAsync(LoopStep.Idle, async () => Assert.Equal(["1"], (await home.AskAsync(10, dark: 150)).Keys));
        Assert.Contains("otherwise than the champion", (await home.DidAsync(LoopAction.Abandon)).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_champion_that_people_find_wrong_goes_back_but_not_because_of_one_person_alone()
    {
        await using var home = await LoopHome.StartAsync(LoopModels.Good, "when: {new_labels: 100000}\n" + Head[Head.IndexOf("train", StringComparison.Ordinal)..] + Rollback + "rollout: {shadow_requests: 0, canary_percent: []}\n");
        using VisitorClient ann = new(home.Server.Address), ben = new(home.Server.Address), mallory = new(home.Server.Address);
        await SayAsync(ann, 12, dark: 0, right: true);
        await SayAsync(ben, 12, dark: 0, right: true);
        await home.NextTrainsAsync(LoopModels.Biased);
        await home.PolicyAsync(Head + Rollback + "rollout: {shadow_requests: 0, canary_percent: []}\n");
        await home.UntilAsync(LoopStep.Watching);
        Assert.Equal("2", (await home.ChampionAsync()).Registered);
        await LoopHome.UntilAsync(() => home.Models.Models.First(entry => entry.Name == "m").Default == "2");

        await SayAsync(mallory, 40, dark: 0, right: false);
        Assert.Equal(LoopStep.Watching, (await home.LookAsync()).State.Step);
        await SayAsync(ann, 12, dark: 150, right: false);
        await SayAsync(ben, 12, dark: 150, right: false);
        await home.UntilAsync(LoopStep.Idle);
        Assert.Contains("accuracy", (await home.DidAsync(LoopAction.RollBack)).Why, StringComparison.Ordinal);
        Assert.Equal("1", (await home.ChampionAsync()).Registered);
        await LoopHome.UntilAsync(() => home.Models.Models.First(entry => entry.Name == "m").Default == "1");
        Assert.Equal(["1"], (await home.AskAsync(10)).Keys);
    }

    private static async Task SayAsync(VisitorClient visitor, int count, int dark, bool right)
    {
        var random = new SeededRandom((ulong)count);
        for (var i = 0; i < count; i++)
        {
            var id = await visitor.AskAsync(GatedModels.Picture(random, i % 3, dark));
            var (_, page) = await visitor.SendAsync("/feedback", ("prediction", id), ("agree", "words"), right ? ("verdict", "right") : ("correction", "right"));
            Assert.Contains("Noted: it is", page.Body!.TextContent, StringComparison.Ordinal);
        }
    }
}

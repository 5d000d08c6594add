using System.Net;
using System.Net.Http.Json;
using Saki.Loop;
using Saki.Server.Accounts;

namespace Saki.Server.Tests.Loop;

/// <summary>What goes wrong in a round leaves the champion where it was, answering.</summary>
public sealed class LoopFaultTests
{
    private const string Scheduled = "when: {every_hours: 0.0001}\ntrain: {overrides: [experiment=any], dataset: stripes}\napprove: []\n";
    private const string Labelled = "when: {new_labels: 12}\ntrain: {overrides: [experiment=any], dataset: stripes}\napprove: []\n";

    [Theory]
    [InlineData(137, "Killed", "killed (signal 9)")]
    [InlineData(1, "saki: Training at step 3 of epoch 1: expected a finite loss below 1E+06, got NaN", "NaN")]
    public async Task A_training_that_dies_ends_the_round_with_its_reason_and_the_next_one_rests(int code, string words, string reason)
    {
        await using var home = await LoopHome.StartAsync(LoopModels.Good, Scheduled);
        home.NextFails(code, words);
        await home.UntilAsync(LoopStep.Idle);
        Assert.Contains(reason, (await home.DidAsync(LoopAction.Abandon)).Why, StringComparison.Ordinal);
        Assert.Contains("ended a short while ago", (await home.LookAsync()).Decision!.Why, StringComparison.Ordinal);
        await AssertUntouchedAsync(home);
    }

    [Fact]
    public async Task Trainings_that_fail_again_and_again_stop_at_the_daily_cap()
    {
        await using var home = await LoopHome.StartAsync(LoopModels.Good, Scheduled + "cool_down_hours: 0\ndaily_cap: 2\n");
        home.NextFails(1, "no memory");
        LoopView view;
        do view = await home.LookAsync();
        while (view.Decision?.Why.Contains("as many as the policy allows", StringComparison.Ordinal) != true);
        Assert.Equal((2L, LoopStep.Idle), (view.State.Round, view.State.Step));
        await AssertUntouchedAsync(home);
    }

    [Fact]
    public async Task A_data_set_that_is_not_there_is_a_problem_that_is_told_and_no_round()
    {
        await using var home = await LoopHome.StartAsync(LoopModels.Good, Scheduled.Replace("stripes", "nothing", StringComparison.Ordinal));
        home.NextTrainingOf("nothing");
        using var reply = await home.Manager.PostAsJsonAsync("/api/loop/m/look", new LoopLookAsk(), LoopJson.Default.LoopLookAsk);
        Assert.True(reply.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.UnprocessableEntity or HttpStatusCode.BadRequest, $"{reply.StatusCode}");
        Assert.Contains("nothing", await reply.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(0, (await home.Manager.GetFromJsonAsync("/api/loop/m", LoopJson.Default.LoopView))!.State.Round);
        await AssertUntouchedAsync(home);
    }

    [Fact]
    public async Task A_training_that_names_no_run_ends_the_round()
    {
        await using var home = await LoopHome.StartAsync(LoopModels.Good, Scheduled);
        home.NextFails(0, "done, but nothing was logged");
        await home.UntilAsync(LoopStep.Idle);
        Assert.Contains("named no run", (await home.DidAsync(LoopAction.Abandon)).Why, StringComparison.Ordinal);
        await AssertUntouchedAsync(home);
    }

    [Fact]
    public async Task Sudden_flips_by_one_person_hold_the_loop_also_when_others_label_more()
    {
        await using var home = await LoopHome.StartAsync(LoopModels.Good, Labelled);
        await home.QueueAsync("q");
        await home.LabelAsync("ann", "q", 60, task => task.Guesses[0].Label);
        await home.LabelAsync("eve", "q", 40, task => task.Guesses[^1].Label);
        await AssertHeldAsync(home, "flips");
    }

    [Fact]
    public async Task Labels_of_one_class_hold_the_loop()
    {
        await using var home = await LoopHome.StartAsync(LoopModels.Good, Labelled);
        await home.QueueAsync("q");
        foreach (var who in (string[])["ann", "ben"]) await home.LabelAsync(who, "q", 10, _ => "left");
        await AssertHeldAsync(home, "classes");
    }

    [Fact]
    public async Task Labels_that_contradict_each_other_hold_the_loop()
    {
        await using var home = await LoopHome.StartAsync(LoopModels.Good, Labelled);
        await home.QueueAsync("q", annotators: 2);
        await home.LabelAsync("ann", "q", 14, task => task.Guesses[0].Label);
        await home.LabelAsync("ben", "q", 14, task => task.Guesses[1].Label);
        await AssertHeldAsync(home, "contradictions");
    }

    [Fact]
    public async Task Many_labels_of_few_pictures_are_no_new_data()
    {
        await using var home = await LoopHome.StartAsync(LoopModels.Good, Labelled);
        await home.QueueAsync("q", annotators: 3);
        foreach (var who in (string[])["ann", "ben", "cid"]) await home.LabelAsync(who, "q", 6, task => task.Guesses[0].Label);
        var view = await home.LookAsync();
        Assert.Equal((LoopAction.Wait, 6L), (view.Decision!.Action, view.NewLabels));
    }

    [Fact]
    public async Task Nobody_starts_answers_or_changes_a_loop_without_the_scope_for_it()
    {
        await using var home = await LoopHome.StartAsync(LoopModels.Good, Labelled);
        foreach (var (who, scopes, path, json) in ((string, Scope, string, string)[])
        [
            ("reader", Scope.View, "look", "{}"), ("reader", Scope.View, "answer", """{"yes":true}"""),
            ("worker", Scope.View | Scope.Manage, "policy", """{"text":null}"""),
        ])
        {
            using var reply = await home.As(who, scopes).PostAsync($"/api/loop/m/{path}", new StringContent(json, System.Text.Encoding.UTF8, "application/json"));
            Assert.Equal(HttpStatusCode.Forbidden, reply.StatusCode);
        }
    }

    private static async Task AssertHeldAsync(LoopHome home, string sign)
    {
        var view = await home.LookAsync();
        Assert.Equal(LoopAction.Hold, view.Decision!.Action);
        Assert.Contains(view.Decision.Lines, line => line.Check == sign && !line.Passed);
        Assert.Equal(0, view.State.Round);
        await AssertUntouchedAsync(home);
    }

    private static async Task AssertUntouchedAsync(LoopHome home)
    {
        Assert.Equal(("1", "1"), await home.ChampionAsync());
        Assert.Equal(["1"], (await home.AskAsync(5)).Keys);
    }
}

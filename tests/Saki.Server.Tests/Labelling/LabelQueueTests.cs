using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using Saki.Labelling;
using Saki.Labelling.Sampling;
using Saki.Server.Accounts;
using Saki.Server.Labelling;
using Saki.Server.Storage;
using Saki.Server.Tests.Storage;
using Saki.Storage;

namespace Saki.Server.Tests.Labelling;

public class LabelQueueTests
{
    [Fact]
    public async Task Pictures_without_a_label_come_in_the_order_of_their_margin_and_end_as_a_version()
    {
        await using var home = await LabelHome.StartAsync();
        var queue = await home.QueueAsync(new LabelQueueAsk { Name = "q", Data = "faces", Control = 0, Group = false, Blind = 0 });
        Assert.Equal(("open", 8, 8L), (queue.State, (int)queue.Tasks, queue.Pictures));
        Assert.Equal(["angry", "happy", "sad"], queue.Classes);

        var tasks = await home.NextAsync("ann", "q", 8);
        var pictures = await Task.WhenAll(tasks.Select(task => home.As("ann").GetByteArrayAsync(task.Picture)));
        var margins = pictures.Select(Margin).ToArray();
        Assert.Equal(margins.OrderDescending(), margins);
        Assert.All(tasks, task => Assert.NotEmpty(task.Guesses));

        foreach (var task in tasks.Take(6)) Assert.Equal(HttpStatusCode.NoContent, await home.AnswerAsync("ann", "q", task.Id, "happy"));
        Assert.Equal(HttpStatusCode.NoContent, await home.AnswerAsync("ann", "q", tasks[6].Id, "", "flag"));
        var dry = await home.ApplyAsync("q", dryRun: true);
        Assert.Equal((6, 1, 6, 2), (dry.Labelled, dry.Unusable, dry.RelabelledCount, dry.Removed));
        Assert.Contains("unlabelled", home.Load().Classes);
        var applied = await home.ApplyAsync("q");
        Assert.Equal(dry.To, applied.To);
        var made = home.Load();
        Assert.Equal(["angry", "happy", "sad"], made.Classes);
        Assert.Equal(4 + 6, made.Samples.Count(sample => made.Classes[sample.Label] == "happy"));
        Assert.DoesNotContain(Digest.Of(pictures[6]), made.Samples.Select(sample => sample.Digest));
        Assert.Null((await home.ApplyAsync("q")).To);
    }

    [Fact]
    public async Task However_many_ask_at_once_no_task_is_given_to_two()
    {
        await using var home = await LabelHome.StartAsync(each: 20, unlabelled: 0);
        await home.QueueAsync(new LabelQueueAsk { Name = "q", Data = "faces", Order = "random", Group = false });
        var people = Enumerable.Range(0, 8).Select(i => $"person-{i}").ToArray();
        foreach (var person in people) home.As(person);
        var seen = new ConcurrentBag<(string Who, long Task)>();
        await Parallel.ForEachAsync(people, async (person, _) =>
        {
            while (await home.NextAsync(person, "q", 3) is { Count: > 0 } tasks)
            {
                foreach (var task in tasks)
                {
                    seen.Add((person, task.Id));
                    Assert.Equal(HttpStatusCode.NoContent, await home.AnswerAsync(person, "q", task.Id, "sad"));
                }
            }
        });
        Assert.Equal(60, seen.Count);
        Assert.Equal(60, seen.Select(pair => pair.Task).Distinct().Count());
        Assert.Equal(60, (await home.HistoryAsync("q")).Count);
    }

    [Fact]
    public async Task Two_wanted_people_get_each_task_a_third_none_and_their_agreement_is_told()
    {
        await using var home = await LabelHome.StartAsync(each: 2, unlabelled: 0);
        await home.QueueAsync(new LabelQueueAsk { Name = "q", Data = "faces", Annotators = 2, Group = false });
        var (first, second) = (await home.NextAsync("ann", "q", 10), await home.NextAsync("ben", "q", 10));
        Assert.Equal(first.Select(task => task.Id), second.Select(task => task.Id));
        Assert.Empty(await home.NextAsync("cas", "q", 10));
        for (var i = 0; i < 6; i++)
        {
            await home.AnswerAsync("ann", "q", first[i].Id, i < 3 ? "happy" : "sad");
            await home.AnswerAsync("ben", "q", first[i].Id, i < 4 ? "happy" : "sad");
        }
        Assert.Equal(HttpStatusCode.Conflict, await home.AnswerAsync("cas", "q", first[0].Id, "happy"));
        var stats = await home.StatsAsync("q");
        Assert.Equal(6, stats.LabelledTwice);
        // 5 of 6 pairs agree; expected by chance 0.5: kappa 2/3.
        Assert.Equal(2 / 3.0, stats.Annotators[0].Kappa!.Value, 9);
        Assert.InRange(stats.Alpha!.Value, 0.65, 0.75);
        Assert.Equal(1, (await home.ApplyAsync("q", dryRun: true)).Undecided);
    }

    [Fact]
    public async Task Undo_goes_back_as_far_as_one_likes_skipped_tasks_go_to_others_and_the_history_keeps_all()
    {
        await using var home = await LabelHome.StartAsync(each: 2, unlabelled: 0);
        await home.QueueAsync(new LabelQueueAsk { Name = "q", Data = "faces", Group = false });
        var tasks = await home.NextAsync("ann", "q", 3);
        await home.AnswerAsync("ann", "q", tasks[0].Id, "happy");
        await home.AnswerAsync("ann", "q", tasks[0].Id, "happy"); // sent twice, counts once
        await home.AnswerAsync("ann", "q", tasks[1].Id, "", "skip");
        await home.AnswerAsync("ann", "q", tasks[2].Id, "sad");
        Assert.DoesNotContain(tasks[1].Id, (await home.NextAsync("ann", "q", 10)).Select(task => task.Id));
        for (var i = 2; i >= 0; i--)
        {
            using var reply = await home.As("ann").PostAsync("/api/label/queues/q/undo", null);
            Assert.Equal(tasks[i].Id, (await reply.Content.ReadFromJsonAsync(LabelJson.Default.LabelNext))!.Tasks.Single().Id);
        }
        Assert.Equal(tasks.Select(task => task.Id), (await home.NextAsync("ann", "q", 3)).Select(task => task.Id));
        await home.AnswerAsync("ann", "q", tasks[0].Id, "", "skip");
        Assert.Equal(HttpStatusCode.Forbidden, (await home.As("ann").PostAsync("/api/label/queues/q/close", null)).StatusCode);
        Assert.Equal(["label", "skip", "label", "undo", "undo", "undo", "skip"], (await home.HistoryAsync("q")).Select(entry => entry.Kind));
        Assert.Equal(["happy", "sad", "sad", "happy"], (await home.HistoryAsync("q")).Select(entry => entry.Label).Where(label => label is "happy" or "sad"));
    }

    [SqliteFact]
    public async Task The_history_cannot_be_changed_and_a_copy_of_the_files_of_a_running_server_holds_every_kept_label()
    {
        await using var home = await LabelHome.StartAsync(each: 10, unlabelled: 0);
        await home.QueueAsync(new LabelQueueAsk { Name = "q", Data = "faces", Group = false });
        foreach (var task in await home.NextAsync("ann", "q", 25)) await home.AnswerAsync("ann", "q", task.Id, "sad");
        // What the disk holds at this moment is what is left after kill -9.
        foreach (var file in Directory.EnumerateFiles(home.Home.Tracking, "tracking.db*").Where(file => !file.EndsWith(".lock", StringComparison.Ordinal))) File.Copy(file, home.Folder.At(Path.GetFileName(file)));
        using var copy = Database.Open(home.Folder.At("tracking.db"), TimeProvider.System);
        var reader = new LabelReader(copy);
        Assert.Equal(25, reader.Answers(reader.Get("q").Id).Count);
        await Assert.ThrowsAsync<Microsoft.Data.Sqlite.SqliteException>(() => copy.WriteAsync(session => session.Execute("UPDATE label_history SET label = 'happy'")));
        await Assert.ThrowsAsync<Microsoft.Data.Sqlite.SqliteException>(() => copy.WriteAsync(session => session.Execute("DELETE FROM label_history")));
    }

    [Fact]
    public async Task Pictures_that_look_the_same_are_one_task_and_get_one_label()
    {
        await using var home = await LabelHome.StartAsync(each: 2, unlabelled: 0);
        Directory.CreateDirectory(home.Folder.At("faces/train/unlabelled"));
        // A second encoding of the same drawing, and another drawing.
        var picture = LabelHome.Picture(Saki.Datasets.Emotions.Emotion.Fear, 77);
        File.WriteAllBytes(home.Folder.At("faces/train/unlabelled/a.png"), picture);
        File.WriteAllBytes(home.Folder.At("faces/train/unlabelled/b.png"), [.. picture, 0]);
        File.WriteAllBytes(home.Folder.At("faces/train/unlabelled/c.png"), LabelHome.Picture(Saki.Datasets.Emotions.Emotion.Happy, 78));
        home.Import();
        var queue = await home.QueueAsync(new LabelQueueAsk { Name = "q", Data = "faces" });
        Assert.Equal((2L, 3L), (queue.Tasks, queue.Pictures));
        foreach (var task in await home.NextAsync("ann", "q", 5)) await home.AnswerAsync("ann", "q", task.Id, task.Pictures == 2 ? "sad" : "happy");
        await home.ApplyAsync("q");
        var made = home.Load();
        Assert.Equal(["sad", "sad", "happy"], made.Samples.Where(sample => sample.Path.Contains("unlabelled", StringComparison.Ordinal)).Select(sample => made.Classes[sample.Label]));
    }

    [Fact]
    public async Task Copies_with_different_labels_become_one_question_that_settles_them()
    {
        await using var home = await LabelHome.StartAsync(each: 2, unlabelled: 0);
        File.Copy(home.Folder.At("faces/train/happy/001-0.png"), home.Folder.At("faces/train/sad/copy.png"));
        home.Import();
        await home.QueueAsync(new LabelQueueAsk { Name = "q", Data = "faces", Source = "contradictions" });
        var task = Assert.Single(await home.NextAsync("ann", "q", 5));
        Assert.Equal(("contradiction", 2), (task.Reason, task.Pictures));
        Assert.Contains("happy", task.Given, StringComparison.Ordinal);
        await home.AnswerAsync("ann", "q", task.Id, "happy");
        Assert.Equal(["train/sad/copy.png: sad -> happy"], (await home.ApplyAsync("q")).Relabelled.Select(change => $"{change.Path}: {change.From} -> {change.To}"));
    }

    [Fact]
    public async Task Gold_questions_are_asked_of_everybody_judge_people_and_change_no_data()
    {
        await using var home = await LabelHome.StartAsync(each: 5, unlabelled: 6);
        var queue = await home.QueueAsync(new LabelQueueAsk { Name = "q", Data = "faces", Gold = 0.5, Group = false });
        Assert.Equal(6, queue.Tasks);
        foreach (var person in (string[])["ann", "ben"])
            while (await home.NextAsync(person, "q") is [var task]) await home.AnswerAsync(person, "q", task.Id, "happy");
        var stats = await home.StatsAsync("q");
        Assert.All(stats.Annotators, person => Assert.Equal(3, person.GoldAsked));
        Assert.Equal([6, 0], stats.Annotators.Select(person => person.Labels - person.GoldAsked));
        Assert.Equal(6, (await home.ApplyAsync("q")).Labelled);
    }

    [Fact]
    public async Task The_control_arm_is_told_apart_in_the_figures_but_not_to_labellers()
    {
        await using var home = await LabelHome.StartAsync(each: 20, unlabelled: 0);
        await home.QueueAsync(new LabelQueueAsk { Name = "q", Data = "faces", Control = 0.5, Group = false, Blind = 0.5 });
        var text = await (await home.As("ann").PostAsync("/api/label/queues/q/next?count=50", null)).Content.ReadAsStringAsync();
        Assert.DoesNotContain("control", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("strategy", text, StringComparison.OrdinalIgnoreCase);
        while (await home.NextAsync("ann", "q") is [var task]) await home.AnswerAsync("ann", "q", task.Id, "sad");
        var stats = await home.StatsAsync("q");
        Assert.Equal(60, stats.Arms.Sum(arm => arm.Labelled));
        Assert.All(stats.Arms, arm => Assert.InRange(arm.Labelled, 15, 45));
        Assert.NotNull(stats.KeptHidden);
        Assert.Equal(1.2, stats.Annotators[0].Seconds);
    }

    [Theory]
    [InlineData("""{"name": "../x", "data": "faces"}""", "a name of 1 to 64 letters")]
    [InlineData("""{"name": "q", "data": "nothing"}""", "the name of a data set")]
    [InlineData("""{"name": "q", "data": "faces", "order": "best"}""", "least-confidence")]
    [InlineData("""{"name": "q", "data": "faces", "count": 0}""", "count from 1")]
    [InlineData("""{"name": "q", "data": "faces", "control": 2}""", "control from 0")]
    [InlineData("""{"name": "q", "data": "faces", "colour": 2}""", "a JSON object with the fields")]
    [InlineData("[]", "a JSON object with the fields")]
    public async Task A_queue_that_cannot_be_made_is_refused_in_words(string body, string expected)
    {
        await using var home = await LabelHome.StartAsync(each: 2, unlabelled: 0);
        using var reply = await home.Manager.PostAsync("/api/label/queues", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        Assert.InRange((int)reply.StatusCode, 400, 422);
        Assert.Contains(expected, (string)(await reply.ErrorAsync())["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_goes_wrong_while_a_queue_is_made_is_shown_and_its_name_can_be_freed()
    {
        await using var home = await LabelHome.StartAsync(each: 2, unlabelled: 0);
        var failed = await home.QueueAsync(new LabelQueueAsk { Name = "q", Data = "faces", Order = "disagreement" });
        Assert.Equal("failed", failed.State);
        Assert.Contains("Production and Staging", failed.Problem, StringComparison.Ordinal);
        using var closed = await home.Manager.PostAsync("/api/label/queues/q/close", null);
        Assert.Equal("open", (await home.QueueAsync(new LabelQueueAsk { Name = "q", Data = "faces" })).State);
        using var again = await home.Manager.PostAsync("/api/label/queues/q/close", null);
        Assert.Equal(HttpStatusCode.Conflict, await home.AnswerAsync("ann", "q", 1, "happy"));
    }

    [Fact]
    public async Task Pages_show_the_queues_the_next_picture_and_what_came_out()
    {
        await using var home = await LabelHome.StartAsync(each: 6, unlabelled: 0);
        Assert.Contains("saki labels queue first --data faces", await PageAsync(home, "/label"), StringComparison.Ordinal);
        await home.QueueAsync(new LabelQueueAsk { Name = "q", Data = "faces", Group = false, Control = 0.5 });
        Assert.Contains("/label/q", await PageAsync(home, "/label"), StringComparison.Ordinal);
        Assert.Contains("What is it?", await PageAsync(home, "/label/q"), StringComparison.Ordinal);
        Assert.Contains("Nobody has labelled yet", await PageAsync(home, "/label/q/result"), StringComparison.Ordinal);
        while (await home.NextAsync("ann", "q") is [var task]) await home.AnswerAsync("ann", "q", task.Id, "sad");
        var result = await PageAsync(home, "/label/q/result");
        Assert.Contains("Random control", result, StringComparison.Ordinal);
        Assert.Contains("Wrong guesses found", result, StringComparison.Ordinal);
        Assert.Contains("Nothing left for you", await PageAsync(home, "/label/q"), StringComparison.Ordinal);
        using var nothing = await home.As("ann").GetAsync("/label/nothing");
        Assert.Equal(HttpStatusCode.NotFound, nothing.StatusCode);
        using var made = await home.Manager.PostAsync("/label", new FormUrlEncodedContent(new Dictionary<string, string> { ["name"] = "form", ["data"] = "faces", ["source"] = "", ["order"] = "entropy", ["count"] = "5", ["annotators"] = "1" }));
        Assert.True(made.StatusCode == HttpStatusCode.SeeOther, await made.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_picture_is_shown_only_to_labellers_under_its_true_type()
    {
        await using var home = await LabelHome.StartAsync(each: 2, unlabelled: 0);
        await home.QueueAsync(new LabelQueueAsk { Name = "q", Data = "faces" });
        var task = (await home.NextAsync("ann", "q"))[0];
        using var reply = await home.As("ann").GetAsync(task.Picture);
        Assert.Equal("image/png", reply.Content.Headers.ContentType!.MediaType);
        Assert.Equal(HttpStatusCode.Forbidden, (await home.As("viewer", Scope.View).GetAsync(task.Picture)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await home.As("ann").GetAsync($"/label/pictures/{task.Id}/7")).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await home.AnswerAsync("ann", "q", task.Id, "hapy"));
    }

    private static async Task<string> PageAsync(LabelHome home, string path)
    {
        using var reply = await home.As("ann").GetAsync(path);
        var text = await reply.Content.ReadAsStringAsync();
        Assert.True(reply.IsSuccessStatusCode, text);
        return text;
    }

    private static double Margin(byte[] bytes)
    {
        var row = new float[TestModel.Emotions.Pipeline.Labels.Count];
        using var picture = TestModel.Emotions.Decode(bytes);
        TestModel.Emotions.Run([picture], row);
        return Uncertainty.Margin(row);
    }
}

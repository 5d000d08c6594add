using System.Net;
using Saki.Datasets.Emotions;
using Saki.Labelling;
using Saki.Pipelines;
using Saki.Server.Feedback;
using Saki.Server.Labelling;
using Saki.Server.Storage;
using Saki.Server.Tests.Storage;
using Saki.Storage;

namespace Saki.Server.Tests.Labelling;

/// <summary>Pictures that people gave: asked about once, added to the data set, and gone everywhere once they are erased.</summary>
public class FeedbackQueueTests
{
    [SqliteFact]
    public async Task Kept_pictures_are_labelled_added_to_the_data_set_and_left_out_of_the_next_version_once_erased()
    {
        await using var home = await LabelHome.StartAsync(each: 3, unlabelled: 0);
        await home.Server.DisposeAsync();
        await KeepAsync(home, 5);
        await home.ListenAsync();
        var queue = await home.QueueAsync(new LabelQueueAsk { Name = "given", Data = "faces", Source = "feedback", Order = "newest", Control = 0, Group = false });
        Assert.Equal(("", 5L), (queue.Problem, queue.Tasks));
        var tasks = await home.NextAsync("ann", "given", 9);
        foreach (var task in tasks.Take(4)) Assert.Equal(HttpStatusCode.NoContent, await home.AnswerAsync("ann", "given", task.Id, "sad"));
        var applied = await home.ApplyAsync("given");
        Assert.Equal((4, 4, 0), (applied.Labelled, applied.Added, applied.Removed));
        Assert.Equal(13, home.Load().Samples.Count);

        await home.Server.DisposeAsync();
        using (var database = Database.Open(Path.Combine(home.Home.Tracking, "tracking.db"), TimeProvider.System))
        {
            var store = new FeedbackStore(database, home.Home.Feedback, TimeProvider.System);
            store.Erasure.Also(LabelStore.Erase);
            await store.Erasure.EraseAsync("browser:ann");
        }
        await home.ListenAsync();
        using var fresh = new HttpClient { BaseAddress = home.Server.Address };
        fresh.DefaultRequestHeaders.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", home.Token("again", Saki.Server.Accounts.Scope.Admin));
        using var reply = await fresh.PostAsync("/api/label/queues/given/apply", new StringContent("{}", System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal(9, home.Load().Samples.Count);
        Assert.Equal(HttpStatusCode.NotFound, (await fresh.GetAsync(tasks[0].Picture)).StatusCode);
    }

    private static async Task KeepAsync(LabelHome home, int count)
    {
        using var database = Database.Open(Path.Combine(home.Home.Tracking, "tracking.db"), TimeProvider.System);
        var store = new FeedbackStore(database, home.Home.Feedback, TimeProvider.System);
        await store.AgreeAsync("browser:ann", ConsentExtent.All);
        for (var i = 0; i < count; i++)
        {
            var picture = LabelHome.Picture(Emotion.Sad, 500 + i);
            await store.KeepAsync(new StoredPrediction
            {
                Id = $"p{i}",
                Person = "browser:ann",
                Time = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + i, // what is old is erased at the start
                Picture = Digest.Of(picture).ToString(),
                MediaType = "image/png",
                Width = 32,
                Height = 32,
                Bytes = picture.Length,
                Box = "",
                Source = "upload",
                Model = "linear",
                Version = "1",
                Pipeline = "p",
                Arm = "",
                Class = "sad",
                Probability = 0.5,
                Top = [new ClassProbability("sad", 0.5f)],
            }, picture);
        }
    }
}

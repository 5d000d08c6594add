using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Saki.Datasets;
using Saki.Inference.Serving;
using Saki.Pipelines;
using Saki.Testing;
using Saki.Vision;

namespace Saki.Server.Tests.Serving;

/// <summary>
/// The show of issue 5: on real FER2013 faces over HTTP, the good model (66 %) is champion and a weak one (47 %) becomes its new version as a canary. It takes itself back;
/// a canary of the good model itself stays. Nobody's request fails.
/// </summary>
public sealed class CanaryOnPicturesTests
{
    private const int Most = 1500;

    private static readonly Pipeline Fer = new()
    {
        Input = new InputSpec(ColorKind.Gray, 64, 64),
        Normalize = new NormalizeSpec { Scale = 2f / 255, Mean = [1] },
        Output = new OutputSpec(OutputKind.Probabilities),
        Labels = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"],
    };

    [SharedDataFact]
    public async Task A_weak_new_version_takes_itself_back_and_a_good_one_stays()
    {
        await using var models = new ModelRepository(new RepositoryOptions { Cache = Path.GetTempPath() });
        await LoadAsync(models, "1", "fer2013_mini_xception.onnx");
        await LoadAsync(models, "2", "fer2013_mini_xception_epoch00.onnx");
        await LoadAsync(models, "3", "fer2013_mini_xception.onnx");
        await using var server = await RunningServer.StartAsync(new ServerOptions { Models = models });
        var faces = Faces().Take(Most).ToList();
        var by = new ChangedBy("test", "the new version");

        // Times are left out: other tests share the machine.
        var limits = new CanaryLimits { MaxLatencyRatio = null };
        await models.Changes.CanaryAsync("fer", new CanaryPlan("2", 25) { Limits = limits }, by);
        var canary = 0;
        for (var i = 0; models.Routes.Of("fer").Canary is not null && i < faces.Count; i++)
        {
            if (await ArmAsync(server.Client, faces[i]) == "canary") canary++;
            if (i % 8 == 0) await Task.Delay(2); // comparisons are made while the machine is idle
        }
        for (var wait = 0; wait < 6000 && models.Routes.Of("fer").Canary is not null; wait++) await Task.Delay(10);
        var told = models.Routes.Events[0];
        Assert.Equal(("rollback", "2"), (told.Action, told.Version));
        Assert.Contains("differ from the champion's", told.Why, StringComparison.Ordinal);
        Assert.InRange(canary, limits.MinRequests, Most / 2);

        await models.Changes.CanaryAsync("fer", new CanaryPlan("3", 25) { Limits = limits }, by);
        foreach (var face in faces.Take(400)) await ArmAsync(server.Client, face);
        Assert.Equal("3", models.Routes.Of("fer").Canary?.Version);
    }

    private static Task<ServedModel> LoadAsync(ModelRepository models, string version, string file) =>
        models.LoadAsync(models.Open(SharedData.At($"models/fer2013/{file}"), "fer", Fer)[0] with { Version = version }, beside: true);

    private static IEnumerable<byte[]> Faces()
    {
        foreach (var sample in new Fer2013Reader(SharedData.At("fer2013/privatetest_a.csv.gz")).Read()) yield return sample.Content.ToArray();
    }

    private static async Task<string> ArmAsync(HttpClient client, byte[] face)
    {
        using var reply = await client.PostAsync("/v1/predict/fer", new ByteArrayContent(face) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } });
        Assert.True(reply.IsSuccessStatusCode, await reply.Content.ReadAsStringAsync());
        return (string?)JsonNode.Parse(await reply.Content.ReadAsStringAsync())!["arm"] ?? "none";
    }
}

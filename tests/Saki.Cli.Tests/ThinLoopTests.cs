using System.Net.Http.Headers;
using System.Text.Json;
using Saki.Inference.Serving;
using Saki.Server;

namespace Saki.Cli.Tests;

/// <summary>From drawn pictures to a served answer, as a person would type it, at a size that takes seconds.</summary>
public class ThinLoopTests
{
    private static readonly string[] Small =
    [
        "experiment=emotions", "trainer.epochs=2", "trainer.seconds=null", "network.channels=[8,16]", "network.convolutions=[1,1]", "dataset.width=24", "dataset.height=24", "trainer.threads=1",
    ];

    [Fact]
    public async Task Data_training_package_answers_and_evaluation_hang_together()
    {
        using var cli = new Cli();
        var sample = await cli.Run("data", "sample", "emotions", "--train", "140", "--size", "48", "--json");
        Assert.Equal(0, sample.ExitCode);
        Assert.Equal(140 + (2 * 17), JsonDocument.Parse(sample.Output).RootElement.GetProperty("images").GetInt32());

        var trained = await cli.Run(["train", .. Small, "--json"]);
        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.Contains("ONNX and libtorch agree on 157 samples", trained.Error, StringComparison.Ordinal);
        var package = JsonDocument.Parse(trained.Output).RootElement.GetProperty("package").GetString()!;
        foreach (var file in (string[])["MLmodel", "model.onnx", "pipeline.yaml", "card.md", "golden.json", "SHA256SUMS"]) Assert.True(File.Exists(Path.Combine(package, file)), file);

        var report = JsonDocument.Parse((await cli.Run("evaluate", "runs:/latest", "--data", "emotions:test", "--json")).Output).RootElement;
        Assert.Equal(17, report.GetProperty("samples").GetInt32());
        Assert.Equal(17, report.GetProperty("confusion").EnumerateArray().Sum(row => row.EnumerateArray().Sum(n => n.GetInt32())));

        var run = JsonDocument.Parse((await cli.Run("runs", "show", "latest", "--json")).Output).RootElement;
        Assert.Equal(package, run.GetProperty("package").GetString());
        Assert.Equal("FINISHED", run.GetProperty("run").GetProperty("info").GetProperty("status").GetString());

        await AssertSameAnswerEverywhere(cli, package);
    }

    private static async Task AssertSameAnswerEverywhere(Cli cli, string package)
    {
        var picture = cli.At("happy.ppm");
        Assert.Equal(0, (await cli.Run("data", "sample", "emotions", "--one", "happy", "--out", picture, "--size", "96")).ExitCode);
        var typed = JsonDocument.Parse((await cli.Run("predict", package, picture, "--json")).Output).RootElement;

        await using var models = new ModelRepository(new RepositoryOptions { Cache = cli.At("cache") });
        await models.LoadAsync(models.Open(package)[0]);
        await using var server = SakiServer.Build(new ServerOptions { Port = 0, Models = models });
        await server.StartAsync();
        using var client = new HttpClient { BaseAddress = server.Address };
        using var body = new ByteArrayContent(await File.ReadAllBytesAsync(picture)) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        using var reply = await client.PostAsync(new Uri("/predict_image", UriKind.Relative), body);
        var served = JsonDocument.Parse(await reply.Content.ReadAsStringAsync()).RootElement;

        Assert.Equal(typed.GetProperty("class").GetString(), served.GetProperty("class").GetString());
        Assert.Equal(typed.GetProperty("probability").GetRawText(), served.GetProperty("probability").GetRawText());
        Assert.Equal(typed.GetProperty("version").GetString(), served.GetProperty("version").GetString());
        Assert.Equal(32, served.GetProperty("id").GetString()!.Length);
    }
}

using System.Net;
using Saki.Inference;
using Saki.Inference.Explaining;
using Saki.Inference.Serving;
using Saki.Vision;

namespace Saki.Server.Tests.Try;

public sealed class WhyTests
{
    [Fact]
    public async Task The_map_finds_the_corner_that_the_model_looks_at()
    {
        // A network that sees the red of the upper left pixel of its 8 x 8, and nothing else.
        var weights = new float[TestModel.Inputs * 2];
        weights[0] = 8;
        using var folder = new Saki.Testing.TemporaryFolder();
        TestModel.Package(["red", "other"], weights, folder.At("package"));
        await using var models = TestModel.Serve(Predictor.Load(folder.At("package")));
        using var lease = models.Lease(null);
        var picture = new byte[64 * 64 * 3];
        for (var y = 0; y < 16; y++)
            for (var x = 0; x < 16; x++) picture[3 * ((y * 64) + x)] = 255;

        var map = await OcclusionMap.MakeAsync(lease.Model, Png.Encode(picture, 64, 64), "red", null, CallOptions.Patient(default));

        Assert.Equal((8, 8), (map.Columns, map.Rows));
        Assert.True(map.Probability > 0.99);
        Assert.Equal(map.Drops.Max(), map.Drops[0]);
        Assert.True(map.Drops[0] > 0.3);
        Assert.All(map.Drops.Skip(3 * 8), drop => Assert.Equal(0, drop, 3));
    }

    [Fact]
    public async Task The_page_shows_the_map_over_the_picture_and_says_it_in_words()
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { Models = TestModel.Serve(TestModel.Emotions) });
        using var visitor = new VisitorClient(server.Address);
        var (status, page) = await visitor.SendAsync("/try/why", ("prediction", await visitor.AskAsync(TestModel.Face)));
        Assert.Equal(HttpStatusCode.OK, status);
        var map = page.QuerySelector("svg#why")!;
        Assert.Equal("0 0 64 64", map.GetAttribute("viewBox"));
        Assert.NotEmpty(map.GetAttribute("aria-label")!);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.SendAsync("/try/why", ("prediction", "no such answer"))).Status);
    }
}

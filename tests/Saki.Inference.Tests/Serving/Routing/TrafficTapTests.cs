using System.Diagnostics;
using Saki.Inference.Serving;
using Saki.Pipelines;
using Saki.Testing;
using Saki.Vision;
using Xunit.Abstractions;
using DataType = Saki.Onnx.TensorProto.Types.DataType;

namespace Saki.Inference.Tests.Serving.Routing;

/// <summary>Somebody watches a little of the traffic; nobody's request pays for it.</summary>
[Collection(nameof(RunAlone))] // looks at what a request allocates
public sealed class TrafficTapTests(ITestOutputHelper output) : IDisposable
{
    private static readonly Pipeline Means = new() { Input = new InputSpec(ColorKind.Rgb, 8, 8), Labels = ["red", "green", "blue"] };
    private static readonly byte[] Picture = Png.Encode(new byte[8 * 8 * 3], 8, 8);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_flood_of_requests_shows_a_trickle_with_the_champions_answers()
    {
        await using var models = await ServeAsync();
        var seen = new List<(string Version, int Bytes, string Class)>();
        models.Routes.Watch("m", new TrafficTap(TimeSpan.FromHours(1), (model, picture, answer) => seen.Add((model.Version, picture.Length, answer.Class)), TimeProvider.System));
        for (var i = 0; i < 300; i++) await AskAsync(models);
        for (var tries = 0; seen.Count == 0 && tries < 6000; tries++) await Task.Delay(10);
        Assert.Equal([("1", Picture.Length, (await AskAsync(models)).Class)], seen);
        models.Routes.Watch("m", null);
        await AskAsync(models);
        Assert.Single(seen);
    }

    [Fact]
    public async Task Who_watches_may_fail_and_fails_nobody()
    {
        await using var models = await ServeAsync();
        var tap = new TrafficTap(TimeSpan.Zero, (_, _, _) => throw new InvalidOperationException(), TimeProvider.System);
        models.Routes.Watch("m", tap);
        for (var i = 0; i < 20; i++) await AskAsync(models);
        for (var tries = 0; tap.PassedOver < 20 && tries < 6000; tries++) await Task.Delay(10);
        Assert.Equal((0L, 20L), (tap.Shown, tap.PassedOver));
        using var lease = models.Lease("m");
        Assert.Equal((20L, 0L), (lease.Model.Counters.Success, lease.Model.Counters.Failed));
    }

    [Fact]
    public async Task A_request_that_is_not_shown_allocates_what_it_did_before()
    {
        await using var models = await ServeAsync();
        var (bytes, time) = await CostAsync(models);
        models.Routes.Watch("m", new TrafficTap(TimeSpan.FromHours(1), (_, _, _) => { }, TimeProvider.System));
        await AskAsync(models); // the one that is shown
        var (tapped, tappedTime) = await CostAsync(models);
        output.WriteLine($"{bytes} bytes and {time.TotalMicroseconds / Calls:0.00} µs a request; watched: {tapped} bytes and {tappedTime.TotalMicroseconds / Calls:0.00} µs");
        Assert.InRange(tapped - bytes, -200, 200);
    }

    private const int Calls = 3000;

    private static async Task<(long Bytes, TimeSpan Time)> CostAsync(ModelRepository models)
    {
        for (var i = 0; i < 500; i++) await AskAsync(models);
        var (before, began) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
        for (var i = 0; i < Calls; i++) await AskAsync(models); // nothing waits: answered on this very thread
        return ((GC.GetAllocatedBytesForCurrentThread() - before) / Calls, Stopwatch.GetElapsedTime(began));
    }

    private async Task<ModelRepository> ServeAsync()
    {
        var models = new ModelRepository(new RepositoryOptions { Cache = _folder.At("cache") });
        await models.LoadAsync(models.Open(_folder.Write("m/1/model.onnx", TestFiles.ChannelMeans(DataType.Float, 3, 8, 8)), "m", Means)[0] with { Version = "1" });
        return models;
    }

    private static async ValueTask<Prediction> AskAsync(ModelRepository models)
    {
        using var lease = models.Lease("m");
        return await lease.PredictAsync(Picture, null, 3, CallOptions.Patient(CancellationToken.None));
    }
}

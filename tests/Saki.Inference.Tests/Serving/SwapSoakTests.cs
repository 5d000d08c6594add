using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Serving;
using Saki.Inference.Tensors;
using Saki.Onnx;
using Saki.Testing;
using static Saki.Onnx.TensorProto.Types;

namespace Saki.Inference.Tests.Serving;

/// <summary>
/// Loads and takes out under traffic. Scaled down here to 40 swaps of 2 models; <c>SAKI_SOAK=500</c> makes it the 500 cycles of 5 models of hardening.md R5, and only then memory
/// is judged, since a short run ends before the allocator has settled.
/// </summary>
[Collection(nameof(RunAlone))]
public sealed class SwapSoakTests : IDisposable
{
    private const int Width = 256;

    private readonly string _folder = Directory.CreateTempSubdirectory("saki-soak-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Swaps_under_traffic_fail_no_request_and_give_the_memory_back()
    {
        var cycles = int.TryParse(Environment.GetEnvironmentVariable("SAKI_SOAK"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 20;
        var names = Enumerable.Range(0, cycles >= 500 ? 5 : 2).Select(i => $"m{i}").ToArray();
        var file = Write();
        await using var models = new ModelRepository(new RepositoryOptions { Cache = _folder });
        foreach (var name in names) await models.LoadAsync(Plan(models, file, name, "a"));
        using var stop = new CancellationTokenSource();
        var answered = 0L;
        var traffic = Enumerable.Range(0, 4).Select(caller => Task.Run(async () =>
        {
            for (var i = caller; !stop.IsCancellationRequested; i++)
            {
                await AskAsync(models, names[i % names.Length]); // throws where a request fails
                Interlocked.Increment(ref answered);
            }
        })).ToArray();
        var settled = 0L;
        for (var cycle = 0; cycle < cycles; cycle++)
        {
            var before = Interlocked.Read(ref answered);
            foreach (var name in names) await models.LoadAsync(Plan(models, file, name, cycle % 2 == 0 ? "b" : "a"));
            // A busy machine may give the callers no turn during a swap: the next one waits for them.
            while (Interlocked.Read(ref answered) == before && !traffic.Any(caller => caller.IsCompleted)) await Task.Delay(1);
            if (cycle == cycles / 10) settled = Resident();
        }
        await stop.CancelAsync();
        await Task.WhenAll(traffic);
        Assert.True(answered >= cycles);
        Assert.All(models.Models, entry => Assert.Single(entry.Versions));
        if (cycles >= 500) Assert.InRange(Resident(), 0, settled + (settled / 10));
    }

    private static long Resident()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static async Task AskAsync(ModelRepository models, string name)
    {
        using var lease = models.Lease(name);
        var outputs = await lease.InferAsync([new TensorInput("x", OrtElementType.Float32, [1, Width], new byte[4 * Width])], CallOptions.Patient(default));
        Assert.Equal(1f, MemoryMarshal.Read<float>(outputs[0].Content.Span));
    }

    private static ModelPlan Plan(ModelRepository models, string file, string name, string version) => models.Open(file, name)[0] with { Version = version };

    // y = x W + 1 with a megabyte of weights.
    private string Write()
    {
        var path = Path.Combine(_folder, "soak.onnx");
        File.WriteAllBytes(path, TestFiles.Graph(graph =>
        {
            var x = graph.Input("x", DataType.Float, OnnxGraphBuilder.Batch, Width);
            var product = graph.Node("MatMul", [x, graph.Initializer("weights", new float[Width * Width * 4], Width, Width * 4)]);
            graph.Output("y", graph.Node("Add", [product, graph.Initializer("one", [1f], 1)]), DataType.Float, OnnxGraphBuilder.Batch, Width * 4);
        }));
        return path;
    }
}

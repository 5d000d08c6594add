using Saki.Inference.Backends.OnnxRuntime;
using Saki.Onnx;
using static Saki.Onnx.TensorProto.Types;

namespace Saki.Inference.Tests.Backends.OnnxRuntime;

public sealed class OrtCancellationTests
{
    // Hundreds of products of 512x512: seconds of work in small steps.
    private static byte[] Slow() => TestFiles.Graph(graph =>
    {
        var x = graph.Input("x", DataType.Float, 512, 512);
        var y = x;
        for (var i = 0; i < 2000; i++) y = graph.Node("MatMul", [y, x]);
        graph.Output("y", y, DataType.Float, 512, 512);
    });

    [Fact]
    public async Task A_run_stops_when_cancelled_and_the_session_goes_on()
    {
        using var session = OrtSession.Load(Slow(), null);
        using var input = OrtValue.Over<float>(new float[512 * 512], 512, 512);
        using var binding = session.Bind();
        binding.Input(0, input);
        binding.OutputAnywhere(0);
        foreach (var bound in new[] { false, true })
        {
            using var cancellation = new CancellationTokenSource();
            var run = Task.Run(() =>
            {
                if (bound) binding.Run(cancellation.Token);
                else foreach (var output in session.Run([input], cancellation.Token)) output.Dispose();
            });
            await Task.Delay(50);
            await cancellation.CancelAsync();
            await Assert.ThrowsAsync<OperationCanceledException>(() => run);
        }
        using var quick = OrtSession.Load(TestFiles.AddOne(), null);
        using var four = OrtValue.Over<float>(new float[4], 1, 4);
        using var token = new CancellationTokenSource();
        using var done = quick.Run([four], token.Token)[0];
        Assert.Equal(1, done.Data<float>()[0]);
    }

    [Fact]
    public void A_cancelled_token_starts_nothing()
    {
        using var session = OrtSession.Load(TestFiles.AddOne(), null);
        using var input = OrtValue.Over<float>(new float[4], 1, 4);
        Assert.Throws<OperationCanceledException>(() => session.Run([input], new CancellationToken(canceled: true)));
        Assert.Throws<OperationCanceledException>(() => OrtSession.Load(Slow(), null, cancellation: new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task A_session_disposed_during_a_run_ends_after_it()
    {
        var session = OrtSession.Load(TestFiles.AddOne(1 << 20), null);
        var answered = 0;
        var runs = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            using var input = OrtValue.Over<float>(new float[1 << 20], 1, 1 << 20);
            try
            {
                while (true)
                {
                    session.Run([input])[0].Dispose();
                    Interlocked.Increment(ref answered);
                }
            }
            catch (ObjectDisposedException)
            {
                // What was asked for.
            }
        })).ToArray();
        while (Volatile.Read(ref answered) < 4 && !runs.Any(run => run.IsCompleted)) await Task.Delay(1);
        session.Dispose();
        await Task.WhenAll(runs);
        Assert.True(answered >= 4);
        using var late = OrtValue.Over<float>(new float[1 << 20], 1, 1 << 20);
        Assert.Throws<ObjectDisposedException>(() => session.Run([late]));
        session.Dispose();
    }
}

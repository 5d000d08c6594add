using System.Globalization;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Backends.OnnxRuntime.Interop;
using Saki.Testing;

namespace Saki.Inference.Tests.Backends.OnnxRuntime;

/// <summary>Live handles are counted for the whole process.</summary>
[Collection(nameof(RunAlone))]
public sealed class OrtLeakTests
{
    [Fact]
    public void Ten_thousand_handles_are_all_given_back()
    {
        var model = TestFiles.AddOne();
        for (var i = 0; i < 20; i++) Cycle(model); // the allocator's and the JIT's own needs
        var (live, before) = (Live(), ResidentMegabytes());
        for (var i = 0; i < 1250; i++) Cycle(model); // 8 handles each
        Assert.Equal(live, Live());
        var grown = ResidentMegabytes() - before;
        Assert.True(grown < 30, $"10,000 handles left {grown} MB behind");
    }

    [Fact]
    public void Failed_calls_give_their_handles_back_too()
    {
        using var session = OrtSession.Load(TestFiles.AddOne(), null);
        var live = Live();
        for (var i = 0; i < 500; i++)
        {
            Assert.Throws<OrtException>(() => OrtSession.Load(new byte[64], null));
            Assert.Throws<OrtException>(() => OrtValue.Allocate(OrtElementType.Float32, -1));
            Assert.Throws<OrtException>(() => OrtValue.OfStrings(["a", "b"], 3));
            using var wrong = OrtValue.Over<float>(new float[3], 1, 3);
            Assert.Throws<OrtException>(() => session.Run([wrong]));
        }
        Assert.Equal(live, Live());
    }

    [Fact]
    public void What_nobody_disposes_is_given_back_by_the_garbage_collector()
    {
        var live = Live();
        Forget();
        for (var i = 0; i < 20 && Live() != live; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.Equal(live, Live());

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Forget()
        {
            for (var i = 0; i < 100; i++) OrtValue.Allocate(OrtElementType.Float32, 1000);
            OrtSession.Load(TestFiles.AddOne(), null);
            (InferenceLeaks.Meant[OrtKind.Value], InferenceLeaks.Meant[OrtKind.Session]) = (100, 1);
        }
    }

    // Session options, session, type information, binding, run options, three values and a string.
    private static void Cycle(byte[] model)
    {
        using var cancellation = new CancellationTokenSource();
        using var session = OrtSession.Load(model, null);
        using var input = OrtValue.Over<float>(new float[4], 1, 4);
        using var binding = session.Bind();
        binding.Input(0, input);
        binding.OutputAnywhere(0);
        binding.Run(cancellation.Token);
        foreach (var output in binding.TakeOutputs()) output.Dispose();
        foreach (var output in session.Run([input])) output.Dispose();
        using var texts = OrtValue.OfStrings(["one", "two"], 2);
        Assert.Equal("two", texts.Strings()[1]);
        _ = session.Metadata;
    }

    private static string Live() => string.Join(' ', Enum.GetValues<OrtKind>().Select(kind => $"{kind}:{OrtHandle.Count(kind).Live}"));

    private static long ResidentMegabytes()
    {
        var pages = File.ReadAllText("/proc/self/statm").Split(' ')[1];
        return long.Parse(pages, CultureInfo.InvariantCulture) * Environment.SystemPageSize >> 20;
    }
}

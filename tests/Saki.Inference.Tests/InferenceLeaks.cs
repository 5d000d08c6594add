using Saki.Inference.Backends.OnnxRuntime.Interop;
using Saki.Testing;
using Xunit.Abstractions;

[assembly: TestFramework("Saki.Inference.Tests.InferenceLeaks", "Saki.Inference.Tests")]

namespace Saki.Inference.Tests;

/// <summary>Nothing of ONNX Runtime may be left to the garbage collector or outlive the tests, but for its one environment.</summary>
public sealed class InferenceLeaks(IMessageSink messages) : LeakCheckingFramework(messages)
{
    /// <summary>What a test forgets on purpose.</summary>
    internal static Dictionary<OrtKind, int> Meant { get; } = [];

    protected override IEnumerable<string?> Leaks() =>
        Enum.GetValues<OrtKind>().Where(kind => kind != OrtKind.Env).Select(kind => OrtHandle.Count(kind).Leak($"{kind} objects", Meant.GetValueOrDefault(kind)));
}

using Saki.Testing;
using Saki.Torch.Interop;
using Xunit.Abstractions;

[assembly: TestFramework("Saki.Torch.Tests.TorchLeaks", "Saki.Torch.Tests")]
// One test at a time: handle counts, the seed, and the number of threads belong to the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Saki.Torch.Tests;

/// <summary>No tensor may be left to the garbage collector or outlive the tests.</summary>
public sealed class TorchLeaks(IMessageSink messages) : LeakCheckingFramework(messages)
{
    protected override IEnumerable<string?> Leaks() => [TensorHandle.Count.Leak("Tensors")];
}

/// <summary>Tests whose tensors all die with the test.</summary>
public abstract class TorchTest : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    protected TorchTest() => torch.manual_seed(20261121);

    public void Dispose()
    {
        _scope.Dispose();
        GC.SuppressFinalize(this);
    }
}

using Saki.Torch.Interop;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework("Saki.Torch.Tests.LeakCheckingFramework", "Saki.Torch.Tests")]
// One test at a time: handle counts, the seed, and the number of threads belong to the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Saki.Torch.Tests;

/// <summary>Runs tests as xunit does, and fails the assembly when a tensor was left to the garbage collector or is still alive at the end.</summary>
public sealed class LeakCheckingFramework(IMessageSink messages) : XunitTestFramework(messages)
{
    protected override ITestFrameworkExecutor CreateExecutor(System.Reflection.AssemblyName assemblyName) =>
        new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(System.Reflection.AssemblyName name, ISourceInformationProvider source, IMessageSink diagnostics)
        : XunitTestFrameworkExecutor(name, source, diagnostics)
    {
        protected override async void RunTestCases(IEnumerable<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions)
        {
            using var runner = new Runner(TestAssembly, testCases, DiagnosticMessageSink, executionMessageSink, executionOptions);
            await runner.RunAsync();
        }
    }

    private sealed class Runner(ITestAssembly assembly, IEnumerable<IXunitTestCase> cases, IMessageSink diagnostics, IMessageSink execution, ITestFrameworkExecutionOptions options)
        : XunitTestAssemblyRunner(assembly, cases, diagnostics, execution, options)
    {
        protected override Task BeforeTestAssemblyFinishedAsync()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            if (TensorHandle.Live != 0 || TensorHandle.Forgotten != 0)
                Aggregator.Add(new InvalidOperationException($"Tensor handles leaked: {TensorHandle.Live} still alive, {TensorHandle.Forgotten} left to the garbage collector."));
            return base.BeforeTestAssemblyFinishedAsync();
        }
    }
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

using Xunit.Abstractions;
using Xunit.Sdk;

namespace Saki.Testing;

/// <summary>Runs tests as xunit does, and fails the assembly when native objects are left at its end. An assembly that holds some names a class of its own that derives from this.</summary>
public abstract class LeakCheckingFramework(IMessageSink messages) : XunitTestFramework(messages)
{
    /// <summary>What is left, one sentence each; null for what is not. Asked after finalizers ran.</summary>
    protected abstract IEnumerable<string?> Leaks();

    protected override ITestFrameworkExecutor CreateExecutor(System.Reflection.AssemblyName assemblyName) =>
        new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink, Leaks);

    private sealed class Executor(System.Reflection.AssemblyName name, ISourceInformationProvider source, IMessageSink diagnostics, Func<IEnumerable<string?>> leaks)
        : XunitTestFrameworkExecutor(name, source, diagnostics)
    {
        protected override async void RunTestCases(IEnumerable<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions)
        {
            using var runner = new Runner(TestAssembly, testCases, DiagnosticMessageSink, executionMessageSink, executionOptions, leaks);
            await runner.RunAsync();
        }
    }

    private sealed class Runner(ITestAssembly assembly, IEnumerable<IXunitTestCase> cases, IMessageSink diagnostics, IMessageSink execution, ITestFrameworkExecutionOptions options, Func<IEnumerable<string?>> leaks)
        : XunitTestAssemblyRunner(assembly, cases, diagnostics, execution, options)
    {
        protected override Task BeforeTestAssemblyFinishedAsync()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            foreach (var leak in leaks())
                if (leak is not null) Aggregator.Add(new InvalidOperationException(leak));
            return base.BeforeTestAssemblyFinishedAsync();
        }
    }
}

using System.Diagnostics;
using Saki.Testing;

namespace Saki.Cli.Tests;

public sealed class KillServerTests
{
    /// <summary>A few rounds; <c>SAKI_KILL_ROUNDS=200</c> for the long one.</summary>
    [Fact]
    public async Task Kill_9_at_random_moments_loses_nothing_that_was_acknowledged()
    {
        var rounds = Environment.GetEnvironmentVariable("SAKI_KILL_ROUNDS") ?? "3";
        string[] arguments = [Path.Combine(Repository.Root, "tests/conformance/kill9.py"), rounds, "dotnet", Path.Combine(AppContext.BaseDirectory, "Saki.Cli.dll")];
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await output + await error);
    }
}

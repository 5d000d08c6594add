using System.Diagnostics;
using Saki.Testing;

namespace Saki.Server.Tests.Storage;

/// <summary>A server that a script under <c>tests/</c> starts for this process: it prints its address and ends when its standard input closes, so with this process at the latest.</summary>
internal static class ScriptServer
{
    /// <summary>The address; null when the script says (exit 77) that what it needs is not here.</summary>
    public static string? Start(string script)
    {
        var process = Process.Start(new ProcessStartInfo(Path.Combine(Repository.Root, "tests", script)) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            process.StandardInput.Close();
            process.WaitForExit(5000);
        };
        if (process.StandardOutput.ReadLine() is { Length: > 0 } address) return address;
        process.WaitForExit();
        return process.ExitCode == 77 ? null : throw new InvalidOperationException($"tests/{script} ended with {process.ExitCode}");
    }
}

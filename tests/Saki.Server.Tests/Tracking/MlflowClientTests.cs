using System.Diagnostics;
using Saki.Testing;

namespace Saki.Server.Tests.Tracking;

public sealed class MlflowClientTests
{
    [MlflowClientFact]
    public async Task Mlflows_own_client_works_unchanged()
    {
        await using var server = await MlflowServer.StartAsync();
        var (code, output) = await MlflowClient.RunAsync(Path.Combine(Repository.Root, "tests/conformance/mlflow_client.py"), server.Address.ToString().TrimEnd('/'));
        Assert.True(code == 0, output);
    }
}

/// <summary>MLflow's Python client, where there is one: <c>SAKI_MLFLOW</c> names the folder to import it from.</summary>
internal static class MlflowClient
{
    public static string? Folder { get; } = Environment.GetEnvironmentVariable("SAKI_MLFLOW");

    public static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["PYTHONPATH"] = Folder } })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}

[AttributeUsage(AttributeTargets.Method)]
internal sealed class MlflowClientFactAttribute : FactAttribute
{
    public MlflowClientFactAttribute()
    {
        if (MlflowClient.Folder is null) Skip = "SAKI_MLFLOW does not name a folder with MLflow's Python client";
    }
}

using System.Diagnostics;
using Saki.Testing;

namespace Saki.Server.Tests.Jobs;

/// <summary>The same jobs with Debian's Slurm on this one machine, started by <c>tests/slurm</c>.</summary>
public sealed class SlurmTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SlurmFact]
    public async Task Jobs_run_in_Slurm_and_are_cancelled_there_and_found_again_by_the_next_server()
    {
        await Slurm("start");
        Environment.SetEnvironmentVariable("SLURM_CONF", Path.Combine(_folder.Root, "slurm.conf"));
        try
        {
            await using var server = await JobsServer.StartAsync();
            server.AddKind("work", "echo \"in Slurm: ${SLURM_JOB_ID:+yes} $1\"; echo '{\"accuracy\":1}' >result.json; exit \"${2:-0}\"", "arguments:\n  - {name: word}\n  - {name: code, type: integer}");
            server.AddKind("long", "echo begun; while [ ! -e go ]; do sleep 0.1; done; echo ended");

            var done = await server.UntilAsync(await server.SubmitAsync("work", """{"word":"$(id) a b","code":0}""", ""","executor":"slurm","memory":"100 MB" """), "succeeded", "failed");
            Assert.True((string)done["state"]! == "succeeded", done.ToJsonString());
            Assert.Equal("in Slurm: yes $(id) a b\n", await server.LogAsync((long)done["id"]!));
            Assert.Equal(1, (double)done["result"]!["accuracy"]!);

            var failed = await server.UntilAsync(await server.SubmitAsync("work", """{"word":"x","code":7}""", ""","executor":"slurm","memory":"100 MB" """), "succeeded", "failed");
            Assert.Equal(7, (int)failed["exit_code"]!);

            var ended = await server.SubmitAsync("long", "{}", ""","executor":"slurm","memory":"100 MB" """);
            await server.FileAsync(ended, 1, "log");
            await server.CallAsync(HttpMethod.Post, $"/api/jobs/{ended}/cancel");
            await server.UntilAsync(ended, "cancelled");

            var adopted = await server.SubmitAsync("long", "{}", ""","executor":"slurm","memory":"100 MB" """);
            await server.FileAsync(adopted, 1, "log");
            await server.StartAgainAsync();
            await File.WriteAllTextAsync(Path.Combine(server.Home.Jobs, $"{adopted}", "1", "go"), "");
            var whole = await server.UntilAsync(adopted, "succeeded", "failed");
            Assert.Single(whole["attempts"]!.AsArray());
            Assert.Equal("begun\nended\n", await server.LogAsync(adopted));
        }
        finally
        {
            Environment.SetEnvironmentVariable("SLURM_CONF", null);
            await Slurm("stop");
        }
    }

    private async Task Slurm(string what)
    {
        using var script = Process.Start(new ProcessStartInfo(Path.Combine(Repository.Root, "tests", "slurm"), [what, _folder.Root]) { RedirectStandardError = true })!;
        var error = await script.StandardError.ReadToEndAsync();
        await script.WaitForExitAsync();
        Assert.True(script.ExitCode == 0, error);
    }
}

/// <summary>A test that needs Slurm; it is skipped, and says so, where that is not installed or may not be started.</summary>
public sealed class SlurmFactAttribute : FactAttribute
{
    public SlurmFactAttribute()
    {
        if (!File.Exists("/usr/sbin/slurmctld") || !File.Exists("/usr/sbin/munged")) Skip = "Slurm is not here. Type: apt-get install --no-install-recommends slurm-wlm munge";
        else if (Environment.UserName != "root") Skip = "Only root can start Slurm.";
    }
}

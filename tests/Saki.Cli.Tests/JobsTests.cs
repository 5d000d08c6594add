using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Saki.Cli.Tests;

/// <summary>Jobs as a person has them: a server in a process of its own that is killed at any moment, and the command that talks to it.</summary>
public class JobsTests
{
    [Fact]
    public async Task A_training_as_a_job_is_checked_first_then_logs_to_its_run_and_ends_with_a_package()
    {
        using var cli = new Cli();
        Assert.Equal(0, (await cli.Run("data", "sample", "emotions", "--train", "140", "--size", "48")).ExitCode);
        await using var server = await UpServer.StartAsync(cli, "tracking", "jobs");

        var refused = await cli.Run("jobs", "start", "train", "experiment=emotions", "trainer.epoch=2", "--server", server.Address);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("epochs", refused.Error, StringComparison.Ordinal); // the trainer's own did-you-mean
        Assert.Empty(JsonDocument.Parse((await cli.Run("jobs", "list", "--json", "--server", server.Address)).Output).RootElement.GetProperty("jobs").EnumerateArray());

        string[] small = ["experiment=emotions", "trainer.epochs=2", "trainer.seconds=null", "network.channels=[8,16]", "network.convolutions=[1,1]", "dataset.width=24", "dataset.height=24", "trainer.threads=1"];
        var followed = await cli.Run(["jobs", "start", "train", .. small, "--follow", "--server", server.Address]);
        Assert.True(followed.ExitCode == 0, followed.Output + followed.Error);
        Assert.Contains("epoch 2:", followed.Output, StringComparison.Ordinal);

        var job = JsonDocument.Parse((await cli.Run("jobs", "show", "1", "--json", "--server", server.Address)).Output).RootElement;
        Assert.Matches("name: .?emotions@[0-9a-f]{64}", job.GetProperty("plan").GetProperty("files").GetProperty("config/train.yaml").GetString()); // frozen data
        var run = await cli.Run("runs", "show", job.GetProperty("run_id").GetString()!, "--server", server.Address);
        Assert.Contains("FINISHED", run.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("tag saki.job = 1", run.Output, StringComparison.Ordinal);

        var evaluated = await cli.Run("jobs", "start", "evaluate", "target=runs:/latest", "data=emotions:test", "--follow", "--server", server.Address);
        Assert.True(evaluated.ExitCode == 0, evaluated.Output + evaluated.Error);
        var result = JsonDocument.Parse((await cli.Run("jobs", "show", "2", "--json", "--server", server.Address)).Output).RootElement.GetProperty("result");
        Assert.Equal(17, result.GetProperty("samples").GetInt32());
    }

    // SAKI_KILL_ROUNDS=200 for a long look; each round kills the server, the supervisors, the programs or all of them at a random moment.
    [Fact]
    public async Task However_often_all_of_it_is_killed_each_job_has_at_most_one_process_and_comes_to_its_end()
    {
        var rounds = int.Parse(Environment.GetEnvironmentVariable("SAKI_KILL_ROUNDS") ?? "5", CultureInfo.InvariantCulture);
        var random = new SeededRandom(11);
        using var cli = new Cli();
        // The program takes an exclusive mark of its own job; if another process of the job lives it says so in a file that fails the test.
        cli.Write("home/kinds/work.sh", """
            #!/bin/sh
            if [ -s ../mark ] && kill -0 "$(cat ../mark)" 2>/dev/null && grep -q work.sh "/proc/$(cat ../mark)/cmdline"; then echo "$$ beside $(cat ../mark)" >>../../two-at-once; fi
            echo $$ >../mark
            echo "$$" >>../starts
            for i in 1 2 3 4 5 6 7 8; do sleep 0.1; done
            [ "$(cat ../mark)" = $$ ] || echo "$$ overtaken by $(cat ../mark)" >>../../two-at-once
            """);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(cli.At("home", "kinds", "work.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        cli.Write("home/kinds/work.yaml", "kind: work\ntitle: Work\ncommand: [./work.sh]\n");
        var jobs = cli.At("home", "jobs");

        var asked = new List<long>();
        for (var round = 0; round < rounds; round++)
        {
            await using var server = await UpServer.StartAsync(cli, "tracking", "jobs");
            for (var i = 0; i < 2; i++)
            {
                var started = await cli.Run("jobs", "start", "work", "--json", "--server", server.Address);
                Assert.True(started.ExitCode == 0, started.Error);
                asked.Add(JsonDocument.Parse(started.Output).RootElement.GetProperty("id").GetInt64());
            }
            await Task.Delay(random.Next(1500));
            var what = random.Next(4);
            if (what is 1 or 3) Kill("supervise.sh", jobs);
            if (what is 2 or 3) Kill("work.sh", jobs);
            server.Kill();
            if (what is 3) Kill("supervise.sh", jobs);
        }

        await using (var last = await UpServer.StartAsync(cli, "tracking", "jobs"))
        {
            foreach (var id in asked)
            {
                var followed = await cli.Run("jobs", "logs", $"{id}", "--follow", "--server", last.Address);
                var job = JsonDocument.Parse((await cli.Run("jobs", "show", $"{id}", "--json", "--server", last.Address)).Output).RootElement;
                // A program that was killed while its supervisor lived has failed; everything else went on to its end.
                Assert.True(job.GetProperty("state").GetString() is "succeeded" || (job.TryGetProperty("exit_code", out var code) && code.GetInt32() == 137), $"{job}\n{followed.Error}");
            }
        }
        Assert.False(File.Exists(Path.Combine(jobs, "two-at-once")), File.Exists(Path.Combine(jobs, "two-at-once")) ? File.ReadAllText(Path.Combine(jobs, "two-at-once")) : "");
        Assert.Equal(rounds * 2, asked.Distinct().Count());
        Assert.All(asked, id => Assert.True(File.Exists(Path.Combine(jobs, $"{id}", "starts")), $"job {id} never began"));
    }

    private static void Kill(string program, string jobs)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id)) continue;
            try
            {
                var (command, environment) = (File.ReadAllText($"{folder}/cmdline"), File.ReadAllText($"{folder}/environ"));
                if (!command.Contains(program, StringComparison.Ordinal) || !environment.Contains($"SAKI_JOB_FOLDER={jobs}/", StringComparison.Ordinal)) continue;
                using var process = Process.GetProcessById(id);
                process.Kill();
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
            {
                // It ended by itself meanwhile.
            }
        }
    }
}

/// <summary><c>saki up</c> in a process of its own.</summary>
internal sealed class UpServer : IAsyncDisposable
{
    private readonly Process _process;

    private UpServer(Process process, int port) => (_process, Address) = (process, $"http://127.0.0.1:{port}");

    public string Address { get; }

    public static Task<UpServer> StartAsync(Cli cli, params string[] roles) => StartAsync(cli, ["--no-auth", "--roles", .. roles], "up");

    /// <summary>With all roles; people sign in.</summary>
    public static Task<UpServer> StartWithSignInAsync(Cli cli) => StartAsync(cli, [], "up");

    private static async Task<UpServer> StartAsync(Cli cli, string[] options, string verb)
    {
        var port = FreePort();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Saki.Cli.dll"), verb, "--port", $"{port}", "--home", cli.Home, .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var server = new UpServer(Process.Start(start)!, port);
        _ = server._process.StandardError.ReadToEndAsync();
        while (await server._process.StandardOutput.ReadLineAsync() is { } line && !line.StartsWith("Page", StringComparison.Ordinal)) { }
        _ = server._process.StandardOutput.ReadToEndAsync();
        Assert.False(server._process.HasExited, "the server ended at once");
        return server;
    }

    /// <summary>kill -9.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

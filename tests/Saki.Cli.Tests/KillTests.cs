using System.Diagnostics;
using System.Globalization;
using Saki.Torch;
using Saki.Torch.Training;

namespace Saki.Cli.Tests;

/// <summary>
/// A training in a process of its own, killed with SIGKILL at random steps and resumed each time, ends like one that was left alone: every weight, average and optimiser slot and every
/// figure to the last bit.
/// </summary>
public sealed class KillTests
{
    // 3 in the suite; SAKI_KILLS=20 for the whole proof, a few minutes.
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("SAKI_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 3;

    private static readonly int Epochs = Math.Max(6, Kills), Steps = Epochs * 8;

    // Steps of some 30 ms: long enough that a busy machine looks at the checkpoint between two of them.
    private static readonly string[] Training =
    [
        "train", "dataset=emotions", "network.channels=[24,48]", "network.convolutions=[1,1]", "network.dropout=0.2", "augment=light", $"trainer.epochs={Epochs}", "trainer.batch_size=32", "trainer.threads=1", "trainer.checkpoint_every=1", "trainer.ema=0.9", "trainer.keep_best=2", "optimizer=adamw",
    ];

    [Fact]
    public async Task A_training_killed_at_random_steps_and_resumed_ends_with_the_same_bits()
    {
        using var cli = new Cli();
        Assert.Equal(0, (await cli.Run("data", "sample", "emotions", "--train", "280", "--size", "48")).ExitCode);
        var alone = await cli.Run(Training);
        Assert.True(alone.ExitCode == 0, alone.Error);
        var whole = Assert.Single(Runs(cli));

        var random = new SeededRandom(20);
        var killed = await KillAt(cli, Training, null, Target(0, 0), random);
        for (var kill = 1; kill < Kills; kill++) await KillAt(cli, ["train", "--resume", Path.GetFileName(killed)], killed, Target(kill, StepOf(killed)), random);
        Assert.True(StepOf(killed) < Steps, "killed before its end");
        var resumed = await cli.Run("train", "--resume", Path.GetFileName(killed));

        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Equal(Figures(whole), Figures(killed));
        Assert.Equal(Tensors(whole), Tensors(killed));

        // A random step of each of the parts into which the kills cut the training, later than where it stands.
        long Target(int kill, long at) => Math.Max(at + 1, ((long)Steps * kill / (Kills + 1)) + 1 + random.Next(Steps / (Kills + 1)));
    }

    private static async Task<string> KillAt(Cli cli, string[] arguments, string? run, long step, SeededRandom random)
    {
        var others = Runs(cli);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Saki.Cli.dll"), .. arguments, "--home", cli.Home, "--quiet"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var child = Process.Start(start)!;
        while (!child.HasExited)
        {
            run ??= Runs(cli).Except(others).SingleOrDefault();
            if (run is not null && File.Exists(Last(run)) && StepOf(run) >= step) break;
            await Task.Delay(2);
        }
        await Task.Delay(random.Next(15)); // somewhere inside a step, or a checkpoint's writing
        if (child.HasExited) Assert.Fail($"It ended before its kill at step {step}: {await child.StandardOutput.ReadToEndAsync()}{await child.StandardError.ReadToEndAsync()}");
        child.Kill(); // SIGKILL
        await child.WaitForExitAsync();
        return run!;
    }

    private static string[] Runs(Cli cli) => Directory.Exists(Path.Combine(cli.Home, "runs")) ? Directory.GetDirectories(Path.Combine(cli.Home, "runs")) : [];

    private static string Last(string run) => Path.Combine(run, "checkpoints", "last.safetensors");

    private static long StepOf(string run) => Checkpoint.ReadState(Last(run)).Step;

    private static (int, long, double, double, double, double, double)[] Figures(string run) =>
        [.. Checkpoint.ReadState(Last(run)).History.Select(epoch => (epoch.Epoch, epoch.Step, epoch.TrainLoss, epoch.ValLoss, epoch.ValAccuracy, epoch.ValBalancedAccuracy, epoch.LearningRate))];

    private static (string, string)[] Tensors(string run)
    {
        using var scope = torch.NewDisposeScope();
        return [.. Safetensors.Load(Last(run)).OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => (entry.Key, Convert.ToHexString(entry.Value.contiguous().bytes())))];
    }
}

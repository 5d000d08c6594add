using Saki.Configuration;
using Saki.Testing;
using Saki.Torch.Networks;
using Saki.Torch.Training;

namespace Saki.Torch.Tests.Training;

public sealed class TrainTests
{
    [Fact]
    public void The_loss_falls_and_the_classes_are_learned()
    {
        using var data = new TinyData();
        var result = Train.Run(data.Request(TinyData.Options(epochs: 8), "r1"), _ => { }, default);
        using var model = result.Model!;
        Assert.True(model.History[^1].TrainLoss < 0.8 * model.History[0].TrainLoss, string.Join(" ", model.History));
        Assert.True(model.Best.ValAccuracy >= 0.9, string.Join(" ", model.History));
        Assert.Equal(data.Version.Digest, model.Dataset);
        Assert.Equal(["left", "middle", "right"], model.Pipeline.Labels);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_another_does_not()
    {
        using var data = new TinyData();
        var first = Weights(data, TinyData.Options(), "a");
        Assert.Equal(first, Weights(data, TinyData.Options(), "b"));
        Assert.NotEqual(first, Weights(data, TinyData.Options() with { Seed = 8 }, "c"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.9)]
    public void A_training_interrupted_at_random_steps_and_resumed_ends_with_the_same_bits(double ema)
    {
        using var data = new TinyData();
        var options = TinyData.Options() with { Trainer = TinyData.Options().Trainer with { Ema = ema } };
        var (whole, history) = Finish(data, options, "whole", resume: false);

        var random = new SeededRandom(5);
        var resume = false;
        TrainResult result;
        var interruptions = 0;
        do
        {
            result = RunFor(data.Request(options, "pieces", resume), 1 + random.Next(6));
            resume = true;
            if (result.Interrupted) interruptions++;
        }
        while (result.Interrupted);

        using var model = result.Model!;
        Assert.True(interruptions >= 3, $"{interruptions} interruptions");
        Assert.Equal(whole, Bits(model));
        Assert.Equal(history, model.History.Select(epoch => (epoch.TrainLoss, epoch.ValLoss, epoch.ValAccuracy)));
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_with_the_samples_and_the_last_good_checkpoint()
    {
        using var data = new TinyData();
        var options = TinyData.Options() with { Optimizer = new OptimizerOptions { Lr = 1e30, Momentum = 0 } };
        var failure = Assert.Throws<SakiException>(() => Train.Run(data.Request(options, "nan"), _ => { }, default));
        Assert.Contains("finite loss", failure.Message);
        Assert.Contains(".pgm", failure.Message);
        Assert.Contains("optimizer.lr", failure.Message);
    }

    [Fact]
    public void A_batch_larger_than_the_set_is_told_with_the_largest_that_fits()
    {
        using var data = new TinyData(30);
        var options = TinyData.Options() with { Trainer = new TrainerOptions { BatchSize = 500 } };
        var failure = Assert.Throws<SakiException>(() => Train.Run(data.Request(options, "big"), _ => { }, default));
        Assert.Contains("trainer.batch_size of at most 27", failure.Message);
    }

    [Fact]
    public void All_options_out_of_range_are_told_at_once_with_their_ranges()
    {
        var config = (ConfigMap)ConfigYaml.Parse("""
            dataset: {name: tiny, std: [0]}
            network: {name: airbench94, activation: reul}
            optimizer: {lr: .nan, momentum: 1}
            loss: {label_smoothing: 1.5}
            augment: {flip: {p: 2}, rotates: {degrees: 5}}
            trainer: {epochs: 0, precision: fp8}
            """, "bad.yaml");
        var message = Assert.Throws<ConfigException>(() => TrainConfig.Bind(config, NetworkRegistry.BuiltIn())).Message;
        foreach (var part in (string[])["9 mistakes", "dataset.std.0", "network.activation", "\"relu\"", "optimizer.lr", "optimizer.momentum", "loss.label_smoothing", "augment.flip.p", "rotate", "trainer.epochs", "fp32, bf16"])
            Assert.Contains(part, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_at_once_interrupted_and_resumed_ends_with_the_same_bits()
    {
        using var data = new TinyData();
        var options = TinyData.Options() with
        {
            Network = new NetworkOptions { Name = "airbench94", Options = new AirbenchOptions { Widths = [8, 8], Convolutions = 3, Activation = "silu", Dropout = 0.1 } },
            Augment = new AugmentOptions { Flip = new FlipOptions { Alternating = true }, Rotate = new RotateOptions(), Mixup = new MixupOptions(), Cutmix = new CutmixOptions() },
            Optimizer = new OptimizerOptions { Name = "muon", Lr = 0.05, SgdLr = 0.05, Momentum = 0.6, DecayBias = false, ClipNorm = 5 },
            Loss = new LossOptions { Name = "focal", ClassWeights = "effective_number" },
            Package = new PackageOptions { Mirror = true },
        };
        options = options with { Trainer = options.Trainer with { Accumulate = 2, Sampling = "class_balanced", Workers = 2, Ema = 0.9, StartSize = 12, CheckpointEvery = 1 } };
        var (whole, history) = Finish(data, options, "whole", resume: false);
        var first = RunFor(data.Request(options, "pieces"), 5);
        Assert.True(first.Interrupted);
        var (again, againHistory) = Finish(data, options, "pieces", resume: true);
        Assert.Equal(whole, again);
        Assert.Equal(history, againHistory);
    }

    [Fact]
    public void A_training_killed_at_twenty_random_moments_and_resumed_ends_with_the_same_bits_each_time()
    {
        using var data = new TinyData();
        var options = TinyData.Options(epochs: 5);
        options = options with { Trainer = options.Trainer with { CheckpointEvery = 1, Ema = 0.5, KeepBest = 2 }, Optimizer = new OptimizerOptions { Name = "adamw", Lr = 0.01 } };
        // Files are renamed into place whole, so that what a kill leaves behind is what lies on the disk at that moment: the folder is copied at each of the training's looks at the clock.
        var request = data.Request(options, "whole");
        using var watched = new CopyingClock(Path.Combine(request.RunFolder, "checkpoints"), Path.Combine(data.Home.Root, "moments"));
        byte[] whole;
        (double, double, double)[] history;
        using (var model = Train.Run(request with { Time = watched }, _ => { }, default).Model!) (whole, history) = (Bits(model), Figures(model));

        var moments = watched.Copies.ToArray();
        new SeededRandom(9).Shuffle<string>(moments);
        Assert.True(moments.Length >= 30, $"{moments.Length} moments");
        foreach (var moment in moments.Take(20))
        {
            var run = Path.GetFileName(moment);
            Directory.CreateDirectory(Path.Combine(data.Home.Runs, run));
            Directory.Move(moment, Path.Combine(data.Home.Runs, run, "checkpoints"));
            var (again, figures) = Finish(data, options, run, resume: true);
            Assert.Equal(whole, again);
            Assert.Equal(history, figures);
        }
    }

    [RootFact]
    public void A_full_disk_at_a_checkpoint_is_told_keeps_the_last_one_and_the_training_goes_on_when_there_is_room()
    {
        using var data = new TinyData();
        var options = TinyData.Options(epochs: 4);
        var (whole, history) = Finish(data, options, "whole", resume: false);
        using var disk = new SmallDisk(Path.Combine(data.Home.Runs, "full"), "256k");
        var filler = Path.Combine(disk.Path, "filler");
        void FillAfterTwo(TrainProgress at)
        {
            if (at.Finished is not { Epoch: 2 }) return;
            using var file = File.Create(filler);
            try { while (true) file.Write(new byte[4096]); }
            catch (IOException) { } // full now
        }

        var failure = Assert.Throws<SakiException>(() => Train.Run(data.Request(options, "full"), FillAfterTwo, default));

        Assert.Contains("full disk", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, Checkpoint.ReadState(Path.Combine(disk.Path, "checkpoints", "last.safetensors")).Epoch);
        File.Delete(filler);
        var (again, againHistory) = Finish(data, options, "full", resume: true);
        Assert.Equal(whole, again);
        Assert.Equal(history, againHistory);
    }

    [Fact]
    public void A_training_that_stands_still_ends_early()
    {
        using var data = new TinyData();
        var options = TinyData.Options(50);
        options = options with { Optimizer = new OptimizerOptions { Lr = 1e-12 }, Trainer = options.Trainer with { Patience = 2 } };
        using var model = Train.Run(data.Request(options, "still"), _ => { }, default).Model!;
        Assert.InRange(model.History.Count, 3, 10);
    }

    [Fact]
    public void Evaluating_less_often_still_evaluates_the_end()
    {
        using var data = new TinyData();
        var options = TinyData.Options(5);
        using var model = Train.Run(data.Request(options with { Trainer = options.Trainer with { EvaluateEvery = 2 } }, "seldom"), _ => { }, default).Model!;
        Assert.Equal([2, 4, 5], model.History.Select(epoch => epoch.Epoch));
    }

    [Fact]
    public void A_profile_tells_the_parts_of_a_step_and_writes_a_trace()
    {
        using var data = new TinyData();
        var profile = new TrainProfile(TimeProvider.System);
        using var model = Train.Run(data.Request(TinyData.Options(2), "profile") with { Profile = profile }, _ => { }, default).Model;
        var steps = model!.History[^1].Step;
        foreach (var part in (string[])["loader", "copy", "forward", "backward", "optimizer"])
            Assert.Equal(steps, Assert.Single(profile.Table, row => row.Name == part).Count);
        var path = Path.Combine(data.Home.Root, "trace.json");
        profile.WriteChromeTrace(path);
        using var trace = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(path));
        Assert.Equal(profile.Table.Sum(row => row.Count), trace.RootElement.GetProperty("traceEvents").GetArrayLength());
    }

    [Fact]
    public void A_limit_in_seconds_ends_a_training_with_a_model()
    {
        using var data = new TinyData();
        var options = TinyData.Options() with { Trainer = TinyData.Options().Trainer with { Epochs = 100_000, Seconds = 0.5 } };
        var result = Train.Run(data.Request(options, "short"), _ => { }, default);
        using var model = result.Model;
        Assert.False(result.Interrupted);
        Assert.InRange(model!.History[^1].LearningRate, 0, 0.05 * 0.2); // the schedule ran down although the epochs were far away
    }

    [Fact]
    public void Progress_tells_epochs_and_their_figures()
    {
        using var data = new TinyData();
        var reports = new List<TrainProgress>();
        using var model = Train.Run(data.Request(TinyData.Options(2), "progress"), reports.Add, default).Model;
        Assert.Equal([1, 2], reports.Where(report => report.Finished is not null).Select(report => report.Finished!.Epoch));
        Assert.All(reports, report => Assert.Equal(2, report.Epochs));
        Assert.Equal(reports[^1].Steps, reports[^1].Step);
    }

    private static (byte[] Bits, (double, double, double)[] History) Finish(TinyData data, TrainOptions options, string run, bool resume)
    {
        using var model = Train.Run(data.Request(options, run, resume), _ => { }, default).Model!;
        return (Bits(model), Figures(model));
    }

    private static (double, double, double)[] Figures(TrainedModel model) => [.. model.History.Select(epoch => (epoch.TrainLoss, epoch.ValLoss, epoch.ValAccuracy))];

    private static byte[] Weights(TinyData data, TrainOptions options, string run) => Finish(data, options, run, resume: false).Bits;

    private static byte[] Bits(TrainedModel model) =>
        [.. model.Network.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal).SelectMany(entry =>
        {
            using var rows = entry.Value.contiguous();
            return rows.bytes().ToArray();
        })];

    // Cancels inside the training's own thread after so many steps: where a Ctrl-C lands is then exact.
    private static TrainResult RunFor(TrainRequest request, int steps)
    {
        using var stop = new CancellationTokenSource();
        var clock = new CountingClock(steps, stop);
        return Train.Run(request with { Time = clock }, _ => { }, stop.Token);
    }

    // Copies a folder whenever the training reads the clock and the folder's last checkpoint is new.
    private sealed class CopyingClock(string folder, string target) : TimeProvider, IDisposable
    {
        private DateTime _seen;

        internal List<string> Copies { get; } = [];

        public override long GetTimestamp()
        {
            var last = Path.Combine(folder, "last.safetensors");
            if (File.Exists(last) && File.GetLastWriteTimeUtc(last) is var written && written != _seen)
            {
                _seen = written;
                var copy = Path.Combine(target, $"killed-{Copies.Count}");
                Directory.CreateDirectory(copy);
                foreach (var file in Directory.GetFiles(folder)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
                Copies.Add(copy);
            }
            return base.GetTimestamp();
        }

        public void Dispose() => Directory.Delete(target, recursive: true);
    }

    // Every step reads the clock; the reading after the last step wanted cancels.
    private sealed class CountingClock(int steps, CancellationTokenSource stop) : TimeProvider
    {
        private int _readings;

        public override long GetTimestamp()
        {
            if (++_readings == 5 + (steps * 3)) stop.Cancel();
            return base.GetTimestamp();
        }
    }
}

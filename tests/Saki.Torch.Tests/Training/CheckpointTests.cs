using Saki.Torch.Networks;
using Saki.Torch.Training;

namespace Saki.Torch.Tests.Training;

public sealed class CheckpointTests
{
    [Fact]
    public void A_torn_checkpoint_gives_one_clear_line()
    {
        using var data = new TinyData(40);
        var (options, path) = Trained(data);
        var whole = File.ReadAllBytes(path);
        foreach (var length in new[] { 0, 5, 200, whole.Length / 2, whole.Length - 1 })
        {
            File.WriteAllBytes(path, whole.AsSpan(0, length).ToArray());
            var failure = Assert.Throws<SakiException>(() => Train.Run(data.Request(options, "run", resume: true), _ => { }, default));
            Assert.Contains(path, failure.Message);
            Assert.DoesNotContain('\n', failure.Message);
        }
    }

    [Fact]
    public void A_checkpoint_of_another_network_is_refused_by_name()
    {
        using var data = new TinyData(40);
        var (options, _) = Trained(data);
        var other = options with { Network = new NetworkOptions { Name = "mlp", Options = new MlpOptions { Hidden = [8] } } };
        var failure = Assert.Throws<SakiException>(() => Train.Run(data.Request(other, "run", resume: true), _ => { }, default));
        Assert.Contains("the network of this training, mlp, got emotion_cnn", failure.Message);
    }

    [Fact]
    public void The_same_network_with_other_widths_is_refused_with_the_shapes()
    {
        using var data = new TinyData(40);
        var (options, _) = Trained(data);
        var other = options with { Network = new NetworkOptions { Options = new EmotionCnnOptions { Channels = [8, 24], Convolutions = [1, 1] } } };
        var failure = Assert.ThrowsAny<SakiException>(() => Train.Run(data.Request(other, "run", resume: true), _ => { }, default));
        Assert.Contains("[16, 8, 3, 3]", failure.Message);
    }

    [Fact]
    public void Resuming_a_run_without_a_checkpoint_says_what_to_leave_out()
    {
        using var data = new TinyData(40);
        var failure = Assert.Throws<SakiException>(() => Train.Run(data.Request(TinyData.Options(1), "none", resume: true), _ => { }, default));
        Assert.Contains("--resume", failure.Message);
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_leaves_the_old_one()
    {
        using var data = new TinyData(40);
        var (_, path) = Trained(data);
        var whole = File.ReadAllBytes(path);
        var state = Checkpoint.ReadState(path);
        using var network = NetworkRegistry.BuiltIn().Create("mlp", new MlpOptions { Hidden = [4] }, new NetworkShape(1, 16, 16, 3));
        using var optimizer = Optimizers.Create(new OptimizerOptions(), new WeightsOptions(), network);
        // A folder in the way of the temporary file stands for any failing write; a full disk takes the same path through DurableFile.
        var blocker = Path.Combine(Path.GetDirectoryName(path)!, $".last.safetensors.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.tmp");
        Directory.CreateDirectory(blocker);
        Assert.Throws<SakiException>(() => Checkpoint.Save(path, state, network, null, optimizer));
        Assert.Equal(whole, File.ReadAllBytes(path));
    }

    [Fact]
    public void A_finished_run_that_is_resumed_gives_its_model_again()
    {
        using var data = new TinyData(40);
        var (options, path) = Trained(data);
        var state = Checkpoint.ReadState(path);
        using var model = Train.Run(data.Request(options, "run", resume: true), _ => { }, default).Model;
        Assert.Equal(state.Kept[0].Epoch, model!.Best.Epoch);
        Assert.Equal(state.History, model.History);
    }

    [Fact]
    public void The_best_epochs_weights_stay_and_the_others_go()
    {
        using var data = new TinyData(60);
        var options = TinyData.Options(5);
        options = options with { Trainer = options.Trainer with { KeepBest = 2, Monitor = "val_loss" } };
        var result = Train.Run(data.Request(options, "run"), _ => { }, default);
        using var model = result.Model!;
        var best = model.History.OrderBy(epoch => epoch.ValLoss).Select(epoch => epoch.Epoch).Take(2).ToList();
        Assert.Equal(best[0], model.Best.Epoch);
        var files = Directory.GetFiles(Path.GetDirectoryName(result.Checkpoint!)!).Select(Path.GetFileName).Order();
        Assert.Equal([.. best.Order().Select(epoch => $"epoch-{epoch:d4}.safetensors"), "last.safetensors"], files);
    }

    [Fact]
    public void Of_equally_good_epochs_the_later_is_the_best()
    {
        var trainer = new TrainerOptions { KeepBest = 2 };
        var state = new TrainState { Run = "run", Config = "", Dataset = "", Network = "mlp", Labels = [] };
        foreach (var accuracy in (double[])[0.8, 0.9, 0.9, 0.7, 0.9])
        {
            var epoch = state.Epoch + 1;
            state = state with { Epoch = epoch };
            state = state.WithKept(new EpochMetrics(epoch, epoch, 1, 1, accuracy, accuracy, 0.1, 1, 1, 1), trainer) ?? state;
        }
        Assert.Equal([5, 3], state.Kept.Select(kept => kept.Epoch));
        Assert.Equal(5, state.BestEpoch);
    }

    private static (TrainOptions Options, string Last) Trained(TinyData data)
    {
        var options = TinyData.Options(2);
        var result = Train.Run(data.Request(options, "run"), _ => { }, default);
        result.Model!.Dispose();
        return (options, result.Checkpoint!);
    }
}

using System.Text.Json.Serialization;

namespace Saki.Torch.Training;

/// <summary>Where a training stood, beside its tensors: with both it goes on as if it had never stopped. No generator state is in it: a step draws from the seed and its number.</summary>
public sealed record TrainState
{
    /// <summary>The run that wrote it.</summary>
    [JsonPropertyName("run")] public required string Run { get; init; }

    /// <summary>The composed configuration of the run, as text.</summary>
    [JsonPropertyName("config")] public required string Config { get; init; }

    /// <summary>Digest of the data set version, 64 hex digits.</summary>
    [JsonPropertyName("dataset")] public required string Dataset { get; init; }

    /// <summary>The network's registered name.</summary>
    [JsonPropertyName("network")] public required string Network { get; init; }

    /// <summary>Class names in the order of the outputs.</summary>
    [JsonPropertyName("labels")] public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The epoch it is in, from 0.</summary>
    [JsonPropertyName("epoch")] public int Epoch { get; init; }

    /// <summary>Steps done in that epoch.</summary>
    [JsonPropertyName("step_in_epoch")] public int StepInEpoch { get; init; }

    /// <summary>Steps done in all.</summary>
    [JsonPropertyName("step")] public long Step { get; init; }

    /// <summary>Sum of the losses of the steps since the last evaluation.</summary>
    [JsonPropertyName("loss_sum")] public double LossSum { get; init; }

    /// <summary>How many steps that were.</summary>
    [JsonPropertyName("loss_count")] public long LossCount { get; init; }

    /// <summary>Seconds trained so far.</summary>
    [JsonPropertyName("seconds")] public double Seconds { get; init; }

    /// <summary>Epochs whose weights are kept, the best first.</summary>
    [JsonPropertyName("kept")] public IReadOnlyList<KeptEpoch> Kept { get; init; } = [];

    /// <summary>The best epoch, from 1; 0 before the first evaluation.</summary>
    [JsonIgnore] public int BestEpoch => Kept.Count == 0 ? 0 : Kept[0].Epoch;

    /// <summary>Figures of the evaluated epochs.</summary>
    [JsonPropertyName("history")] public IReadOnlyList<EpochMetrics> History { get; init; } = [];

    /// <summary>The monitored figure of each evaluation, signed so that more is better.</summary>
    internal IEnumerable<double> Monitored(string monitor) => History.Select(metrics => metrics.Of(monitor));

    /// <summary>Whether <paramref name="patience"/> evaluations (0: never) brought nothing better.</summary>
    internal bool StandsStill(string monitor, int patience) => patience > 0 && Schedule.Plateaus(Monitored(monitor), patience) > 0;

    /// <summary>This with the epoch among the kept ones; null when it is not good enough. Of equal ones the later counts as better: its learning rate is nearer to the schedule's end.</summary>
    internal TrainState? WithKept(EpochMetrics metrics, TrainerOptions trainer)
    {
        var kept = Kept.Append(new KeptEpoch(metrics.Epoch, metrics.Of(trainer.Monitor))).OrderByDescending(epoch => epoch.Value).ThenByDescending(epoch => epoch.Epoch).Take(trainer.KeepBest).ToList();
        return kept.Any(epoch => epoch.Epoch == metrics.Epoch) ? this with { Kept = kept } : null;
    }

    /// <summary>Before the first step.</summary>
    internal static TrainState Start(TrainRequest request) => new()
    {
        Run = request.RunId,
        Config = request.Config,
        Dataset = request.Dataset.Digest.ToString(),
        Network = request.Options.Network.Name,
        Labels = request.Dataset.Classes,
    };
}

/// <summary>An epoch whose weights are kept.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Value">Its monitored figure, signed so that more is better.</param>
public sealed record KeptEpoch([property: JsonPropertyName("epoch")] int Epoch, [property: JsonPropertyName("value")] double Value);

/// <summary>JSON of checkpoints and metrics, made at compile time. Numbers read back to the same bits.</summary>
[JsonSerializable(typeof(TrainState))]
[JsonSerializable(typeof(EpochMetrics))]
internal sealed partial class TrainJson : JsonSerializerContext;

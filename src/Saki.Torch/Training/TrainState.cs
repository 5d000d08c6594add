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

    /// <summary>Sum of the losses of the epoch's steps so far.</summary>
    [JsonPropertyName("loss_sum")] public double LossSum { get; init; }

    /// <summary>Seconds trained so far.</summary>
    [JsonPropertyName("seconds")] public double Seconds { get; init; }

    /// <summary>Best validation accuracy so far; −1 before the first evaluation.</summary>
    [JsonPropertyName("best_accuracy")] public double BestAccuracy { get; init; } = -1;

    /// <summary>The epoch it came from, from 1; 0 for none.</summary>
    [JsonPropertyName("best_epoch")] public int BestEpoch { get; init; }

    /// <summary>Figures of the finished epochs.</summary>
    [JsonPropertyName("history")] public IReadOnlyList<EpochMetrics> History { get; init; } = [];

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

/// <summary>JSON of checkpoints and metrics, made at compile time. Numbers read back to the same bits.</summary>
[JsonSerializable(typeof(TrainState))]
[JsonSerializable(typeof(EpochMetrics))]
internal sealed partial class TrainJson : JsonSerializerContext;

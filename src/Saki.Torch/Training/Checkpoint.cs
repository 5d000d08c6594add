using System.Text.Json;
using System.Text.Json.Serialization;
using Saki.Storage;

namespace Saki.Torch.Training;

/// <summary>Where a training stood, beside its tensors: with both it goes on as if it had never stopped.</summary>
/// <param name="Run">The run that wrote it.</param>
/// <param name="Config">The composed configuration of the run, as text.</param>
/// <param name="Dataset">Digest of the data set version.</param>
/// <param name="Network">The network's registered name.</param>
/// <param name="Labels">Class names in the order of the outputs.</param>
/// <param name="Epoch">The epoch it is in, from 0.</param>
/// <param name="StepInEpoch">Steps done in that epoch.</param>
/// <param name="Step">Steps done in all.</param>
/// <param name="LossSum">Sum of the losses of the epoch's steps so far.</param>
/// <param name="Seconds">Training time used so far.</param>
/// <param name="BestAccuracy">Best validation accuracy so far; −1 before the first evaluation.</param>
/// <param name="BestEpoch">The epoch it came from, from 1; 0 for none.</param>
/// <param name="History">Figures of the finished epochs.</param>
public sealed record TrainState(
    [property: JsonPropertyName("run")] string Run,
    [property: JsonPropertyName("config")] string Config,
    [property: JsonPropertyName("dataset")] string Dataset,
    [property: JsonPropertyName("network")] string Network,
    [property: JsonPropertyName("labels")] IReadOnlyList<string> Labels,
    [property: JsonPropertyName("epoch")] int Epoch,
    [property: JsonPropertyName("step_in_epoch")] int StepInEpoch,
    [property: JsonPropertyName("step")] long Step,
    [property: JsonPropertyName("loss_sum")] double LossSum,
    [property: JsonPropertyName("seconds")] double Seconds,
    [property: JsonPropertyName("best_accuracy")] double BestAccuracy,
    [property: JsonPropertyName("best_epoch")] int BestEpoch,
    [property: JsonPropertyName("history")] IReadOnlyList<EpochMetrics> History);

using System.Text.Json.Serialization;

namespace Saki.Torch.Training;

/// <summary>Where a training stands: what the command line's live line shows.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Epochs">As asked for.</param>
/// <param name="Step">Steps done since the training began.</param>
/// <param name="Steps">Steps of all epochs; a limit in seconds may end earlier.</param>
/// <param name="ImagesPerSecond">Training pictures per second since the epoch began, evaluation left out.</param>
/// <param name="Loss">Mean training loss since the last report.</param>
/// <param name="LearningRate">Of the last step.</param>
/// <param name="Left">Estimate until the end.</param>
/// <param name="Finished">The epoch's figures when one just ended; else null.</param>
public sealed record TrainProgress(
    int Epoch, int Epochs, long Step, long Steps, double ImagesPerSecond, double Loss, double LearningRate, TimeSpan Left, EpochMetrics? Finished);

/// <summary>The figures of one epoch, as they go to <c>metrics.jsonl</c> and to tracking.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Step">Steps done since the training began.</param>
/// <param name="TrainLoss">Mean over the epoch's batches, label smoothing included.</param>
/// <param name="ValLoss">Mean cross-entropy on the validation split, without label smoothing, in nats.</param>
/// <param name="ValAccuracy">Part of the validation split that was right, 0..1.</param>
/// <param name="LearningRate">Of the epoch's last step.</param>
/// <param name="ImagesPerSecond">Training pictures per second.</param>
/// <param name="Seconds">Wall time of the epoch, evaluation included.</param>
public sealed record EpochMetrics(
    [property: JsonPropertyName("epoch")] int Epoch,
    [property: JsonPropertyName("step")] long Step,
    [property: JsonPropertyName("train_loss")] double TrainLoss,
    [property: JsonPropertyName("val_loss")] double ValLoss,
    [property: JsonPropertyName("val_accuracy")] double ValAccuracy,
    [property: JsonPropertyName("lr")] double LearningRate,
    [property: JsonPropertyName("images_per_second")] double ImagesPerSecond,
    [property: JsonPropertyName("seconds")] double Seconds);

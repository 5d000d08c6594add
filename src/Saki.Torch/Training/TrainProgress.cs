using System.Text.Json.Serialization;

namespace Saki.Torch.Training;

/// <summary>Where a training stands: what the command line's live line shows.</summary>
public sealed record TrainProgress
{
    /// <summary>From 1.</summary>
    public int Epoch { get; init; }

    /// <summary>As asked for.</summary>
    public int Epochs { get; init; }

    /// <summary>Steps done since the training began.</summary>
    public long Step { get; init; }

    /// <summary>Steps of all epochs; a limit in seconds may end earlier.</summary>
    public long Steps { get; init; }

    /// <summary>Training pictures per second since the epoch began, evaluation left out.</summary>
    public double ImagesPerSecond { get; init; }

    /// <summary>Mean training loss since the last report.</summary>
    public double Loss { get; init; }

    /// <summary>Of the last step.</summary>
    public double LearningRate { get; init; }

    /// <summary>Estimate until the end.</summary>
    public TimeSpan Left { get; init; }

    /// <summary>The epoch's figures when one was just evaluated; else null.</summary>
    public EpochMetrics? Finished { get; init; }

    /// <summary>A sentence for people, once; then nothing else is set.</summary>
    public string? Note { get; init; }
}

/// <summary>The figures of one epoch, as they go to <c>metrics.jsonl</c> and to tracking.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Step">Steps done since the training began.</param>
/// <param name="TrainLoss">Mean over the batches since the last evaluation, label smoothing and weights included.</param>
/// <param name="ValLoss">Mean cross-entropy on the validation split, without label smoothing, in nats.</param>
/// <param name="ValAccuracy">Part of the validation split that was right, 0..1.</param>
/// <param name="ValBalancedAccuracy">Mean over classes of the part that was right, 0..1.</param>
/// <param name="LearningRate">Of the epoch's last step.</param>
/// <param name="ImagesPerSecond">Training pictures per second.</param>
/// <param name="Seconds">Wall time of the epoch, evaluation included.</param>
/// <param name="PeakMemoryMegabytes">Most memory that the process has had so far.</param>
public sealed record EpochMetrics(
    [property: JsonPropertyName("epoch")] int Epoch,
    [property: JsonPropertyName("step")] long Step,
    [property: JsonPropertyName("train_loss")] double TrainLoss,
    [property: JsonPropertyName("val_loss")] double ValLoss,
    [property: JsonPropertyName("val_accuracy")] double ValAccuracy,
    [property: JsonPropertyName("val_balanced_accuracy")] double ValBalancedAccuracy,
    [property: JsonPropertyName("lr")] double LearningRate,
    [property: JsonPropertyName("images_per_second")] double ImagesPerSecond,
    [property: JsonPropertyName("seconds")] double Seconds,
    [property: JsonPropertyName("peak_memory_mb")] double PeakMemoryMegabytes)
{
    /// <summary>A monitored figure by its name, signed so that more is better.</summary>
    internal double Of(string monitor) => monitor switch
    {
        "val_loss" => -ValLoss,
        "val_balanced_accuracy" => ValBalancedAccuracy,
        _ => ValAccuracy,
    };
}

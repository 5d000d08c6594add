using Saki.Datasets;
using Saki.Pipelines;
using Saki.Storage;
using Saki.Torch.Networks;
using Saki.Torch.Nn;

namespace Saki.Torch.Training;

/// <summary>A training to run: the options and everything around them.</summary>
public sealed record TrainRequest
{
    /// <summary>What is asked for.</summary>
    public required TrainOptions Options { get; init; }

    /// <summary>The composed configuration as text: kept in checkpoints, so that a resumed run can show and bind it again.</summary>
    public required string Config { get; init; }

    /// <summary>The data set version that <c>dataset.name</c> means.</summary>
    public required DatasetVersion Dataset { get; init; }

    /// <summary>Where its images are.</summary>
    public required ObjectStore Objects { get; init; }

    /// <summary>Its cache folder takes the packed samples.</summary>
    public required SakiHome Home { get; init; }

    /// <summary>Names the run in messages and checkpoints.</summary>
    public required string RunId { get; init; }

    /// <summary>The run's folder: <c>checkpoints/last.safetensors</c>, <c>checkpoints/epoch-NNNN.safetensors</c> of the best epochs, <c>metrics.jsonl</c>.</summary>
    public required string RunFolder { get; init; }

    /// <summary>Go on from <c>checkpoints/last.safetensors</c> instead of starting anew. Default false.</summary>
    public bool Resume { get; init; }

    /// <summary>Which networks there are. Default the built-in ones.</summary>
    public NetworkRegistry Networks { get; init; } = NetworkRegistry.BuiltIn();

    /// <summary>Takes where the time goes; null (default) for none.</summary>
    public TrainProfile? Profile { get; init; }

    /// <summary>Measures speed and <c>trainer.seconds</c>. Default the system's clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>How a training ended: with a model, or interrupted with a checkpoint to go on from.</summary>
/// <param name="Model">The trained model, owned by the caller; null when interrupted.</param>
/// <param name="Checkpoint">The newest checkpoint; null when it was interrupted before the first step.</param>
public sealed record TrainResult(TrainedModel? Model, string? Checkpoint)
{
    /// <summary>True when a cancellation ended it; <c>saki train --resume RUN</c> goes on where <see cref="Checkpoint"/> stands.</summary>
    public bool Interrupted => Model is null;
}

/// <summary>A trained network and what must travel with it. Owns the network.</summary>
/// <param name="Network">With the weights of the best epoch, in evaluation mode.</param>
/// <param name="NetworkName">Its registered name.</param>
/// <param name="Pipeline">How a picture becomes its input; labels included.</param>
/// <param name="Dataset">Digest of the data set version.</param>
/// <param name="RunId">The run that trained it.</param>
/// <param name="Best">The figures of the epoch whose weights these are.</param>
/// <param name="History">The figures of all epochs.</param>
public sealed record TrainedModel(
    Module Network, string NetworkName, Pipeline Pipeline, Digest Dataset, string RunId, EpochMetrics Best, IReadOnlyList<EpochMetrics> History) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();
}

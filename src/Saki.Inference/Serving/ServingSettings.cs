namespace Saki.Inference.Serving;

/// <summary>How a model is served.</summary>
public sealed record ServingSettings
{
    /// <summary>Most rows in one run. Default 32.</summary>
    public int MaxBatch { get; init; } = 32;

    /// <summary>Threads of one run. Default 1: the cores are filled by runs side by side, which answers most requests on 2 cores as on 64.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Runs of this model at once; null (default): as many as there are cores.</summary>
    public int? Instances { get; init; }

    /// <summary>Most rows that may wait. Default 100.</summary>
    public int MaxQueued { get; init; } = 100;

    /// <summary>Triton's max_queue_delay_microseconds; null (default): chosen from measured times.</summary>
    public int? DelayMicroseconds { get; init; }

    /// <summary>
    /// True: pictures share runs where that is measured to save time; their last bits then depend on their neighbours. False (default): a picture is run by itself and has
    /// the bits that <c>saki predict</c> gives.
    /// </summary>
    public bool SharePictures { get; init; }

    /// <summary>Class names where no pipeline gives them.</summary>
    public IReadOnlyList<string>? Labels { get; init; }
}

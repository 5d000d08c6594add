using Saki.Labelling;
using Saki.Labelling.Sampling;
using Saki.Server.Charts;
using Saki.Server.Http;

namespace Saki.Server.Labelling;

/// <summary>All that the list of queues shows.</summary>
public sealed record LabelListView
{
    /// <summary>The newest first.</summary>
    public required IReadOnlyList<LabelQueueView> Queues { get; init; }

    /// <summary>Names of the data sets.</summary>
    public required IReadOnlyList<string> Data { get; init; }

    /// <summary>True for who may ask for queues.</summary>
    public required bool MayManage { get; init; }

    /// <summary>Why the last one asked for was refused.</summary>
    public ErrorBody? Error { get; init; }

    /// <summary>Whether the page looks again by itself.</summary>
    public bool IsMaking => Queues.Any(queue => queue.State == "making");
}

/// <summary>All that the labelling page shows.</summary>
public sealed record LabelDeskView
{
    /// <summary>The queue.</summary>
    public required LabelQueueView Queue { get; init; }

    /// <summary>The task that is asked, then those that follow; empty when there is nothing left for this person.</summary>
    public required IReadOnlyList<LabelTaskView> Tasks { get; init; }

    /// <summary>Answers of this person that count.</summary>
    public required long Mine { get; init; }

    /// <summary>Width and height of the picture; null when it is gone.</summary>
    public (int Width, int Height)? Size { get; init; }

    /// <summary>What was just done, for the bar: <c>Labelled cat</c>.</summary>
    public string? Done { get; init; }

    /// <summary>Why the last answer was refused.</summary>
    public ErrorBody? Error { get; init; }

    /// <summary>The task that is asked; null when there is none.</summary>
    public LabelTaskView? Now => Tasks.Count > 0 ? Tasks[0] : null;

    /// <summary>The order as a page says it.</summary>
    public string Order => Queue.Settings.Source switch
    {
        QueueSources.Suspects => "Surest errors first",
        QueueSources.Contradictions => "Copies that contradict each other",
        QueueSources.LabelStudio => "From Label Studio",
        _ => StrategyNames.Parse(Queue.Settings.Order).Title(),
    };

    /// <summary>The probability that the model gives to a class; null when it is hidden or not known.</summary>
    public double? Guess(string label) => Now?.Guesses.FirstOrDefault(guess => guess.Label == label)?.Probability;
}

/// <summary>All that the page of what came out shows.</summary>
public sealed record LabelResultView
{
    /// <summary>The queue.</summary>
    public required LabelQueueView Queue { get; init; }

    /// <summary>People and orders.</summary>
    public required LabelStats Stats { get; init; }

    /// <summary>What a new version would change, or did; null when it cannot be made.</summary>
    public LabelApplied? Change { get; init; }

    /// <summary>True: <see cref="Change"/> has happened.</summary>
    public bool Applied { get; init; }

    /// <summary>Why no version can be made.</summary>
    public ErrorBody? Error { get; init; }

    /// <summary>True for who may make versions.</summary>
    public required bool MayManage { get; init; }

    /// <summary>Wrong guesses found after so many labels, for both arms; null when there are too few.</summary>
    public Chart? Gain { get; init; }
}


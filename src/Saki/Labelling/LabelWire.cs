using System.Text.Json.Serialization;

namespace Saki.Labelling;

// Members with a default are set and not init: generated readers of JSON give init members that are missing the default of their type instead.

/// <summary>Asks for a queue.</summary>
public sealed record LabelQueueAsk
{
    /// <summary>Its name, in addresses: 1 to 64 letters, digits, dots, dashes, underscores.</summary>
    public required string Name { get; init; }

    /// <summary>The data set: <c>NAME</c>, <c>NAME@DIGEST-PREFIX</c>, either with <c>:SPLIT</c>. With the source <c>feedback</c> the one that the labelled pictures are added to.</summary>
    public required string Data { get; init; }

    /// <summary>Which pictures: one of <see cref="QueueSources"/>; null takes those without a label where there are any, else all for review.</summary>
    public string? Source { get; set; }

    /// <summary>The order: one of <see cref="Sampling.StrategyNames.All"/>. Default: margin. Suspects come by their own order.</summary>
    public string Order { get; set; } = "margin";

    /// <summary>Most tasks, 1 to 200,000. Default 1000.</summary>
    public int Count { get; set; } = 1000;

    /// <summary>Share of the tasks that is drawn at random to measure what the order gains, 0 to 1. Default 0.1.</summary>
    public double Control { get; set; } = 0.1;

    /// <summary>How many people label each picture, 1 to 20. Default 1.</summary>
    public int Annotators { get; set; } = 1;

    /// <summary>Share of gold questions among the tasks, 0 to 0.5: pictures whose label is known, asked of everybody. Default 0.</summary>
    public double Gold { get; set; }

    /// <summary>Share of tasks whose guess is not shown, to measure how much guesses sway, 0 to 1. Default 0.1.</summary>
    public double Blind { get; set; } = 0.1;

    /// <summary>True: pictures that look the same are one task. Default true.</summary>
    public bool Group { get; set; } = true;

    /// <summary>Seed of all draws. Default 0.</summary>
    public ulong Seed { get; set; }

    /// <summary>The model: <c>models:/NAME/STAGE</c>, <c>models:/NAME/3</c> of this home. Null: the one that answers for pictures.</summary>
    public string? Model { get; set; }
}

/// <summary>Which pictures a queue asks about.</summary>
public static class QueueSources
{
    /// <summary>Pictures of the class <c>unlabelled</c>.</summary>
    public const string Unlabelled = "unlabelled";

    /// <summary>All labelled pictures.</summary>
    public const string Review = "review";

    /// <summary>Those whose label is probably wrong (<see cref="ConfidentLearning"/>).</summary>
    public const string Suspects = "suspects";

    /// <summary>Copies of one picture with different labels.</summary>
    public const string Contradictions = "contradictions";

    /// <summary>Pictures that people agreed to have kept.</summary>
    public const string Feedback = "feedback";

    /// <summary>Annotations that a Label Studio tells of. Made by itself; cannot be asked for.</summary>
    public const string LabelStudio = "label-studio";

    /// <summary>Those that can be asked for.</summary>
    public static IReadOnlyList<string> All { get; } = [Unlabelled, Review, Suspects, Contradictions, Feedback];
}

/// <summary>A queue and how far it is.</summary>
public sealed record LabelQueueView
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary><c>making</c>, <c>open</c>, <c>failed</c>, <c>closed</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why it failed; empty otherwise.</summary>
    public string Problem { get; init; } = "";

    /// <summary>What it was asked for.</summary>
    public required LabelQueueAsk Settings { get; init; }

    /// <summary>The version that it is about, <c>NAME@DIGEST</c>.</summary>
    public required string Data { get; init; }

    /// <summary>The labels to choose from, in the order of their keys.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Name and version of the model behind order and guesses; empty without one.</summary>
    public required string Model { get; init; }

    /// <summary>Who asked for it.</summary>
    public required string Who { get; init; }

    /// <summary>When, milliseconds since 1970.</summary>
    public required long Created { get; init; }

    /// <summary>Tasks without the gold questions.</summary>
    public long Tasks { get; init; }

    /// <summary>Those that need no more answers.</summary>
    public long Done { get; init; }

    /// <summary>Pictures behind the tasks.</summary>
    public long Pictures { get; init; }

    /// <summary>While it is made: pictures looked at so far.</summary>
    public long Looked { get; init; }

    /// <summary>While it is made: of how many; 0 when not known yet.</summary>
    public long ToLook { get; init; }
}

/// <summary>One picture to label.</summary>
public sealed record LabelTaskView
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>Why it is asked: <c>label error</c>, <c>contradiction</c>; empty when only the order put it there.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The label in the data set, shown where that is in question; empty otherwise.</summary>
    public string Given { get; init; } = "";

    /// <summary>What the model says, likeliest first; empty when it is hidden or there is none.</summary>
    public IReadOnlyList<LabelGuess> Guesses { get; init; } = [];

    /// <summary>The name of its first picture in the data set.</summary>
    public string Path { get; init; } = "";

    /// <summary>How many pictures get the label: those that look the same are one task.</summary>
    public required int Pictures { get; init; }

    /// <summary>The address of its first picture; the others have the numbers after.</summary>
    public string Picture => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/label/pictures/{Id}/0");
}

/// <summary>A class with its probability.</summary>
public sealed record LabelGuess(string Label, double Probability);

/// <summary>An answer.</summary>
public sealed record LabelAnswerAsk
{
    /// <summary>The task.</summary>
    public required long Task { get; init; }

    /// <summary><c>label</c>, <c>skip</c> or <c>flag</c> (unusable). Default: label.</summary>
    public string Kind { get; set; } = "label";

    /// <summary>One of the queue's classes, with the kind <c>label</c>.</summary>
    public string Label { get; set; } = "";

    /// <summary>Milliseconds from showing to answering; 0 when not measured.</summary>
    public long Took { get; set; }
}

/// <summary>What follows an answer.</summary>
/// <param name="Tasks">The next ones of this person, in order; empty when there is nothing left.</param>
public sealed record LabelNext(IReadOnlyList<LabelTaskView> Tasks);

/// <summary>An entry of the history, which only grows.</summary>
/// <param name="Number">Counts up.</param>
/// <param name="Time">Milliseconds since 1970.</param>
/// <param name="Task">The task.</param>
/// <param name="Annotator">Who.</param>
/// <param name="Kind"><c>label</c>, <c>skip</c>, <c>flag</c>, <c>undo</c>.</param>
/// <param name="Label">The label given or taken back.</param>
/// <param name="Took">Milliseconds.</param>
public sealed record LabelEntry(long Number, long Time, long Task, string Annotator, string Kind, string Label, long Took);

/// <summary>Asks for a version with the labels of a queue.</summary>
/// <param name="DryRun">True: only say what would change.</param>
public sealed record LabelApplyAsk(bool DryRun = false);

/// <summary>What applying labels did, or would do.</summary>
public sealed record LabelApplied
{
    /// <summary>The version before; null for a data set that is new.</summary>
    public string? From { get; init; }

    /// <summary>The version after; null when nothing changed.</summary>
    public string? To { get; init; }

    /// <summary>Pictures with a label that most people gave.</summary>
    public required int Labelled { get; init; }

    /// <summary>Pictures that most people called unusable.</summary>
    public required int Unusable { get; init; }

    /// <summary>Pictures on which people are split.</summary>
    public required int Undecided { get; init; }

    /// <summary>Pictures that are gone: erased at somebody's wish, or never here.</summary>
    public required int Gone { get; init; }

    /// <summary>Pictures that the new version has and the old has not.</summary>
    public required int Added { get; init; }

    /// <summary>Pictures that the new version lacks.</summary>
    public required int Removed { get; init; }

    /// <summary>Pictures with another class than before, at most 1000.</summary>
    public required IReadOnlyList<Datasets.SampleChange> Relabelled { get; init; }

    /// <summary>How many of those there are.</summary>
    public required int RelabelledCount { get; init; }
}

/// <summary>What labelling shows about people and orders.</summary>
public sealed record LabelStats
{
    /// <summary>Krippendorff's alpha over all tasks with two or more labels; null when there are none.</summary>
    public double? Alpha { get; init; }

    /// <summary>Tasks that two or more people labelled.</summary>
    public int LabelledTwice { get; init; }

    /// <summary>Per person, most labels first.</summary>
    public required IReadOnlyList<AnnotatorStats> Annotators { get; init; }

    /// <summary>The strategy's tasks and the random ones.</summary>
    public required IReadOnlyList<ArmStats> Arms { get; init; }

    /// <summary>Labels that equal the guess, where the guess was shown; null without any.</summary>
    public double? KeptShown { get; init; }

    /// <summary>The same where it was hidden.</summary>
    public double? KeptHidden { get; init; }
}

/// <summary>One person's part.</summary>
/// <param name="Name">Of the token.</param>
/// <param name="Labels">Given and not taken back.</param>
/// <param name="Skipped">Skipped.</param>
/// <param name="Flagged">Called unusable.</param>
/// <param name="Seconds">Median seconds for a label; null where not measured.</param>
/// <param name="GoldAsked">Gold questions answered.</param>
/// <param name="GoldRight">Those answered rightly.</param>
/// <param name="Kappa">Cohen's kappa with the person of most labels in common; null without one.</param>
public sealed record AnnotatorStats(string Name, int Labels, int Skipped, int Flagged, double? Seconds, int GoldAsked, int GoldRight, double? Kappa);

/// <summary>One arm.</summary>
/// <param name="Arm"><c>strategy</c> or <c>control</c>.</param>
/// <param name="Labelled">Tasks with a label.</param>
/// <param name="Wrong">Those where the model's guess was another class.</param>
public sealed record ArmStats(string Arm, int Labelled, int Wrong)
{
    /// <summary>After each labelled task of this arm, how many of the model's guesses were wrong so far.</summary>
    [JsonIgnore]
    public IReadOnlyList<int> Course { get; init; } = [];
}

/// <summary>JSON of labelling, in requests and answers.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(LabelQueueAsk))]
[JsonSerializable(typeof(LabelQueueView))]
[JsonSerializable(typeof(IReadOnlyList<LabelQueueView>))]
[JsonSerializable(typeof(LabelNext))]
[JsonSerializable(typeof(LabelAnswerAsk))]
[JsonSerializable(typeof(IReadOnlyList<LabelEntry>))]
[JsonSerializable(typeof(LabelApplyAsk))]
[JsonSerializable(typeof(LabelApplied))]
[JsonSerializable(typeof(LabelStats))]
[JsonSerializable(typeof(IReadOnlyList<LabelGuess>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
public sealed partial class LabelJson : JsonSerializerContext;

using System.Text.Json.Serialization;

namespace Saki.Loop;

/// <summary>Where a round stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LoopStep>))]
public enum LoopStep
{
    /// <summary>No round is under way.</summary>
    Idle,

    /// <summary>A job trains the challenger.</summary>
    Training,

    /// <summary>The gate measures the challenger.</summary>
    Proving,

    /// <summary>The challenger is in Staging and answers beside the champion, unseen.</summary>
    Staging,

    /// <summary>A part of the users gets the challenger.</summary>
    Canary,

    /// <summary>The challenger is to become the champion; what remains is a person's yes, where one is asked for.</summary>
    Production,

    /// <summary>The challenger is in Production and is watched.</summary>
    Watching,
}

/// <summary>What is remembered of a model's loop between two looks.</summary>
public sealed record LoopState
{
    /// <summary>Where it stands.</summary>
    public LoopStep Step { get; init; }

    /// <summary>The round, counted from 1; 0 before the first.</summary>
    public long Round { get; init; }

    /// <summary>When the round began, milliseconds since 1970; 0 before the first.</summary>
    public long Began { get; init; }

    /// <summary>When <see cref="Step"/> was entered, milliseconds since 1970.</summary>
    public long Since { get; init; }

    /// <summary>The job that trains; null before one was started.</summary>
    public long? Job { get; init; }

    /// <summary>The version that was trained; null before.</summary>
    public long? Challenger { get; init; }

    /// <summary>The version that was in Production when the round began; null for none.</summary>
    public long? Champion { get; init; }

    /// <summary>Percent of users that get the challenger; 0 for none.</summary>
    public int CanaryPercent { get; init; }

    /// <summary>When labels were last taken into a data set version, milliseconds since 1970.</summary>
    public long LabelsSeen { get; init; }

    /// <summary>Whether the gate let the challenger through; null while it has not spoken.</summary>
    public bool? Passed { get; init; }

    /// <summary>The gate's failed lines; empty when none failed.</summary>
    public IReadOnlyList<Gates.GateLine> Failed { get; init; } = [];

    /// <summary>A person's answer to the question of this step; null while none is there.</summary>
    public bool? Approved { get; init; }

    /// <summary>What the champion's arm did before the promotion; for the watch behind it.</summary>
    public ArmSight Before { get; init; }

    /// <summary>What the challenger's version had done by the promotion, which the watch leaves out.</summary>
    public ArmSight Already { get; init; }

    /// <summary>When each of the last rounds began, newest last.</summary>
    public IReadOnlyList<long> Rounds { get; init; } = [];
}

/// <summary>What is seen at one look. Numbers count from the beginning of the step where nothing else is said.</summary>
public sealed record LoopSight
{
    /// <summary>Milliseconds since 1970.</summary>
    public required long Now { get; init; }

    /// <summary>The version in Production; null for none.</summary>
    public long? Production { get; init; }

    /// <summary>The labels that no round has seen.</summary>
    public LabelSight Labels { get; init; } = new();

    /// <summary>Right and all labelled answers of the champion since it was promoted.</summary>
    public Tally Answers { get; init; }

    /// <summary>Accuracy that the champion proved at its gate, 0..1; null when it proved none.</summary>
    public double? Proved { get; init; }

    /// <summary>How far traffic has moved from its reference; null where nothing watches it (yet).</summary>
    public DriftSight? Drift { get; init; }

    /// <summary>The training.</summary>
    public JobSight Job { get; init; }

    /// <summary>Why the training failed, in a sentence; null when it did not.</summary>
    public string? JobFailure { get; init; }

    /// <summary>Shadow answers, and those of another class than the champion's.</summary>
    public Tally Disagreement { get; init; }

    /// <summary>The challenger's arm: the canary's, or Production's while it is watched.</summary>
    public ArmSight Challenger { get; init; }

    /// <summary>The champion's arm; while watching, what the old champion had before.</summary>
    public ArmSight Champion { get; init; }

    /// <summary>Why the server took the canary back by its own figures (errors, latency, disagreement); null while it stands.</summary>
    public string? TakenBack { get; init; }
}

/// <summary>Some of all.</summary>
public readonly record struct Tally(long Some, long All)
{
    /// <summary>0..1; 0 of none.</summary>
    public double Part => All == 0 ? 0 : (double)Some / All;
}

/// <summary>How new labels look as a whole.</summary>
public sealed record LabelSight
{
    /// <summary>Pictures that they are about; copies of one picture count once, so that a thousand labels of it are no thousand new ones.</summary>
    public long Count { get; init; }

    /// <summary>Labels, of all people together.</summary>
    public long Given { get; init; }

    /// <summary>Of how many classes.</summary>
    public int Classes { get; init; }

    /// <summary>Largest number that one person gave.</summary>
    public long FromOne { get; init; }

    /// <summary>Those that contradict another label of the same picture.</summary>
    public long Contradicting { get; init; }

    /// <summary>Of the person who does so most: labels against a sure champion, of that person's labels on pictures with such an answer.</summary>
    public Tally FlippedByOne { get; init; }
}

/// <summary>What an arm did.</summary>
/// <param name="Requests">Answered or failed.</param>
/// <param name="Errors">Failed by the model's or the server's fault.</param>
/// <param name="P99">99th percentile of the time in milliseconds; 0 when not known, or of too few requests.</param>
/// <param name="Labelled">Right and all labelled answers.</param>
public readonly record struct ArmSight(long Requests, long Errors, double P99, Tally Labelled);

/// <summary>How the training stands.</summary>
public enum JobSight
{
    /// <summary>Waiting or at work, or none.</summary>
    Open,

    /// <summary>Done; the challenger is registered.</summary>
    Succeeded,

    /// <summary>Failed, cancelled, or gone.</summary>
    Failed,
}

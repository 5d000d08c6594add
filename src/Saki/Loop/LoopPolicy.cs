using Saki.Configuration;

namespace Saki.Loop;

/// <summary>
/// How one registered model keeps itself good (docs/reference/loop.md): when to look, what to train, how the better version is let in, and when it is sent
/// back. What a version must prove is the registry's gate, not repeated here.
/// </summary>
public sealed record LoopPolicy
{
    /// <summary>Largest policy, in characters.</summary>
    public const int Longest = 65_536;

    /// <summary>Traffic is held against the first pictures after the champion came.</summary>
    public const string DriftOfTraffic = "traffic";

    /// <summary>Traffic is held against pictures that the champion was trained on.</summary>
    public const string DriftOfTraining = "training";

    /// <summary>What starts a round; any one is enough.</summary>
    public TriggerOptions When { get; init; } = new();

    /// <summary>What the new labels must be like before anything is trained on them.</summary>
    public GuardOptions Guard { get; init; } = new();

    /// <summary>What is trained.</summary>
    public required RetrainOptions Train { get; init; }

    /// <summary>The way from the gate to Production.</summary>
    public RolloutOptions Rollout { get; init; } = new();

    /// <summary>When a version that was let in is sent back.</summary>
    public RollbackOptions Rollback { get; init; } = new();

    /// <summary>Hours of rest after a round, however it ended. From 0. Default 6.</summary>
    [Within(0, 8760)] public double CoolDownHours { get; init; } = 6;

    /// <summary>Most rounds begun within 24 hours, 1 to 100. Default 2.</summary>
    [Within(1, 100)] public int DailyCap { get; init; } = 2;

    /// <summary>Steps that wait for a person's click: <c>staging</c>, <c>production</c>. Default: production.</summary>
    public IReadOnlyList<string> Approve { get; init; } = ["production"];

    /// <summary>Days after which a question nobody answered, or a stage that saw too little traffic, ends the round. Above 0. Default 7.</summary>
    [Within(0, 365, AboveLeast = true)] public double PatienceDays { get; init; } = 7;

    /// <summary>Whether a person must agree before <paramref name="step"/>.</summary>
    public bool Asks(LoopStep step) => Approve.Contains(step.ToString(), StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a policy.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="source">What errors call it.</param>
    /// <exception cref="SakiException">Not YAML, an unknown key, a value out of range, or a policy that could never begin.</exception>
    public static LoopPolicy Parse(string text, string source)
    {
        if (text.Length > Longest) throw new SakiException($"Reading {source}", $"at most {Longest:N0} characters", $"{text.Length:N0}");
        var root = ConfigYaml.Parse(text, source) as ConfigMap ?? throw new SakiException($"Reading {source}", "a map with the keys train and when", "another form");
        var policy = new ConfigBinder().Bind<LoopPolicy>(root);
        string[] steps = [nameof(LoopStep.Staging), nameof(LoopStep.Production)];
        foreach (var step in policy.Approve)
            if (!steps.Contains(step, StringComparer.OrdinalIgnoreCase)) throw new SakiException($"Reading {source}", "approve: staging or production", $"\"{step}\"", DidYouMean.Hint(step, ["staging", "production"]));
        if (!policy.When.Any) throw new SakiException($"Reading {source}", "at least one of when.every_hours, when.new_labels, when.drift, when.picture_drift, when.embedding_drift, when.accuracy_drop", "none", "Say when to look.");
        string[] references = [DriftOfTraffic, DriftOfTraining];
        if (!references.Contains(policy.When.DriftReference, StringComparer.Ordinal))
            throw new SakiException($"Reading {source}", "when.drift_reference: traffic or training", $"\"{policy.When.DriftReference}\"", DidYouMean.Hint(policy.When.DriftReference, references));
        var percents = policy.Rollout.CanaryPercent;
        if (percents.Zip(percents.Skip(1)).Any(pair => pair.Second <= pair.First)) throw new SakiException($"Reading {source}", "rollout.canary_percent that rises", string.Join(", ", percents));
        return policy;
    }
}

/// <summary>What starts a round.</summary>
public sealed record TriggerOptions
{
    /// <summary>Hours since the last round began. Default: not asked for.</summary>
    [Within(0, 8760, AboveLeast = true)] public double? EveryHours { get; init; }

    /// <summary>Labels that no round has seen yet. Default: not asked for.</summary>
    [Within(1, 1e9)] public long? NewLabels { get; init; }

    /// <summary>Population stability index of the predicted classes from which on they have drifted; 0.1 is a shift, 0.25 a large one. Default: not asked for.</summary>
    [Within(0, 100, AboveLeast = true)] public double? Drift { get; init; }

    /// <summary>The same of figures of the pictures themselves.</summary>
    public PictureDriftOptions PictureDrift { get; init; } = new();

    /// <summary>How likely chance may be at most, in each of two windows, where embeddings of traffic differ from the reference's (a kernel two-sample test); 0.005 to 1. Default: not asked for.</summary>
    [Within(0.005, 1)] public double? EmbeddingDrift { get; init; }

    /// <summary>Sampled pictures that make a reference, and a window to hold against it, 50 to 500. Default 200.</summary>
    [Within(50, 500)] public int DriftPictures { get; init; } = 200;

    /// <summary>Shortest time from one sampled picture to the next, in seconds, 0.001 to 3600. Default 0.5.</summary>
    [Within(0.001, 3600)] public double DriftSeconds { get; init; } = 0.5;

    /// <summary><c>traffic</c>: the first pictures after the champion came; <c>training</c>: those that it was trained on. Default: traffic.</summary>
    public string DriftReference { get; init; } = LoopPolicy.DriftOfTraffic;

    /// <summary>How far accuracy on labelled traffic may lie below the accuracy that the champion proved, 0..1. Default: not asked for.</summary>
    [Within(0, 1, AboveLeast = true)] public double? AccuracyDrop { get; init; }

    /// <summary>Labelled answers that accuracy must rest on. Default 50.</summary>
    [Within(1, 1e9)] public long LeastAnswers { get; init; } = 50;

    /// <summary>Whether anything can start a round.</summary>
    public bool Any => EveryHours is not null || NewLabels is not null || AccuracyDrop is not null || AsksDrift;

    /// <summary>Whether traffic must be sampled.</summary>
    public bool AsksDrift => DriftLimits.Any();

    /// <summary>The measures of drift that are asked for, by <see cref="DriftFigure.Of"/>, with their limits.</summary>
    public IEnumerable<(string Of, double Limit)> DriftLimits
    {
        get
        {
            (string, double?)[] all =
            [
                ("classes", Drift),
                ("brightness", PictureDrift.Brightness), ("contrast", PictureDrift.Contrast), ("sharpness", PictureDrift.Sharpness), ("size", PictureDrift.Size),
                (DriftFigure.Embeddings, EmbeddingDrift),
            ];
            foreach (var (of, limit) in all)
                if (limit is { } given) yield return (of, given);
        }
    }
}

/// <summary>Population stability indices of sampled pictures from which on they have drifted; 0.1 is a shift, 0.25 a large one. Each by default: not asked for.</summary>
public sealed record PictureDriftOptions
{
    /// <summary>Of their mean luma.</summary>
    [Within(0, 100, AboveLeast = true)] public double? Brightness { get; init; }

    /// <summary>Of the standard deviation of their luma.</summary>
    [Within(0, 100, AboveLeast = true)] public double? Contrast { get; init; }

    /// <summary>Of the variance of their Laplacian: blurred pictures have little.</summary>
    [Within(0, 100, AboveLeast = true)] public double? Sharpness { get; init; }

    /// <summary>Of the square root of their number of pixels, as they were sent.</summary>
    [Within(0, 100, AboveLeast = true)] public double? Size { get; init; }
}

/// <summary>Signs of labels that should not be learned from unseen.</summary>
public sealed record GuardOptions
{
    /// <summary>Classes that must be among the new labels. Default 2.</summary>
    [Within(1, 100_000)] public int LeastClasses { get; init; } = 2;

    /// <summary>Largest part of the new labels that one person may have given, 0..1. Of labelled answers that accuracy is judged by, what one person said beyond it is left out. Default 0.8.</summary>
    [Within(0, 1, AboveLeast = true)] public double MostFromOne { get; init; } = 0.8;

    /// <summary>Largest part of the new labels that contradict another label of the same picture, 0..1. Default 0.1.</summary>
    [Within(0, 1)] public double MostContradicting { get; init; } = 0.1;

    /// <summary>Largest part of one person's labels that disagree with a sure champion (probability of 0.9 and more), 0..1. Default 0.5.</summary>
    [Within(0, 1)] public double MostFlippedByOne { get; init; } = 0.5;
}

/// <summary>What a round trains.</summary>
public sealed record RetrainOptions
{
    /// <summary>What is typed behind <c>saki train</c>: <c>experiment=emotions</c>, <c>trainer.epochs=5</c>.</summary>
    public required IReadOnlyList<string> Overrides { get; init; }

    /// <summary>The data set that new labels are added to, by name; all of it is kept, so that nothing is unlearned (rehearsal).</summary>
    public required string Dataset { get; init; }
}

/// <summary>The way from the gate to Production.</summary>
public sealed record RolloutOptions
{
    /// <summary>Requests that the challenger answers unseen beside the champion, from 0 (no shadow). Default 200.</summary>
    [Within(0, 1e9)] public long ShadowRequests { get; init; } = 200;

    /// <summary>Largest part of shadow answers with another class than the champion's, 0..1. Default 0.3.</summary>
    [Within(0, 1)] public double MostDisagreement { get; init; } = 0.3;

    /// <summary>Percent of users that get the challenger, step by step; an empty list for no canary. Default 10, 50.</summary>
    [Within(1, 99)] public IReadOnlyList<int> CanaryPercent { get; init; } = [10, 50];

    /// <summary>Requests that the challenger must answer at each step. Default 200.</summary>
    [Within(1, 1e9)] public long CanaryRequests { get; init; } = 200;
}

/// <summary>When a challenger or a fresh champion is sent back.</summary>
public sealed record RollbackOptions
{
    /// <summary>Largest part of its requests that may fail beyond the champion's part, 0..1; a file that is no picture is nobody's failure. Default 0.02.</summary>
    [Within(0, 1)] public double MostErrors { get; init; } = 0.02;

    /// <summary>Largest 99th percentile of its time as a multiple of the old champion's; 5 ms more are always allowed. Default 2.</summary>
    [Within(0, 1000, AboveLeast = true)] public double MostSlower { get; init; } = 2;

    /// <summary>How far its accuracy on new labels may lie below the old champion's, 0..1. Default 0.05.</summary>
    [Within(0, 1)] public double AccuracyDrop { get; init; } = 0.05;

    /// <summary>Requests (and for accuracy labelled answers) before any of it is judged. Default 30.</summary>
    [Within(1, 1e9)] public long LeastRequests { get; init; } = 30;

    /// <summary>Hours after the promotion in which the new champion is watched. Default 24.</summary>
    [Within(0, 8760)] public double WatchHours { get; init; } = 24;
}

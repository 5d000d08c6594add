using Saki.Calibration;
using Saki.Configuration;
using Saki.Datasets;

namespace Saki.Gates;

/// <summary>
/// What a version of one registered model must prove before it enters a stage (docs/reference/gate.md). Whatever it says, the package must be whole
/// (SHA256SUMS) and give its golden answer.
/// </summary>
public sealed record GatePolicy
{
    /// <summary>Largest policy, in characters.</summary>
    public const int Longest = 65_536;

    private const int ShortestPrefix = 12;

    /// <summary>Stages that demand the proof: <c>Production</c>, <c>Staging</c>. Default: Production.</summary>
    public IReadOnlyList<string> Stages { get; init; } = ["Production"];

    /// <summary>The frozen test set, <c>NAME@DIGEST:SPLIT</c> with at least 12 digits of the version; without it nothing is measured on samples. Default none.</summary>
    public string? Data { get; init; }

    /// <summary>Least accuracy on <see cref="Data"/>, 0..1. Default: not asked for.</summary>
    [Within(0, 1)] public double? MinAccuracy { get; init; }

    /// <summary>Refused when the version in Production is better on the same samples and chance is an unlikely reason (p below 0.05). Default: true where there is <see cref="Data"/>.</summary>
    public bool? NotWorseThanChampion { get; init; }

    /// <summary>Least recall of each class that has samples, 0..1. Default: not asked for.</summary>
    [Within(0, 1)] public double? MinRecall { get; init; }

    /// <summary>Largest expected calibration error, 0..1. Default: not asked for.</summary>
    [Within(0, 1)] public double? MaxEce { get; init; }

    /// <summary>Largest median time of one prediction on the server's machine, decoding included, in milliseconds. Default: not asked for.</summary>
    [Within(0, 60_000, AboveLeast = true)] public double? MaxLatencyMs { get; init; }

    /// <summary>How the model is fitted to single people, and what that must prove. Default: as <see cref="CalibrationPolicy"/> says.</summary>
    public CalibrationPolicy Calibration { get; init; } = new();

    /// <summary>Whether entering <paramref name="stage"/> demands the proof.</summary>
    public bool Covers(string stage) => Stages.Contains(stage, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the version in Production is compared with.</summary>
    public bool Compares => NotWorseThanChampion ?? Data is not null;

    /// <summary>Reads a policy.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="source">What errors call it.</param>
    /// <exception cref="SakiException">Not YAML, an unknown key, a value out of range, or data that is not frozen.</exception>
    public static GatePolicy Parse(string text, string source)
    {
        if (text.Length > Longest) throw new SakiException($"Reading {source}", $"at most {Longest:N0} characters", $"{text.Length:N0}");
        var root = ConfigYaml.Parse(text, source) as ConfigMap ?? throw new SakiException($"Reading {source}", "a map of keys such as min_accuracy", "another form");
        var policy = new ConfigBinder().Bind<GatePolicy>(root);
        foreach (var stage in policy.Stages)
            if (!IsStage(stage)) throw new SakiException($"Reading {source}", "stages: Production or Staging", $"\"{stage}\"", DidYouMean.Hint(stage, ["Production", "Staging"]));
        if (policy.Stages.Count == 0) throw new SakiException($"Reading {source}", "at least one stage", "an empty list", "Remove the policy to have no gate.");
        policy.CheckData(source);
        return policy;
    }

    private static bool IsStage(string stage) => stage.Equals("Production", StringComparison.OrdinalIgnoreCase) || stage.Equals("Staging", StringComparison.OrdinalIgnoreCase);

    private void CheckData(string source)
    {
        if (Data is null)
        {
            if (MinAccuracy is not null || MinRecall is not null || MaxEce is not null || NotWorseThanChampion is true)
                throw new SakiException($"Reading {source}", "data, which accuracy, recall, calibration and the comparison are measured on", "a policy without it", "Add data: NAME@DIGEST:test.");
            return;
        }
        var reference = DatasetReference.Parse(Data);
        if (reference.DigestPrefix is not { Length: >= ShortestPrefix } || reference.Split is null)
            throw new SakiException($"Reading {source}", $"a frozen test set, NAME@DIGEST:SPLIT with at least {ShortestPrefix} digits", $"\"{Data}\"", "See the versions with: saki data list");
    }
}

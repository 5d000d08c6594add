using Saki.Configuration;

namespace Saki.Calibration;

/// <summary>How a model is fitted to one person, and what the result must prove: the key <c>calibration</c> of a model's policy (docs/reference/calibration.md).</summary>
public sealed record CalibrationPolicy
{
    /// <summary>Largest policy file, in characters.</summary>
    public const int Longest = 65_536;

    /// <summary>How much accuracy on the frozen test set may be lost, 0 to 0.5. Default 0.02: two points.</summary>
    [Within(0, 0.5)] public double MaxLoss { get; init; } = 0.02;

    /// <summary>How much more accurate it must be on the person's held-back pictures, 0 to 1; one more right answer is always asked for. Default 0.</summary>
    [Within(0, 1)] public double MinGain { get; init; }

    /// <summary>Part of the person's pictures that nothing learns from, 0.1 to 0.5. Default 0.3.</summary>
    [Within(0.1, 0.5)] public double HeldBack { get; init; } = 0.3;

    /// <summary>Fewest held-back pictures that prove anything, 2 to 1000. Default 5.</summary>
    [Within(2, 1000)] public int LeastHeldBack { get; init; } = 5;

    /// <summary>Pictures of the frozen training data that are learned from besides, 20 to 100,000. Default 1000.</summary>
    [Within(20, 100_000)] public int Rehearsal { get; init; } = 1000;

    /// <summary>Part of what is learned from that is the person's, by repeating their pictures, 0.05 to 0.9. Default 0.3.</summary>
    [Within(0.05, 0.9)] public double Share { get; init; } = 0.3;

    /// <summary>Passes over both, 1 to 1000. Default 10.</summary>
    [Within(1, 1000)] public int Epochs { get; init; } = 10;

    /// <summary>Peak learning rate of stochastic gradient descent, above 0 to 1. Default 0.01.</summary>
    [Within(0, 1, AboveLeast = true)] public double Lr { get; init; } = 0.01;

    /// <summary>Most pictures of the frozen test set that are asked about, 50 to 100,000. Default 2000, drawn evenly.</summary>
    [Within(50, 100_000)] public int TestSamples { get; init; } = 2000;

    /// <summary>Reads a policy of its own, without the rest of a model's.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="source">What errors call it.</param>
    /// <exception cref="SakiException">Not YAML, an unknown key, or a value out of range.</exception>
    public static CalibrationPolicy Parse(string text, string source)
    {
        if (text.Length > Longest) throw new SakiException($"Reading {source}", $"at most {Longest:N0} characters", $"{text.Length:N0}");
        var root = ConfigYaml.Parse(text, source);
        return root is ConfigMap map ? new ConfigBinder().Bind<CalibrationPolicy>(map) : throw new SakiException($"Reading {source}", "a map of keys such as max_loss", "another form");
    }

    /// <summary>As it is read back by <see cref="Parse"/>.</summary>
    public string ToYaml() => FormattableString.Invariant($"""
        max_loss: {MaxLoss}
        min_gain: {MinGain}
        held_back: {HeldBack}
        least_held_back: {LeastHeldBack}
        rehearsal: {Rehearsal}
        share: {Share}
        epochs: {Epochs}
        lr: {Lr}
        test_samples: {TestSamples}

        """);
}

using System.Text.Json.Serialization;

namespace Saki.Evaluation;

/// <summary>How good a classifier's answers are on labelled samples. Definitions are scikit-learn's; a class without samples or without answers counts 0 in precision, recall and F1.</summary>
public sealed record EvaluationReport
{
    private const int Bins = 15, Resamples = 2000;

    /// <summary>Part of the samples that were right, 0..1.</summary>
    [JsonPropertyName("accuracy")] public required double Accuracy { get; init; }

    /// <summary>95 % interval of <see cref="Accuracy"/>: percentiles 2.5 and 97.5 of 2,000 bootstrap resamples from seed 0.</summary>
    [JsonPropertyName("accuracy_interval")] public required IReadOnlyList<double> AccuracyInterval { get; init; }

    /// <summary>Mean recall over the classes that have samples.</summary>
    [JsonPropertyName("balanced_accuracy")] public required double BalancedAccuracy { get; init; }

    /// <summary>Mean F1 over the classes that have samples or answers.</summary>
    [JsonPropertyName("macro_f1")] public required double MacroF1 { get; init; }

    /// <summary>F1 weighted by support.</summary>
    [JsonPropertyName("weighted_f1")] public required double WeightedF1 { get; init; }

    /// <summary>Mean of −ln(probability of the true class), probabilities clipped to 1e-15 from below, in nats.</summary>
    [JsonPropertyName("log_loss")] public required double LogLoss { get; init; }

    /// <summary>Mean squared distance between probabilities and the one-hot truth, summed over classes (Brier, 1950), 0..2.</summary>
    [JsonPropertyName("brier")] public required double Brier { get; init; }

    /// <summary>Expected calibration error: mean |confidence − accuracy| over 15 equal bins of the best probability, weighted by bin size (Guo et al., 2017).</summary>
    [JsonPropertyName("ece")] public required double Ece { get; init; }

    /// <summary>Number of samples.</summary>
    [JsonPropertyName("samples")] public required int Samples { get; init; }

    /// <summary>One entry per class, in label order.</summary>
    [JsonPropertyName("per_class")] public required IReadOnlyList<ClassReport> PerClass { get; init; }

    /// <summary>Rows are true classes, columns answers, in label order.</summary>
    [JsonPropertyName("confusion")] public required IReadOnlyList<IReadOnlyList<int>> Confusion { get; init; }

    /// <summary>Computes the report.</summary>
    /// <param name="classes">Class names in label order.</param>
    /// <param name="labels">True class of each sample; at least one sample.</param>
    /// <param name="probabilities">One row per sample, one column per class.</param>
    public static EvaluationReport Of(IReadOnlyList<string> classes, ReadOnlySpan<int> labels, ReadOnlySpan<float> probabilities)
    {
        var k = classes.Count;
        var confusion = new ConfusionMatrix(k);
        var right = new bool[labels.Length];
        var (logLoss, brier) = (0.0, 0.0);
        var bins = new (int Count, double Confidence, int Right)[Bins];
        for (var i = 0; i < labels.Length; i++)
        {
            var row = probabilities.Slice(i * k, k);
            var best = 0;
            for (var c = 0; c < k; c++)
            {
                if (row[c] > row[best]) best = c;
                var miss = row[c] - (c == labels[i] ? 1.0 : 0.0);
                brier += miss * miss;
            }
            right[i] = best == labels[i];
            confusion.Add(labels[i], best);
            logLoss -= Math.Log(Math.Max(row[labels[i]], 1e-15));
            ref var bin = ref bins[Math.Clamp((int)Math.Ceiling(row[best] * (double)Bins) - 1, 0, Bins - 1)];
            bin = (bin.Count + 1, bin.Confidence + row[best], bin.Right + (right[i] ? 1 : 0));
        }
        var perClass = Enumerable.Range(0, k).Select(c => ClassReport.Of(classes[c], confusion, c)).ToList();
        var present = Enumerable.Range(0, k).Where(c => confusion.Support(c) > 0).ToList();
        var seen = Enumerable.Range(0, k).Where(c => confusion.Support(c) > 0 || confusion.Predicted(c) > 0).ToList();
        return new EvaluationReport
        {
            Accuracy = right.Count(r => r) / (double)right.Length,
            AccuracyInterval = Interval(right),
            BalancedAccuracy = present.Average(c => perClass[c].Recall),
            MacroF1 = seen.Average(c => perClass[c].F1),
            WeightedF1 = present.Sum(c => perClass[c].F1 * confusion.Support(c)) / labels.Length,
            LogLoss = logLoss / labels.Length,
            Brier = brier / labels.Length,
            Ece = bins.Where(b => b.Count > 0).Sum(b => Math.Abs(b.Confidence - b.Right)) / labels.Length,
            Samples = labels.Length,
            PerClass = perClass,
            Confusion = confusion.Rows,
        };
    }

    private static double[] Interval(bool[] right)
    {
        var random = new SeededRandom(0);
        var accuracies = new double[Resamples];
        for (var r = 0; r < Resamples; r++)
        {
            var hits = 0;
            for (var i = 0; i < right.Length; i++)
                if (right[random.Next(right.Length)]) hits++;
            accuracies[r] = hits / (double)right.Length;
        }
        Array.Sort(accuracies);
        return [accuracies[(int)(0.025 * Resamples)], accuracies[(int)(0.975 * Resamples) - 1]];
    }
}

/// <summary>One class of a report.</summary>
/// <param name="Class">Its name.</param>
/// <param name="Precision">Of the answers that named it, the part that was right.</param>
/// <param name="Recall">Of its samples, the part that was found.</param>
/// <param name="F1">Harmonic mean of both.</param>
/// <param name="Support">Its samples.</param>
public sealed record ClassReport(
    [property: JsonPropertyName("class")] string Class,
    [property: JsonPropertyName("precision")] double Precision,
    [property: JsonPropertyName("recall")] double Recall,
    [property: JsonPropertyName("f1")] double F1,
    [property: JsonPropertyName("support")] int Support)
{
    internal static ClassReport Of(string name, ConfusionMatrix confusion, int c)
    {
        var (hits, support, predicted) = (confusion[c, c], confusion.Support(c), confusion.Predicted(c));
        return new ClassReport(name, predicted == 0 ? 0 : hits / (double)predicted, support == 0 ? 0 : hits / (double)support,
            support + predicted == 0 ? 0 : 2.0 * hits / (support + predicted), support);
    }
}

/// <summary>JSON of the report, made at compile time.</summary>
[JsonSerializable(typeof(EvaluationReport))]
public sealed partial class EvaluationJson : JsonSerializerContext;

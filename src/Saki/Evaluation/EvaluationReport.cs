using System.Text.Json.Serialization;

namespace Saki.Evaluation;

/// <summary>Figures of one class.</summary>
/// <param name="Class">Its name.</param>
/// <param name="Precision">Right answers over answers, 0..1.</param>
/// <param name="Recall">Right answers over samples, 0..1.</param>
/// <param name="F1">Harmonic mean of both.</param>
/// <param name="Support">Samples of the class.</param>
public sealed record ClassFigures(string Class, double Precision, double Recall, double F1, long Support);

/// <summary>
/// How well a classifier did on labelled samples; the JSON of <c>saki evaluate --json</c>. The definitions are scikit-learn's (a class that was never
/// answered has precision 0; balanced accuracy is over classes that have samples, F1 averages over classes that have samples or answers).
/// </summary>
public sealed record EvaluationReport
{
    /// <summary>Right answers over samples.</summary>
    public required double Accuracy { get; init; }

    /// <summary>95 % interval of the accuracy: the 2.5th and 97.5th percentile of <see cref="Resamples"/> bootstrap resamples drawn with the seed.</summary>
    public required IReadOnlyList<double> AccuracyInterval { get; init; }

    /// <summary>Mean recall of the classes that have samples.</summary>
    public required double BalancedAccuracy { get; init; }

    /// <summary>Mean F1 of the classes.</summary>
    public required double MacroF1 { get; init; }

    /// <summary>Mean F1 weighted by samples.</summary>
    public required double WeightedF1 { get; init; }

    /// <summary>Mean of −ln of the probability given to the right class, probabilities kept off 0 by 2⁻⁵².</summary>
    public required double LogLoss { get; init; }

    /// <summary>Expected calibration error: mean distance of confidence and accuracy over 15 equal bins of confidence, weighted by samples.</summary>
    public required double Ece { get; init; }

    /// <summary>Brier score: mean over samples of the squared distance between probabilities and the one-hot label, summed over classes; 0..2.</summary>
    public required double Brier { get; init; }

    /// <summary>Area under the ROC curve, mean over the classes, one against the rest; null when only one class has samples.</summary>
    public double? RocAuc { get; init; }

    /// <summary>How often the right class was among the best 3, for models of more than 3 classes.</summary>
    public double? Top3 { get; init; }

    /// <summary>How often the right class was among the best 5, for models of more than 5 classes.</summary>
    public double? Top5 { get; init; }

    /// <summary>The reliability diagram, the least confident bin first; empty bins are left out.</summary>
    public required IReadOnlyList<CalibrationBin> Calibration { get; init; }

    /// <summary>Samples.</summary>
    public required long Samples { get; init; }

    /// <summary>Figures of each class in the order of the labels.</summary>
    public required IReadOnlyList<ClassFigures> PerClass { get; init; }

    /// <summary>Rows are labels, columns answers.</summary>
    public required IReadOnlyList<IReadOnlyList<long>> Confusion { get; init; }

    /// <summary>The model that answered: its name and version; null when only figures were computed.</summary>
    public string? Model { get; init; }

    /// <summary>The data: <c>NAME@VERSION:split</c>, or a path.</summary>
    public string? Data { get; init; }

    /// <summary>The accuracy without copies of training samples; null for data that has no training split or no copies.</summary>
    public WithoutCopies? WithoutCopies { get; init; }

    /// <summary>The accuracy without copies and without samples that look like training samples; null when it was not asked for.</summary>
    public WithoutCopies? WithoutLookAlikes { get; init; }

    /// <summary>What temperature scaling would do; null without a validation split.</summary>
    public Recalibrated? Recalibrated { get; init; }

    /// <summary>Accuracy by brightness, sharpness and size.</summary>
    public IReadOnlyList<Slice> Slices { get; init; } = [];

    /// <summary>The wrong answers that the model was most sure of, the surest first.</summary>
    public IReadOnlyList<SampleOutcome> Worst { get; init; } = [];

    /// <summary>How it did against another model on the same samples; null when none was asked for.</summary>
    public PairedTest? Against { get; init; }

    /// <summary>Resamples of the bootstrap.</summary>
    public const int Resamples = 2000;

    private const int Bins = 15;

    /// <summary>Computes the report.</summary>
    /// <param name="classes">Names of the classes, in the order of the probabilities.</param>
    /// <param name="labels">Right class of each sample.</param>
    /// <param name="probabilities">Sample after sample, one number a class, each in 0..1; rows that do not add up to 1 are scaled for the log loss.</param>
    /// <param name="seed">Of the bootstrap. Default 0.</param>
    /// <exception cref="SakiException">No sample, a label outside the classes, a wrong number of probabilities, or one that is NaN or outside 0..1.</exception>
    public static EvaluationReport From(IReadOnlyList<string> classes, ReadOnlySpan<int> labels, ReadOnlySpan<float> probabilities, ulong seed = 0)
    {
        Check(classes, labels, probabilities);
        var count = classes.Count;
        var matrix = new ConfusionMatrix(count);
        var calibration = new CalibrationBins(Bins);
        var (logLoss, brier) = (0.0, 0.0);
        var (top3, top5) = (0L, 0L);
        for (var i = 0; i < labels.Length; i++)
        {
            var row = probabilities.Slice(i * count, count);
            var answer = BestOf(row);
            matrix.Add(labels[i], answer);
            calibration.Add(row[answer], answer == labels[i]);
            logLoss += LogLossOf(row, labels[i]);
            brier += BrierOf(row, labels[i]);
            var better = Better(row, labels[i]);
            if (better < 3) top3++;
            if (better < 5) top5++;
        }
        var right = (long)Math.Round(matrix.Accuracy * labels.Length);
        var (low, high) = Bootstrap.Accuracy(right, labels.Length, Resamples, new SeededRandom(seed));
        var used = Enumerable.Range(0, count).Where(i => matrix.Support(i) + matrix.Answered(i) > 0).ToList();
        return new EvaluationReport
        {
            Accuracy = matrix.Accuracy,
            AccuracyInterval = [low, high],
            BalancedAccuracy = matrix.BalancedAccuracy,
            MacroF1 = used.Average(matrix.F1),
            WeightedF1 = used.Sum(i => matrix.F1(i) * matrix.Support(i)) / labels.Length,
            LogLoss = logLoss / labels.Length,
            Ece = calibration.Error,
            Brier = brier / labels.Length,
            RocAuc = Evaluation.RocAuc.Macro(labels, probabilities, count),
            Top3 = count > 3 ? (double)top3 / labels.Length : null,
            Top5 = count > 5 ? (double)top5 / labels.Length : null,
            Calibration = calibration.Filled(),
            Samples = labels.Length,
            PerClass = [.. classes.Select((name, i) => new ClassFigures(name, matrix.Precision(i), matrix.Recall(i), matrix.F1(i), matrix.Support(i)))],
            Confusion = matrix.Rows(),
        };
    }

    private static void Check(IReadOnlyList<string> classes, ReadOnlySpan<int> labels, ReadOnlySpan<float> probabilities)
    {
        if (labels.Length == 0) throw new SakiException("Evaluating", "at least one sample", "none", "Choose another split.");
        if (probabilities.Length != (long)labels.Length * classes.Count)
            throw new SakiException("Evaluating", FormattableString.Invariant($"{labels.Length} x {classes.Count} probabilities"), FormattableString.Invariant($"{probabilities.Length}"));
        foreach (var label in labels)
            if (label < 0 || label >= classes.Count) throw new SakiException("Evaluating", FormattableString.Invariant($"labels from 0 to {classes.Count - 1}"), FormattableString.Invariant($"{label}"), "The model and the data set must have the same classes.");
        foreach (var probability in probabilities)
            if (!(probability is >= 0 and <= 1.0001f)) throw new SakiException("Evaluating", "probabilities in 0..1", FormattableString.Invariant($"{probability}"), "The output of the model must be probabilities (after softmax).");
    }

    /// <summary>The class with the highest probability; the first of equals, as numpy's argmax.</summary>
    public static int BestOf(ReadOnlySpan<float> row)
    {
        var best = 0;
        for (var i = 1; i < row.Length; i++)
            if (row[i] > row[best]) best = i;
        return best;
    }

    // Classes that come before the right one: those with a higher probability, and equals of a lower index, as argmax chooses.
    private static int Better(ReadOnlySpan<float> row, int label)
    {
        var better = 0;
        for (var i = 0; i < row.Length; i++)
            if (row[i] > row[label] || (row[i] == row[label] && i < label)) better++;
        return better;
    }

    private static double LogLossOf(ReadOnlySpan<float> row, int label)
    {
        var sum = 0.0;
        foreach (var probability in row) sum += probability;
        var own = sum > 0 ? row[label] / sum : 0;
        return -Math.Log(Math.Clamp(own, double.BitIncrement(1) - 1, 1 - (double.BitIncrement(1) - 1)));
    }

    private static double BrierOf(ReadOnlySpan<float> row, int label)
    {
        var sum = 0.0;
        for (var i = 0; i < row.Length; i++)
        {
            var distance = row[i] - (i == label ? 1.0 : 0.0);
            sum += distance * distance;
        }
        return sum;
    }
}

/// <summary>JSON of <see cref="EvaluationReport"/> in the names of the command line's contract.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EvaluationReport))]
public sealed partial class EvaluationJson : JsonSerializerContext;

using System.Text.Json.Serialization;
using Saki.Datasets;
using Saki.Gates;

namespace Saki.Calibration;

/// <summary>Right answers before and after.</summary>
/// <param name="Samples">Pictures asked about.</param>
/// <param name="Before">The base's right answers.</param>
/// <param name="After">The calibrated model's.</param>
/// <param name="PValue">McNemar's exact test of the difference; 1 where it says nothing.</param>
public sealed record BeforeAfter(int Samples, int Before, int After, double PValue)
{
    /// <summary>The calibrated model's accuracy less the base's, -1 to 1.</summary>
    [JsonIgnore] public double Change => Samples == 0 ? 0 : (double)(After - Before) / Samples;
}

/// <summary>A class among the held-back pictures.</summary>
/// <param name="Name">The class.</param>
/// <param name="Pictures">The person's pictures of it, held back or not.</param>
/// <param name="HeldBack">How many of them were held back.</param>
/// <param name="Before">How many of these the base got right.</param>
/// <param name="After">How many the calibrated model got right.</param>
public sealed record CalibratedClass(string Name, int Pictures, int HeldBack, int Before, int After);

/// <summary>What came of a calibration; what <c>saki calibrate --json</c> prints and the result of its job.</summary>
public sealed record CalibrationReport
{
    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>Digest of the package that it began from.</summary>
    public required string Base { get; init; }

    /// <summary>Digest of the calibrated package; its first 12 digits are the version that serves it.</summary>
    public required string Package { get; init; }

    /// <summary>Where it lies.</summary>
    public required string Folder { get; init; }

    /// <summary>Pictures of the person.</summary>
    public required int Pictures { get; init; }

    /// <summary>Of these learned from.</summary>
    public required int Learned { get; init; }

    /// <summary>Rehearsed pictures that were learned from besides.</summary>
    public required int Rehearsed { get; init; }

    /// <summary>Files that did not become pictures, the first 100 of them.</summary>
    public IReadOnlyList<LeftOut> LeftOut { get; init; } = [];

    /// <summary>Classes without a picture of the person.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>On the person's held-back pictures.</summary>
    public required BeforeAfter You { get; init; }

    /// <summary>On the frozen test set.</summary>
    public required BeforeAfter All { get; init; }

    /// <summary>The frozen test set: <c>NAME@DIGEST:SPLIT</c>.</summary>
    public required string Test { get; init; }

    /// <summary>The held-back pictures by class; classes without any are left out.</summary>
    public IReadOnlyList<CalibratedClass> Classes { get; init; } = [];

    /// <summary>What was demanded.</summary>
    public IReadOnlyList<GateLine> Lines { get; init; } = [];

    /// <summary>Seconds that it took.</summary>
    public double Seconds { get; init; }

    /// <summary>Whether it becomes the person's version.</summary>
    public bool Accepted => Lines.Count > 0 && Lines.All(line => line.Passed);
}

/// <summary>Whether a calibrated model may answer its person.</summary>
public static class CalibrationGate
{
    /// <summary>The report with what was demanded and found, in plain words.</summary>
    public static CalibrationReport Judge(CalibrationReport report, CalibrationPolicy policy)
    {
        var (you, all) = (report.You, report.All);
        // A hundredth of a picture covers what binary fractions lack.
        var gain = (long)Math.Max(1, Math.Ceiling((policy.MinGain * you.Samples) - 0.01));
        var loss = (long)Math.Floor((policy.MaxLoss * all.Samples) + 0.01);
        return report with
        {
            Lines =
            [
                new GateLine("held back", $"at least {policy.LeastHeldBack} of your pictures held back", $"{you.Samples}", you.Samples >= policy.LeastHeldBack),
                new GateLine("for you", $"at least {Counted(gain, "more right answer", "more right answers")} on them than before ({you.Before} of {you.Samples})", $"{you.After} of {you.Samples}", you.After >= you.Before + gain),
                new GateLine("for all", FormattableString.Invariant($"no more than {policy.MaxLoss * 100:0.##} points lost on the frozen test set: at least {all.Before - loss} of {all.Samples}, before it was {all.Before}"), $"{all.After} of {all.Samples}", all.After >= all.Before - loss),
            ],
        };
    }

    /// <summary>Why it was refused or accepted, in a sentence.</summary>
    public static string Sentence(CalibrationReport report)
    {
        var you = $"Right on {report.You.After} of {report.You.Samples} held-back pictures, before on {report.You.Before}";
        var all = FormattableString.Invariant($"on the frozen test set {report.All.Change * 100:+0.0;-0.0;0.0} points");
        var failed = report.Lines.Where(line => !line.Passed).Select(line => line.Check switch
        {
            "held back" => "too few pictures could be held back to prove anything",
            "for you" => "it is not better for you",
            _ => "it lost too much on what it knew before",
        });
        return report.Accepted ? $"{you}; {all}." : $"{you}; {all}. Not taken: {string.Join(", and ", failed)}.";
    }

    private static string Counted(long count, string one, string many) => $"{count} {(count == 1 ? one : many)}";
}

/// <summary>JSON of calibrations.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CalibrationReport))]
[JsonSerializable(typeof(CalibrationView))]
[JsonSerializable(typeof(CalibrationList))]
public sealed partial class CalibrationJson : JsonSerializerContext;

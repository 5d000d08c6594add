using Saki.Calibration;
using Saki.Evaluation;
using Saki.Inference.Evaluation;
using Saki.Pipelines;
using Saki.Vision;

namespace Saki.Inference.Calibration;

/// <summary>Asks the base and the calibrated package about the same pictures, as they will be served.</summary>
public static class CalibrationProof
{
    /// <summary>The report without its gate lines.</summary>
    /// <param name="before">The package that the calibration began from.</param>
    /// <param name="after">The calibrated one.</param>
    /// <param name="set">What it learned from and what was held back.</param>
    /// <param name="held">The held-back pictures, of <see cref="Datasets.Split.Test"/> in <paramref name="set"/>.</param>
    /// <param name="test">The frozen test set without what looks like a picture of the person.</param>
    /// <param name="testName">What it is called.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="SakiException">A package does not load or answers for other classes.</exception>
    public static CalibrationReport Ask(Package before, Package after, CalibrationSet set, IReadOnlyList<LabelledSample> held, IReadOnlyList<LabelledSample> test, string testName, CancellationToken cancel)
    {
        var labels = before.Pipeline.Labels;
        if (!labels.SequenceEqual(after.Pipeline.Labels)) throw new SakiException("Proving the calibrated model", $"the classes {string.Join(", ", labels)}", string.Join(", ", after.Pipeline.Labels));
        var (oldHeld, oldTest) = Answers(before, held, test, cancel);
        var (newHeld, newTest) = Answers(after, held, test, cancel);
        // A picture is in the set as often as it is repeated, but held-back ones and the count by class are about pictures.
        var own = set.Version.Samples.Where(sample => sample.Path.StartsWith($"{CalibrationSet.Own}/", StringComparison.Ordinal) && sample.Path.Contains("/0000/", StringComparison.Ordinal)).ToList();
        return new CalibrationReport
        {
            Model = before.Model,
            Base = before.Digest.ToString(),
            Package = after.Digest.ToString(),
            Folder = after.Folder,
            Pictures = set.Pictures,
            Learned = set.Learned,
            Rehearsed = set.Rehearsed,
            You = Compare(oldHeld, newHeld),
            All = Compare(oldTest, newTest),
            Test = testName,
            Classes = [.. labels.Select((name, label) => new CalibratedClass(name, own.Count(sample => sample.Label == label), held.Count(sample => sample.Label == label), Right(oldHeld, held, label), Right(newHeld, held, label)))
                .Where(one => one.Pictures > 0)],
        };
    }

    // Faces were cut out before, and the frozen pictures are what the model was trained on: whole pictures for both.
    private static (bool[] Held, bool[] Test) Answers(Package package, IReadOnlyList<LabelledSample> held, IReadOnlyList<LabelledSample> test, CancellationToken cancel)
    {
        using var predictor = Predictor.Load(package, cancellation: cancel);
        bool[] Right(IReadOnlyList<LabelledSample> samples) => samples.Count == 0 ? [] : ModelAnswers.Of(predictor, samples, _ => { }, cancel).Right;
        return (Right(held), Right(test));
    }

    private static BeforeAfter Compare(bool[] before, bool[] after) =>
        new(before.Length, before.Count(right => right), after.Count(right => right), before.Length == 0 ? 1 : PairedTest.Of(after, before).PValue);

    private static int Right(bool[] answers, IReadOnlyList<LabelledSample> samples, int label) => samples.Where((sample, i) => sample.Label == label && answers[i]).Count();

    /// <summary>Why an encoded picture cannot be read, as the end of a sentence; null when it can.</summary>
    public static string? Refuse(ReadOnlyMemory<byte> picture)
    {
        try
        {
            ImageHeader.Read(picture.Span);
            using var image = ImageDecoder.Decode(picture.Span, new DecodeOptions());
            return null;
        }
        catch (ImageException failure)
        {
            return failure.Got;
        }
    }
}

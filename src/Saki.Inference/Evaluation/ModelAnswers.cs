using Saki.Evaluation;
using Saki.Storage;
using Saki.Vision;

namespace Saki.Inference.Evaluation;

/// <summary>What one model answered to labelled samples, and what of it goes into the report.</summary>
public sealed class ModelAnswers
{
    private const int Block = 512, MostValidation = 5000, MostWorst = 48;

    private readonly IReadOnlyList<string> _classes;
    private readonly List<int> _labels = [];
    private readonly List<float[]> _rows = [];
    private readonly List<Digest> _digests = [];
    private readonly PriorityQueue<(SampleOutcome Outcome, byte[] Picture), double> _worst = new();

    private ModelAnswers(IReadOnlyList<string> classes) => _classes = classes;

    /// <summary>Each sample's outcome, in the order of the samples.</summary>
    public List<SampleOutcome> Outcomes { get; } = [];

    /// <summary>Whether each answer is right, in the order of the samples.</summary>
    public bool[] Right => [.. Outcomes.Select(outcome => outcome.Right)];

    /// <summary>Runs the model on all <paramref name="samples"/>, several at a time; faces are not looked for.</summary>
    /// <param name="predictor">The model.</param>
    /// <param name="samples">Each is read once.</param>
    /// <param name="progress">Told how many are done.</param>
    /// <param name="cancel">Stops between samples.</param>
    /// <exception cref="SakiException">There is no sample, or one that the model refuses.</exception>
    public static ModelAnswers Of(Predictor predictor, IEnumerable<LabelledSample> samples, Action<long> progress, CancellationToken cancel)
    {
        var classes = predictor.Pipeline.Labels;
        var answers = new ModelAnswers(classes);
        foreach (var block in samples.Chunk(Block))
        {
            var (rows, figures, pictures) = (new float[block.Length][], new PictureFigures[block.Length], new byte[block.Length][]);
            Parallel.For(0, block.Length, new ParallelOptions { CancellationToken = cancel }, i =>
            {
                pictures[i] = block[i].Read();
                using var image = Decode(predictor, block[i].Path, pictures[i]);
                figures[i] = PictureQuality.Measure(image);
                predictor.Run([image], rows[i] = new float[classes.Count], cancel);
            });
            for (var i = 0; i < block.Length; i++) answers.Add(block[i], rows[i], figures[i], pictures[i]);
            progress(answers._labels.Count);
        }
        return answers._labels.Count > 0 ? answers : throw new SakiException("Evaluating", "at least one sample", "none", "Choose another split.");
    }

    /// <summary>The figures of these answers, without what needs a second look at the pictures.</summary>
    public EvaluationReport Figures(Predictor predictor, LabelledSamples samples) =>
        EvaluationReport.From(_classes, _labels.ToArray(), Probabilities()) with { Model = $"{predictor.Model} {predictor.Version}", Data = samples.Name };

    /// <summary>The report of these answers to <paramref name="samples"/>.</summary>
    /// <param name="predictor">The model.</param>
    /// <param name="samples">What was asked.</param>
    /// <param name="lookAlikes">Whether the figure without pictures that look like training pictures is wanted too: decodes the training split.</param>
    /// <param name="cancel">Stops between pictures.</param>
    public EvaluationReport Report(Predictor predictor, LabelledSamples samples, bool lookAlikes, CancellationToken cancel) =>
        Figures(predictor, samples) with
        {
            WithoutCopies = CountWithoutCopies(samples.TrainingDigests),
            WithoutLookAlikes = lookAlikes && samples.LookAlikes(cancel) is { } like ? WithoutCopies.Of(Outcomes, like) : null,
            Recalibrated = Recalibrate(predictor, samples, cancel),
            Slices = Slice.Of(Outcomes),
            Worst = [.. Worst.Select(wrong => wrong.Outcome)],
        };

    /// <summary>The wrong answers that it was most sure of with their pictures' bytes, the surest first.</summary>
    public IReadOnlyList<(SampleOutcome Outcome, byte[] Picture)> Worst =>
        [.. _worst.UnorderedItems.Select(item => item.Element).OrderByDescending(wrong => wrong.Outcome.Confidence).ThenBy(wrong => wrong.Outcome.Path, StringComparer.Ordinal)];

    private void Add(LabelledSample sample, float[] row, PictureFigures figures, byte[] picture)
    {
        var best = EvaluationReport.BestOf(row);
        _labels.Add(sample.Label);
        _rows.Add(row);
        _digests.Add(sample.Digest);
        var outcome = new SampleOutcome(sample.Path, _classes[sample.Label], _classes[best], row[best], figures);
        Outcomes.Add(outcome);
        if (outcome.Right) return;
        _worst.Enqueue((outcome, picture), outcome.Confidence);
        if (_worst.Count > MostWorst) _worst.Dequeue();
    }

    private float[] Probabilities() => [.. _rows.SelectMany(row => row)];

    private WithoutCopies? CountWithoutCopies(HashSet<Digest> training)
    {
        var seen = new HashSet<Digest>();
        bool[] copies = [.. _digests.Select(digest => training.Contains(digest) || !seen.Add(digest))];
        return copies.Contains(true) ? WithoutCopies.Of(Outcomes, copies) : null;
    }

    private Recalibrated? Recalibrate(Predictor predictor, LabelledSamples samples, CancellationToken cancel)
    {
        if (samples.Validation(MostValidation) is not { Count: > 0 } validation) return null;
        var fitted = Of(predictor, validation, _ => { }, cancel);
        var temperature = TemperatureScaling.Fit(fitted._labels.ToArray(), fitted.Probabilities(), _classes.Count);
        var scaled = Probabilities();
        TemperatureScaling.Apply(scaled, scaled, _classes.Count, temperature);
        var after = EvaluationReport.From(_classes, _labels.ToArray(), scaled);
        return new Recalibrated(temperature, validation.Count, after.LogLoss, after.Ece);
    }

    // The predictor's own rule: what it would refuse to answer for is not evaluated on either.
    private static Image Decode(Predictor predictor, string path, byte[] picture)
    {
        try
        {
            return predictor.Decode(picture);
        }
        catch (ImageException failure)
        {
            throw new SakiException($"Evaluating {path}", failure.Expected, failure.Got, "Take it out of the data: saki data check NAME --drop damaged.", failure);
        }
    }
}

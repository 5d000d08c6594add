using Saki.Datasets;
using Saki.Drift;
using Saki.Inference.Labelling;
using Saki.Inference.Serving;
using Saki.Loop;
using Saki.Pipelines;
using Saki.Tracking;
using Saki.Vision;

namespace Saki.Server.Loop;

/// <summary>What is collected of one champion: its reference, the window in progress, and what the last two whole windows measured. Thread-safe.</summary>
/// <param name="version">The champion.</param>
/// <param name="when">What is asked for.</param>
/// <param name="origin">Where the reference comes from.</param>
internal sealed class ModelDrift(string version, TriggerOptions when, DriftOrigin origin) : IDisposable
{
    // The figures of a picture depend on how finely it is sampled, so all are looked at in one size.
    private const int MeasuredAt = 256;

    private readonly Lock _lock = new();
    private readonly Lock _looking = new();
    private readonly List<PictureTraits> _gathered = [], _window = [];
    private readonly SeededRandom _random = new(1);
    private IReadOnlyList<DriftFigure> _figures = [];
    private DriftReference? _reference;
    private PictureFeatures? _features;
    private string _words = $"the first {when.DriftPictures} pictures of version {version}";
    private string? _problem;
    private bool _begun, _closed;

    /// <summary>Takes a picture in that the champion was asked about; one of another version is left out.</summary>
    public void Look(ServedModel model, ReadOnlyMemory<byte> picture, Prediction answer)
    {
        lock (_looking)
        {
            if (_closed || model.Version != version || model.Predictor is null) return;
            if (!_begun && !TryBegin(model)) return;
            var traits = Traits(model, picture.Span, answer.Class);
            if (_reference is null) Gather(traits);
            else Watch(traits);
        }
    }

    /// <summary>How it stands.</summary>
    public DriftSight Sight()
    {
        lock (_lock)
        {
            return new DriftSight { Reference = _words, Have = _reference is null ? _gathered.Count : when.DriftPictures, Need = when.DriftPictures, Window = _window.Count, Figures = _figures, Problem = _problem };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_looking)
        {
            _closed = true;
            _features?.Dispose();
        }
    }

    // What cannot be had now is not asked for with every picture.
    private bool TryBegin(ServedModel model)
    {
        _begun = true;
        try
        {
            Begin(model);
            return true;
        }
        catch (Exception failure) when (failure is SakiException or MlflowException)
        {
            lock (_lock) _problem = failure.Message;
            _closed = true;
            return false;
        }
    }

    private void Begin(ServedModel model)
    {
        if (when.EmbeddingDrift is not null || when.DriftReference == LoopPolicy.DriftOfTraining)
            _features = origin.Folder() is { } folder ? PictureFeatures.Open(folder) : PictureFeatures.Over(model.Predictor!);
        if (when.DriftReference == LoopPolicy.DriftOfTraining && origin.Trained() is { } data)
        {
            var pictures = Trained(data);
            Refer(pictures, $"{pictures.Count} pictures of {data}:train");
        }
        else if (origin.Kept() is { } kept) Refer(kept, _words);
    }

    private List<PictureTraits> Trained(string data)
    {
        using var store = new DatasetStore(origin.Home);
        var samples = store.Load(data).Samples.Where(sample => sample.Split == Split.Train).ToList();
        var chosen = Enumerable.Range(0, Math.Min(when.DriftPictures, samples.Count)).Select(i => samples[(int)((long)i * samples.Count / Math.Min(when.DriftPictures, samples.Count))]);
        var labels = _features!.Predictor.Pipeline.Labels;
        return [.. chosen.Select(sample =>
        {
            var bytes = store.Read(sample);
            var feature = _features.Of(bytes);
            return Measured(_features.Predictor, bytes, labels[Array.IndexOf(feature.Probabilities, feature.Probabilities.Max())]) with { Embedding = feature.Embedding };
        })];
    }

    private void Refer(IReadOnlyList<PictureTraits> pictures, string words)
    {
        if (pictures.Count < 2) return; // nothing to hold against: the first pictures are taken instead
        var reference = new DriftReference(pictures);
        lock (_lock) (_reference, _words) = (reference, words);
    }

    private void Gather(PictureTraits traits)
    {
        lock (_lock) _gathered.Add(traits);
        if (_gathered.Count < when.DriftPictures) return;
        origin.Keep(_gathered);
        Refer([.. _gathered], _words);
        lock (_lock) _gathered.Clear();
    }

    private void Watch(PictureTraits traits)
    {
        lock (_lock) _window.Add(traits);
        if (_window.Count < when.DriftPictures) return;
        var figures = when.DriftLimits.Select(asked => new DriftFigure(asked.Of, _reference!.Measure(asked.Of, _window, _random), _figures.Where(known => known.Of == asked.Of).Select(known => (double?)known.Value).FirstOrDefault())).ToList();
        lock (_lock)
        {
            _figures = figures;
            _window.Clear();
        }
    }

    private PictureTraits Traits(ServedModel model, ReadOnlySpan<byte> picture, string answer)
    {
        var traits = Measured(model.Predictor!, picture, answer);
        return when.EmbeddingDrift is null ? traits : traits with { Embedding = _features!.Of(picture).Embedding };
    }

    private static PictureTraits Measured(Inference.Predictor predictor, ReadOnlySpan<byte> bytes, string answer)
    {
        var header = ImageHeader.Read(bytes);
        using var picture = predictor.Decode(bytes);
        var scale = (double)MeasuredAt / Math.Max(picture.Width, picture.Height);
        using var small = scale < 1 ? new Image((int)Math.Max(3, picture.Width * scale), (int)Math.Max(3, picture.Height * scale), picture.Channels) : null;
        if (small is not null) Resize.Run(picture, small, Interpolation.Area, antialias: false);
        var figures = PictureQuality.Measure(small ?? picture);
        return new PictureTraits
        {
            Brightness = figures.Brightness,
            Contrast = figures.Contrast,
            Sharpness = figures.Sharpness,
            Size = Math.Sqrt((double)header.UprightWidth * header.UprightHeight),
            Class = answer,
        };
    }
}

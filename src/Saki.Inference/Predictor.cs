using System.Buffers;
using System.Diagnostics;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Faces;
using Saki.Pipelines;
using Saki.Storage;
using Saki.Vision;

namespace Saki.Inference;

/// <summary>
/// A loaded model with everything between a picture's bytes and an answer. The one code path behind <c>saki predict</c>, the page and every route:
/// the same bytes give the same bits of probability. Thread-safe; calls on different threads run side by side.
/// </summary>
public sealed class Predictor : IDisposable
{
    private readonly Estimator _estimator;
    private readonly Preprocessor _preprocessor;
    private readonly DecodeOptions _decode;
    private readonly IFaceDetector? _faces;
    private readonly TimeProvider _time;

    private Predictor(OrtSession session, Pipeline pipeline, string model, string version, PredictorOptions options)
    {
        try
        {
            _estimator = new Estimator(session, pipeline);
            _preprocessor = new Preprocessor(pipeline);
            _decode = _preprocessor.Decode with
            {
                Channels = pipeline.Faces == FaceMode.None ? pipeline.Input.Channels : 3, // detectors want colour
                MaxBytes = options.MaxBytes,
                MaxPixels = options.MaxPixels,
                ShrinkLargeJpegs = options.ShrinkLargeJpegs,
            };
            _faces = pipeline.Faces == FaceMode.None ? null : FaceDetector.Open(options.FaceModel);
            (Pipeline, Model, Version, _time) = (pipeline, model, options.Version ?? version, options.Time);
            PipelineVersion = PipelineFile.DigestOf(pipeline).Short;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>What it does with a picture.</summary>
    public Pipeline Pipeline { get; }

    /// <summary>The model's name.</summary>
    public string Model { get; }

    /// <summary>The model's version.</summary>
    public string Version { get; }

    /// <summary>The first 12 digits of the pipeline's digest.</summary>
    public string PipelineVersion { get; }

    /// <summary>What the model file says of itself.</summary>
    public OrtModelMetadata Metadata => _estimator.Metadata;

    /// <summary>Opens a package, loads its model and checks its golden answer.</summary>
    /// <exception cref="SakiException">The package is damaged, the model does not load or fit its pipeline, or answers differently than when it was packaged.</exception>
    public static Predictor Load(string packageFolder, PredictorOptions? options = null, CancellationToken cancellation = default) =>
        Load(Package.Open(packageFolder), options, cancellation);

    /// <inheritdoc cref="Load(string, PredictorOptions?, CancellationToken)"/>
    public static Predictor Load(Package package, PredictorOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new PredictorOptions();
        var session = OrtSession.Load(package.ReadModel(), package.Folder, options.Session, cancellation);
        var predictor = new Predictor(session, package.Pipeline, package.Model, package.Version, options);
        try
        {
            package.Golden.Verify(predictor.RunRaw);
            return predictor;
        }
        catch
        {
            predictor.Dispose();
            throw;
        }
    }

    /// <summary>Opens a bare model with a pipeline; there is no golden answer to check. Named after the file, versioned by its digest.</summary>
    /// <exception cref="SakiException">The model does not load or does not fit the pipeline.</exception>
    public static Predictor Open(string modelFile, Pipeline pipeline, PredictorOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new PredictorOptions();
        var session = OrtSession.Load(modelFile, options.Session, cancellation);
        using var content = File.OpenRead(modelFile);
        return new Predictor(session, pipeline, Path.GetFileNameWithoutExtension(modelFile), Digest.Of(content).Short, options);
    }

    /// <summary>Answers for one picture.</summary>
    /// <param name="image">The file's bytes, in any format that <see cref="ImageDecoder"/> reads.</param>
    /// <param name="file">Its name, repeated in the answer.</param>
    /// <param name="top">How many classes to list, best first; at least 1.</param>
    /// <param name="cancellation">Stops between steps and inside the model's run.</param>
    /// <exception cref="SakiException">The bytes are no picture, a damaged or too large one.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Prediction Predict(ReadOnlyMemory<byte> image, string? file = null, int top = 5, CancellationToken cancellation = default)
    {
        var started = Stopwatch.GetTimestamp();
        cancellation.ThrowIfCancellationRequested();
        using var picture = Decode(image.Span);
        var decoded = Stopwatch.GetTimestamp();
        return Answer(picture, file, top, Milliseconds(started, decoded), cancellation);
    }

    /// <summary>Decodes as <see cref="Predict(ReadOnlyMemory{byte}, string?, int, CancellationToken)"/> does: within the limits, upright, no larger than needed. The caller owns the picture.</summary>
    /// <exception cref="ImageException">The bytes are no picture, a damaged or too large one.</exception>
    public Image Decode(ReadOnlySpan<byte> image) => ImageDecoder.Decode(image, _decode);

    /// <summary>Answers for a picture that <see cref="Decode"/> gave.</summary>
    /// <inheritdoc cref="Predict(ReadOnlyMemory{byte}, string?, int, CancellationToken)" path="/param"/>
    /// <inheritdoc cref="Predict(ReadOnlyMemory{byte}, string?, int, CancellationToken)" path="/exception"/>
    public Prediction Predict(Image image, string? file = null, int top = 5, CancellationToken cancellation = default) => Answer(image, file, top, 0, cancellation);

    /// <summary>Probabilities of pictures that were decoded before: whole pictures, faces are not looked for. Same bits as <see cref="Predict(Image, string?, int, CancellationToken)"/>.</summary>
    /// <param name="images">In order.</param>
    /// <param name="probabilities">One row per picture, one column per label.</param>
    /// <param name="cancellation">Stops between pictures and inside the model's run.</param>
    public void Run(IReadOnlyList<Image> images, Span<float> probabilities, CancellationToken cancellation = default)
    {
        var row = ArrayPool<float>.Shared.Rent(Pipeline.Input.Count);
        try
        {
            for (var i = 0; i < images.Count; i++)
            {
                _preprocessor.Run(images[i], row.AsSpan(0, Pipeline.Input.Count));
                Classify(row.AsSpan(0, Pipeline.Input.Count), probabilities.Slice(i * Pipeline.Labels.Count, Pipeline.Labels.Count), cancellation);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(row);
        }
    }

    /// <summary>Probabilities of rows that were preprocessed before. Each row is run by itself, so its bits do not depend on its neighbours; call in parallel for speed.</summary>
    /// <param name="batch"><paramref name="count"/> rows of <see cref="InputSpec.Count"/> values.</param>
    /// <param name="count">Rows.</param>
    /// <param name="probabilities">One row each, one column per label.</param>
    /// <param name="cancellation">Stops between rows and inside the model's run.</param>
    public void Run(ReadOnlySpan<float> batch, int count, Span<float> probabilities, CancellationToken cancellation = default)
    {
        var (size, classes) = (Pipeline.Input.Count, Pipeline.Labels.Count);
        if (batch.Length < count * size || probabilities.Length < count * classes)
            throw new SakiException("Running the model", $"{count} rows of {size} values and room for {classes} probabilities each", $"{batch.Length} values and room for {probabilities.Length}");
        for (var i = 0; i < count; i++) Classify(batch.Slice(i * size, size), probabilities.Slice(i * classes, classes), cancellation);
    }

    /// <summary>Preprocesses a whole picture and gives the model's raw output row, before softmax: what a golden sample records.</summary>
    public float[] RunRaw(GoldenPicture picture)
    {
        using var image = Image.FromPixels(picture.Pixels, picture.Width, picture.Height, picture.Channels);
        var row = new float[Pipeline.Input.Count];
        var raw = new float[Pipeline.Labels.Count];
        _preprocessor.Run(image, row);
        _estimator.Run(row, raw, CancellationToken.None);
        return raw;
    }

    /// <summary>Releases the model. No call may be in progress.</summary>
    public void Dispose()
    {
        _estimator.Dispose();
        _faces?.Dispose();
    }

    private Prediction Answer(Image picture, string? file, int top, double decode, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var infer = 0.0;
        var found = _faces?.Find(picture);
        if (found is { Count: > 1 } && Pipeline.Faces == FaceMode.Largest) found = [found[0]];
        FacePrediction[]? faces = null;
        ClassProbability[] best;
        if (found is { Count: > 0 })
        {
            faces = new FacePrediction[found.Count];
            for (var i = 0; i < faces.Length; i++)
            {
                var box = found[i].Box;
                var classes = Classify(picture, box, top, ref infer, cancellation);
                faces[i] = new FacePrediction([box.X, box.Y, box.Width, box.Height], Postprocess.Class(Pipeline, classes[0]), classes[0].Probability, classes);
            }
            best = [.. faces[0].Top];
        }
        else
        {
            best = Classify(picture, null, top, ref infer, cancellation);
            if (found is not null) faces = [];
        }
        var all = Milliseconds(started, Stopwatch.GetTimestamp());
        return new Prediction
        {
            File = file,
            Class = Postprocess.Class(Pipeline, best[0]),
            Probability = best[0].Probability,
            Top = best,
            Model = Model,
            Version = Version,
            Pipeline = PipelineVersion,
            Faces = faces,
            Milliseconds = new PredictionTime(decode, Math.Round(all - infer, 3), Math.Round(infer, 3)),
            Id = Guid.CreateVersion7(_time.GetUtcNow()).ToString("N"),
        };
    }

    private ClassProbability[] Classify(Image picture, Box? crop, int top, ref double infer, CancellationToken cancellation)
    {
        var row = ArrayPool<float>.Shared.Rent(Pipeline.Input.Count);
        try
        {
            var values = row.AsSpan(0, Pipeline.Input.Count);
            if (crop is { } box) _preprocessor.Run(picture, in box, values);
            else _preprocessor.Run(picture, values);
            var probabilities = new float[Pipeline.Labels.Count];
            var started = Stopwatch.GetTimestamp();
            Classify(values, probabilities, cancellation);
            infer += Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            return Postprocess.Top(probabilities, Pipeline.Labels, top);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(row);
        }
    }

    private void Classify(ReadOnlySpan<float> row, Span<float> probabilities, CancellationToken cancellation)
    {
        _estimator.Run(row, probabilities, cancellation);
        Postprocess.Apply(Pipeline.Output.Kind, probabilities);
    }

    private static double Milliseconds(long from, long to) => Math.Round(Stopwatch.GetElapsedTime(from, to).TotalMilliseconds, 3);
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Faces;
using Saki.Inference.Tensors;
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
    private readonly Preprocessor _preprocessor;
    private readonly DecodeOptions _decode;
    private readonly IFaceDetector? _faces;
    private readonly TimeProvider _time;

    private Predictor(OrtSession session, Pipeline pipeline, string model, string version, PredictorOptions options)
    {
        try
        {
            ModelShape.CheckInput(session, pipeline.Input);
            var output = ModelShape.FindOutput(session, pipeline);
            Tensors = new TensorModel(session, options.MaxBatch, output);
            if (Tensors.MaxRows == 0) throw ModelShape.NoRows(session.Outputs[output]);
            if (Tensors.OutputRows[0].Count != pipeline.Labels.Count) throw ModelShape.WrongClasses(pipeline.Labels.Count, Tensors.OutputRows[0].Count);
            _preprocessor = new Preprocessor(pipeline);
            _decode = _preprocessor.Decode with
            {
                Channels = pipeline.Faces == FaceMode.None ? pipeline.Input.Channels : 3, // detectors want colour
                MaxBytes = options.MaxBytes,
                MaxPixels = options.MaxPixels,
                ShrinkLargeJpegs = options.ShrinkLargeJpegs,
            };
            _faces = pipeline.Faces == FaceMode.None ? null : FaceDetector.Open(options.FaceModel);
            (Pipeline, Model, Version, _time) = (pipeline, options.Name ?? model, options.Version ?? version, options.Time);
            PipelineVersion = PipelineFile.DigestOf(pipeline).Short;
        }
        catch
        {
            if (Tensors is { } made) made.Dispose();
            else session.Dispose();
            throw;
        }
    }

    /// <summary>The graph behind it, for callers that bring its input ready made.</summary>
    public TensorModel Tensors { get; }

    /// <summary>What it does with a picture.</summary>
    public Pipeline Pipeline { get; }

    /// <summary>The model's name.</summary>
    public string Model { get; }

    /// <summary>The model's version.</summary>
    public string Version { get; }

    /// <summary>The first 12 digits of the pipeline's digest.</summary>
    public string PipelineVersion { get; }

    /// <summary>What the model file says of itself.</summary>
    public OrtModelMetadata Metadata => Tensors.Session.Metadata;

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
    public Prediction Predict(ReadOnlyMemory<byte> image, string? file = null, int top = 5, CancellationToken cancellation = default) => Predict(image, file, top, everyFace: false, cancellation);

    /// <summary>As above; <paramref name="everyFace"/> judges all faces also where the pipeline asks for the largest only.</summary>
    internal Prediction Predict(ReadOnlyMemory<byte> image, string? file, int top, bool everyFace, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        cancellation.ThrowIfCancellationRequested();
        using var picture = Decode(image.Span);
        var decoded = Stopwatch.GetTimestamp();
        return Answer(picture, file, top, Milliseconds(started, decoded), everyFace, cancellation);
    }

    /// <summary>Decodes as <see cref="Predict(ReadOnlyMemory{byte}, string?, int, CancellationToken)"/> does: within the limits, upright, no larger than needed. The caller owns the picture.</summary>
    /// <exception cref="ImageException">The bytes are no picture, a damaged or too large one.</exception>
    public Image Decode(ReadOnlySpan<byte> image) => ImageDecoder.Decode(image, _decode);

    /// <summary>Answers for a picture that <see cref="Decode"/> gave.</summary>
    /// <inheritdoc cref="Predict(ReadOnlyMemory{byte}, string?, int, CancellationToken)" path="/param"/>
    /// <inheritdoc cref="Predict(ReadOnlyMemory{byte}, string?, int, CancellationToken)" path="/exception"/>
    public Prediction Predict(Image image, string? file = null, int top = 5, CancellationToken cancellation = default) => Answer(image, file, top, 0, everyFace: false, cancellation);

    /// <summary>Probabilities of pictures that were decoded before: whole pictures, faces are not looked for. Same bits as <see cref="Predict(Image, string?, int, CancellationToken)"/>.</summary>
    /// <param name="images">In order.</param>
    /// <param name="probabilities">One row per picture, one column per label.</param>
    /// <param name="cancellation">Stops between pictures and inside the model's run.</param>
    public void Run(IReadOnlyList<Image> images, Span<float> probabilities, CancellationToken cancellation = default)
    {
        for (var i = 0; i < images.Count; i++)
            Classify(images[i], null, probabilities.Slice(i * Pipeline.Labels.Count, Pipeline.Labels.Count), cancellation);
    }

    /// <summary>Preprocesses a whole picture and gives the model's raw output row, before softmax: what a golden sample records.</summary>
    public float[] RunRaw(GoldenPicture picture)
    {
        using var image = Image.FromPixels(picture.Pixels, picture.Width, picture.Height, picture.Channels);
        var raw = new float[Pipeline.Labels.Count];
        RunOne(image, null, raw, CancellationToken.None);
        return raw;
    }

    /// <summary>Writes a whole picture's input row: decoded within the limits, brought to size, normalised.</summary>
    /// <param name="image">The file's bytes.</param>
    /// <param name="row">The row in a batch, in bytes.</param>
    /// <exception cref="ImageException">The bytes are no picture, a damaged or too large one.</exception>
    internal PredictionTime Write(ReadOnlySpan<byte> image, Span<byte> row)
    {
        var started = Stopwatch.GetTimestamp();
        using var picture = Decode(image);
        var decoded = Stopwatch.GetTimestamp();
        Preprocess(picture, row);
        return new PredictionTime(Milliseconds(started, decoded), Milliseconds(decoded, Stopwatch.GetTimestamp()), 0);
    }

    /// <summary>Writes a decoded picture's input row.</summary>
    /// <param name="picture">Whole, or a part that was cut out.</param>
    /// <param name="row">The row in a batch, in bytes.</param>
    internal void Write(Image picture, Span<byte> row) => Preprocess(picture, row);

    /// <summary>The probabilities that an output row gives.</summary>
    /// <param name="raw">The model's output row, in bytes.</param>
    /// <param name="probabilities">One for each label.</param>
    internal void Read(ReadOnlySpan<byte> raw, Span<float> probabilities)
    {
        Postprocess.ToFloat(raw, Tensors.OutputRows[0].Type, probabilities);
        Postprocess.Apply(Pipeline.Output.Kind, probabilities);
    }

    /// <summary>The answer that an output row gives.</summary>
    /// <param name="raw">The model's output row, in bytes.</param>
    /// <param name="file">The picture's name.</param>
    /// <param name="top">How many classes to list.</param>
    /// <param name="time">Where the time went.</param>
    internal Prediction Read(ReadOnlySpan<byte> raw, string? file, int top, PredictionTime time)
    {
        var probabilities = new float[Pipeline.Labels.Count];
        Read(raw, probabilities);
        return Answer(Postprocess.Top(probabilities, Pipeline.Labels, top), null, file, time);
    }

    /// <summary>Releases the model. No call may be in progress.</summary>
    public void Dispose()
    {
        Tensors.Dispose();
        _faces?.Dispose();
    }

    private Prediction Answer(Image picture, string? file, int top, double decode, bool everyFace, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var infer = 0.0;
        var found = _faces?.Find(picture);
        if (found is { Count: > 1 } && Pipeline.Faces == FaceMode.Largest && !everyFace) found = [found[0]];
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
        return Answer(best, faces, file, new PredictionTime(decode, Math.Round(all - infer, 3), Math.Round(infer, 3)));
    }

    private Prediction Answer(ClassProbability[] best, FacePrediction[]? faces, string? file, PredictionTime time) => new()
    {
        File = file,
        Class = Postprocess.Class(Pipeline, best[0]),
        Probability = best[0].Probability,
        Top = best,
        Model = Model,
        Version = Version,
        Pipeline = PipelineVersion,
        Faces = faces,
        Milliseconds = time,
        Id = Guid.CreateVersion7(_time.GetUtcNow()).ToString("N"),
    };

    private ClassProbability[] Classify(Image picture, Box? crop, int top, ref double infer, CancellationToken cancellation)
    {
        var probabilities = new float[Pipeline.Labels.Count];
        infer += Classify(picture, crop, probabilities, cancellation);
        return Postprocess.Top(probabilities, Pipeline.Labels, top);
    }

    private double Classify(Image picture, Box? crop, Span<float> probabilities, CancellationToken cancellation)
    {
        var milliseconds = RunOne(picture, crop, probabilities, cancellation);
        Postprocess.Apply(Pipeline.Output.Kind, probabilities);
        return milliseconds;
    }

    // One picture in a run of its own; milliseconds of the model.
    private double RunOne(Image picture, Box? crop, Span<float> raw, CancellationToken cancellation)
    {
        var buffers = Tensors.Rent(1);
        try
        {
            if (crop is { } box)
            {
                using var cut = Preprocessor.Crop(picture, in box);
                Preprocess(cut, buffers.Input(0, 0));
            }
            else Preprocess(picture, buffers.Input(0, 0));
            var started = Stopwatch.GetTimestamp();
            buffers.Run(1, cancellation);
            var milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            Postprocess.ToFloat(buffers.Output(0, 0), Tensors.OutputRows[0].Type, raw);
            Tensors.Return(buffers);
            return milliseconds;
        }
        catch
        {
            buffers.Dispose();
            throw;
        }
    }

    private void Preprocess(Image picture, Span<byte> row)
    {
        switch (Pipeline.Input.Type)
        {
            case InputType.Uint8: _preprocessor.Run(picture, row); break;
            case InputType.Float16: _preprocessor.Run(picture, MemoryMarshal.Cast<byte, Half>(row)); break;
            default: _preprocessor.Run(picture, MemoryMarshal.Cast<byte, float>(row)); break;
        }
    }

    private static double Milliseconds(long from, long to) => Math.Round(Stopwatch.GetElapsedTime(from, to).TotalMilliseconds, 3);
}

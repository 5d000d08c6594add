using Google.Protobuf;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Onnx;
using Saki.Pipelines;

namespace Saki.Inference.Labelling;

/// <summary>What a model makes of a picture.</summary>
/// <param name="Probabilities">One for each label.</param>
/// <param name="Embedding">Its penultimate layer; the probabilities where that cannot be had.</param>
public readonly record struct PictureFeature(float[] Probabilities, float[] Embedding);

/// <summary>Answers of a model together with its penultimate layer, whole pictures without a search for faces. Thread-safe.</summary>
public sealed class PictureFeatures : IDisposable
{
    private const int MostDimensions = 8192;

    private readonly bool _owned;
    private readonly OrtSession? _session;
    private readonly int _output;

    private PictureFeatures(Predictor predictor, bool owned, OrtSession? session, int output) => (Predictor, _owned, _session, _output) = (predictor, owned, session, output);

    /// <summary>The model.</summary>
    public Predictor Predictor { get; }

    /// <summary>True: embeddings are the penultimate layer; false: they are the probabilities.</summary>
    public bool HasEmbedding => _session is not null;

    /// <summary>Loads a package for this purpose.</summary>
    /// <exception cref="SakiException">The package is damaged or does not load.</exception>
    public static PictureFeatures Open(string packageFolder, CancellationToken cancellation = default)
    {
        var package = Package.Open(packageFolder);
        var predictor = Predictor.Load(package, cancellation: cancellation);
        try
        {
            var classes = predictor.Tensors.OutputRows[0].Name;
            var model = PenultimateLayer.Expose(OnnxModel.Read(package.ReadModel(), packageFolder), classes);
            if (model is null) return Over(predictor, owned: true);
            var session = OrtSession.Load(model.ToByteArray(), package.Folder, cancellation: cancellation);
            return new PictureFeatures(predictor, owned: true, session, session.Outputs.Count - 1);
        }
        catch
        {
            predictor.Dispose();
            throw;
        }
    }

    /// <summary>Uses a model that is loaded already; its embeddings are its probabilities.</summary>
    /// <param name="predictor">The model.</param>
    /// <param name="owned">True: disposed with this.</param>
    public static PictureFeatures Over(Predictor predictor, bool owned = false) => new(predictor, owned, null, 0);

    /// <summary>What the model makes of one picture.</summary>
    /// <param name="image">The file's bytes.</param>
    /// <param name="cancellation">Stops inside the model's run.</param>
    /// <exception cref="Vision.ImageException">The bytes are no picture, a damaged or too large one.</exception>
    public PictureFeature Of(ReadOnlySpan<byte> image, CancellationToken cancellation = default)
    {
        var probabilities = new float[Predictor.Pipeline.Labels.Count];
        using (var picture = Predictor.Decode(image)) Predictor.Run([picture], probabilities, cancellation);
        return new PictureFeature(probabilities, _session is null ? probabilities : Embed(image, probabilities, cancellation));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session?.Dispose();
        if (_owned) Predictor.Dispose();
    }

    private float[] Embed(ReadOnlySpan<byte> image, float[] otherwise, CancellationToken cancellation)
    {
        var row = Predictor.Tensors.InputRows[0];
        using var input = OrtValue.Allocate(row.Type, row.ShapeOf(1));
        Predictor.Write(image, input.Bytes);
        var outputs = _session!.Run([input], cancellation);
        try
        {
            var features = outputs[_output];
            return features.ElementType == OrtElementType.Float32 && features.Data<float>().Length <= MostDimensions ? features.Data<float>().ToArray() : otherwise;
        }
        finally
        {
            foreach (var output in outputs) output.Dispose();
        }
    }
}

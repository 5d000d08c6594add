using Saki.Inference.Backends.OnnxRuntime;
using Saki.Pipelines;

namespace Saki.Inference;

/// <summary>Wraps anyone's ONNX model as a package: <c>saki package MODEL.onnx --pipeline FILE</c>.</summary>
public static class PackageBuilder
{
    private const ulong Seed = 2026;

    /// <summary>Checks that the model loads, fits the pipeline and answers; writes the package with the golden answer and a card; opens it again as a server would.</summary>
    /// <param name="modelFile">An ONNX file.</param>
    /// <param name="pipeline">How pictures become its input, and its labels.</param>
    /// <param name="folder">Where the package is written; an older package there is replaced.</param>
    /// <param name="name">The model's name; null: the file's name.</param>
    /// <param name="card">What is known of the model; null: nothing beyond the file.</param>
    /// <param name="time">Stamps the package. Default: the system's.</param>
    /// <exception cref="SakiException">The model does not load, does not fit, gives other than finite numbers, or the folder cannot be written.</exception>
    public static Package Wrap(string modelFile, Pipeline pipeline, string folder, string? name = null, ModelCard? card = null, TimeProvider? time = null)
    {
        var external = ExternalData.Locations(modelFile);
        GoldenSample golden;
        OrtModelMetadata metadata;
        using (var predictor = Predictor.Open(modelFile, pipeline with { Faces = FaceMode.None })) // faces need no detector here: the golden picture shows none
        {
            metadata = predictor.Metadata;
            golden = GoldenSample.Record(pipeline, Seed, predictor.RunRaw);
        }
        if (golden.Output.Any(value => !float.IsFinite(value)))
            throw new SakiException("Packaging the model", "finite numbers for a drawn picture", "infinity or NaN", "Check normalize in the pipeline file.");

        return PackageWriter.Write(folder, new PackageContent
        {
            Model = name ?? Path.GetFileNameWithoutExtension(modelFile),
            ModelFile = modelFile,
            ExternalFiles = external,
            Pipeline = pipeline,
            Golden = golden,
            Card = card ?? Describe(modelFile, metadata),
            Created = (time ?? TimeProvider.System).GetUtcNow(),
        });
    }

    private static ModelCard Describe(string modelFile, OrtModelMetadata metadata) => new()
    {
        Network = $"{Path.GetFileName(modelFile)}, graph \"{metadata.GraphName}\"{(metadata.Producer.Length > 0 ? $", made by {metadata.Producer}" : "")}",
        Limits = ["It was wrapped from a file: what it was trained on is not known here."],
    };
}

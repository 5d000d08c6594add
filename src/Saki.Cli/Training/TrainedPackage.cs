using Saki.Datasets;
using Saki.Inference;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Onnx;
using Saki.Pipelines;
using Saki.Torch;
using Saki.Torch.Export;
using Saki.Torch.Training;
using Saki.Tracking;
using Saki.Vision;

namespace Saki.Cli.Training;

/// <summary>From a trained network to a package: trace, compare with libtorch on real samples, wrap with pipeline, card and golden answer.</summary>
internal static class TrainedPackage
{
    /// <summary>Samples on which the export must agree with libtorch.</summary>
    private const int CheckedSamples = 256;

    /// <exception cref="SakiException">The export differs, or the folder cannot be written; an older package stays.</exception>
    public static Package Write(TrainedModel trained, TrainOptions options, DatasetVersion dataset, DatasetStore store, string folder, TimeProvider time, Terminal.Terminal terminal)
    {
        var input = trained.Pipeline.Input;
        var name = options.Package.Name ?? $"{dataset.Name}-{trained.NetworkName}";
        trained.Network.to(device: torch.CPU);
        var graph = OnnxExport.Trace(trained.Network, trained.NetworkName, [input.Channels, input.Height, input.Width], "logits", new Dictionary<string, string>
        {
            [SakiTags.Run] = trained.RunId,
            [SakiTags.Dataset] = $"{dataset.Name}@{dataset.Digest}",
            [SakiTags.Network] = trained.NetworkName,
        });
        var model = Path.Combine(Path.GetDirectoryName(folder)!, $".{Path.GetFileName(folder)}.onnx");
        try
        {
            OnnxModel.Write(graph, model);
            var check = Compare(trained, model, Samples(trained.Pipeline, dataset, store));
            terminal.Say($"export: ONNX and libtorch agree on {check.Samples} samples, largest difference {check.LargestDifference:0.0e+0}");
            return PackageBuilder.Wrap(model, trained.Pipeline with { Faces = options.Package.Faces }, folder, name, Card(trained, dataset, check), time);
        }
        finally
        {
            File.Delete(model);
        }
    }

    // Real pictures, from the validation split where there is one; the test split is not for this.
    private static float[] Samples(Pipeline pipeline, DatasetVersion dataset, DatasetStore store)
    {
        var preprocessor = new Preprocessor(pipeline);
        var chosen = dataset.Of(Split.Val).Concat(dataset.Of(Split.Train)).Take(CheckedSamples).ToList();
        var rows = new float[chosen.Count * pipeline.Input.Count];
        for (var i = 0; i < chosen.Count; i++)
        {
            using var image = ImageDecoder.Decode(store.Read(chosen[i]), preprocessor.Decode, out _);
            preprocessor.Run(image, rows.AsSpan(i * pipeline.Input.Count, pipeline.Input.Count));
        }
        return rows;
    }

    private static ExportCheck Compare(TrainedModel trained, string model, float[] rows)
    {
        var (input, classes) = (trained.Pipeline.Input, trained.Pipeline.Labels.Count);
        var count = rows.Length / input.Count;
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var images_NCHW = torch.tensor(rows, count, input.Channels, input.Height, input.Width);
        var expected = trained.Network.forward(images_NCHW).contiguous().ToArray<float>();
        using var session = OrtSession.Load(model);
        using var value = OrtValue.Over<float>(rows, count, input.Channels, input.Height, input.Width);
        var outputs = session.Run([value]);
        using var logits = outputs[0];
        return ExportCheck.Compare(count, expected.AsSpan(0, count * classes), logits.Data<float>());
    }

    private static ModelCard Card(TrainedModel trained, DatasetVersion dataset, ExportCheck check) => new()
    {
        Summary = $"Classifies pictures into {trained.Pipeline.Labels.Count} classes. Trained by Saki on {dataset.Name}.",
        Network = $"{trained.NetworkName}; ONNX and libtorch agree within {check.LargestDifference:0.0e+0} on {check.Samples} samples",
        Data = $"{dataset.Name}@{dataset.Digest}, {dataset.Summary.Count(Split.Train):N0} training images",
        Run = trained.RunId,
        Metrics = [("validation accuracy", trained.Best.ValAccuracy), ("validation loss", trained.Best.ValLoss)],
        Limits = ["Chosen by its accuracy on the validation split: the figure on new pictures is likely lower. See saki evaluate.", $"Knows only these classes: {string.Join(", ", trained.Pipeline.Labels)}."],
    };
}

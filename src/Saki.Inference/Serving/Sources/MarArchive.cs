using System.Globalization;
using System.Text.Json;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Pipelines;

namespace Saki.Inference.Serving;

/// <summary>
/// TorchServe's archive whose serialised file is ONNX. Its Python is never run and its requirements are ignored; what the known handlers do to a picture is done by
/// a pipeline of ours. A <c>pipeline.yaml</c> in the archive says more and is preferred.
/// </summary>
internal static class MarArchive
{
    /// <summary>Where the manifest lies.</summary>
    public const string Manifest = "MAR-INF/MANIFEST.json";

    private const string Operation = "Opening the model archive";
    private const int MostText = 1 << 20;

    /// <exception cref="SakiException">No manifest, a model that is not ONNX, or a handler that needs Python.</exception>
    public static ModelPlan Open(string folder, string source, ModelProbe? probe)
    {
        using var manifest = ReadJson(Path.Combine(folder, Manifest));
        if (!manifest.RootElement.TryGetProperty("model", out var model) || model.ValueKind != JsonValueKind.Object) throw Broken("a \"model\" in its manifest", "none");
        var file = Text(model, "serializedFile") ?? throw NotOnnx("no serialised file, only Python");
        if (!file.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)) throw NotOnnx($"\"{Bare(file)}\"");
        var path = Path.Combine(folder, Bare(file));
        if (!File.Exists(path)) throw Broken($"the file {Bare(file)} that its manifest names", "none");

        var pipeline = Path.Combine(folder, PipelineFile.Name);
        return new ModelPlan
        {
            Name = Text(model, "modelName") ?? throw Broken("a modelName in its manifest", "none"),
            Version = Text(model, "modelVersion") ?? "1.0",
            Source = source,
            ModelFile = path,
            Pipeline = File.Exists(pipeline) ? PipelineFile.Read(pipeline) : OfHandler(Text(model, "handler"), path, folder, probe),
        };
    }

    // What ts.torch_handler.image_classifier does: shorter side to the frame, centre cut, ImageNet's colours, softmax. Other handlers: plain tensors.
    private static Pipeline? OfHandler(string? handler, string modelFile, string folder, ModelProbe? probe)
    {
        if (handler is null || Path.GetFileNameWithoutExtension(handler) != "image_classifier") return handler is null || !handler.EndsWith(".py", StringComparison.Ordinal) ? null : throw NeedsPython(handler);
        probe?.Check(modelFile);
        using var session = OrtSession.Load(modelFile);
        if (session.Inputs is not [{ ElementType: OrtElementType.Float32, Shape: [_, { Size: 1 or 3 } channels, { Size: > 0 } height, { Size: > 0 } width] }]) return null;
        var classes = session.Outputs is [{ Shape: [_, { Size: > 0 } last] }] ? (int)last.Size : 0;
        var labels = Labels(Path.Combine(folder, "index_to_name.json"), classes);
        if (labels.Count == 0) return null;
        var colour = channels.Size == 3;
        return new Pipeline
        {
            Input = new InputSpec(colour ? ColorKind.Rgb : ColorKind.Gray, (int)width.Size, (int)height.Size),
            Resize = new ResizeSpec(ResizeMode.Cover, Interpolation.Bilinear, Antialias: true),
            Normalize = colour ? new NormalizeSpec { Scale = 1 / 255f, Mean = [0.485f, 0.456f, 0.406f], Std = [0.229f, 0.224f, 0.225f] } : new NormalizeSpec { Scale = 1 / 255f },
            Labels = labels,
        };
    }

    // {"0": "cat"} or {"0": ["n02123045", "tabby"]}; without the file classes are called by their number.
    private static List<string> Labels(string file, int classes)
    {
        var labels = Enumerable.Range(0, classes).Select(index => index.ToString(CultureInfo.InvariantCulture)).ToList();
        if (!File.Exists(file)) return labels;
        using var json = ReadJson(file);
        if (json.RootElement.ValueKind != JsonValueKind.Object) throw Broken("an object in index_to_name.json", "something else");
        foreach (var entry in json.RootElement.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= classes) continue;
            var value = entry.Value.ValueKind == JsonValueKind.Array && entry.Value.GetArrayLength() > 0 ? entry.Value[entry.Value.GetArrayLength() - 1] : entry.Value;
            if (value.ValueKind == JsonValueKind.String && !labels.Contains(value.GetString()!, StringComparer.Ordinal)) labels[index] = value.GetString()!;
        }
        return labels;
    }

    private static JsonDocument ReadJson(string file)
    {
        if (!File.Exists(file)) throw Broken(Manifest, "an archive without it");
        if (new FileInfo(file).Length > MostText) throw Broken($"{Path.GetFileName(file)} of at most 1 MB", "a larger one");
        try
        {
            return StrictJson.Parse(File.ReadAllBytes(file), new JsonDocumentOptions { MaxDepth = 16 });
        }
        catch (JsonException)
        {
            throw Broken($"JSON in {Path.GetFileName(file)}", "something else");
        }
    }

    private static string? Text(JsonElement model, string key) => model.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Bare(string name) => Path.GetFileName(name.Replace('\\', '/'));

    private static SakiException NotOnnx(string got) => Broken("an ONNX file as serializedFile", got, "Export the model to ONNX and archive that: torch-model-archiver --serialized-file model.onnx.");

    private static SakiException NeedsPython(string handler) => Broken("a handler that is built in (image_classifier), or a pipeline.yaml in the archive", $"Python: {Bare(handler)}", "Python is never run here. Add a pipeline.yaml with --extra-files.");

    private static SakiException Broken(string expected, string got, string? next = null) => new(Operation, expected, got, next ?? "Archive the model again.");
}

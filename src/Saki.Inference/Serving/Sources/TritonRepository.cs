using System.Globalization;
using Saki.Pipelines;

namespace Saki.Inference.Serving;

/// <summary>Triton's layout: <c>NAME/VERSION/model.onnx</c>, with <c>NAME/config.pbtxt</c> where there is one. A <c>pipeline.yaml</c> beside either makes it take pictures.</summary>
internal static class TritonRepository
{
    private const string Config = "config.pbtxt", ModelFile = "model.onnx";
    private const int MostModels = 1000;

    /// <summary>True for the folder of one model.</summary>
    public static bool IsModel(string folder) => File.Exists(Path.Combine(folder, Config)) || Versions(folder).Any();

    /// <summary>Every model of a repository.</summary>
    /// <exception cref="SakiException">There is none.</exception>
    public static List<ModelPlan> OpenAll(string root, string source)
    {
        var models = Directory.GetDirectories(root).Where(IsModel).Order(StringComparer.Ordinal).ToList();
        if (models.Count is 0 or > MostModels)
            throw new SakiException("Opening the model repository", $"1 to {MostModels} folders of the form NAME/VERSION/{ModelFile}, or a package", models.Count == 0 ? "none" : $"{models.Count}", "Check the path.");
        return [.. models.SelectMany(model => OpenModel(model, Path.Combine(source, Path.GetFileName(model))))];
    }

    /// <summary>The versions of one model that its policy asks for; the newest only when it does not say.</summary>
    /// <exception cref="SakiException">No version, or a config that asks for another engine.</exception>
    public static List<ModelPlan> OpenModel(string folder, string source)
    {
        var config = Path.Combine(folder, Config) is var file && File.Exists(file) ? TritonConfig.Read(file) : new TritonConfig();
        if (config.Engine is { } engine && !engine.StartsWith("onnx", StringComparison.OrdinalIgnoreCase))
            throw new SakiException($"Opening {Path.GetFileName(folder)}", "the backend onnxruntime", $"\"{engine}\"", "Export the model to ONNX.");
        var versions = Versions(folder).OrderBy(version => version).ToList();
        if (versions.Count == 0) throw new SakiException($"Opening {Path.GetFileName(folder)}", $"a folder with a number that holds {ModelFile}", "none");
        var wanted = config.Versions is { } listed ? versions.Where(listed.Contains) : versions.TakeLast(config.Newest ?? 1);
        return [.. wanted.Select(version => Plan(folder, source, version, config))];
    }

    private static ModelPlan Plan(string folder, string source, long version, TritonConfig config)
    {
        var name = version.ToString(CultureInfo.InvariantCulture);
        var pipeline = new[] { Path.Combine(folder, name, PipelineFile.Name), Path.Combine(folder, PipelineFile.Name) }.FirstOrDefault(File.Exists);
        var settings = new ServingSettings();
        return new ModelPlan
        {
            Name = config.Name ?? Path.GetFileName(folder),
            Version = name,
            Source = source,
            ModelFile = Path.Combine(folder, name, ModelFile),
            Pipeline = pipeline is null ? null : PipelineFile.Read(pipeline),
            Note = config.OnGpu ? "its instance_group asks for a GPU; it runs on the processor" : null,
            Settings = settings with
            {
                MaxBatch = config.MaxBatchSize > 0 ? config.MaxBatchSize : settings.MaxBatch,
                MaxQueued = config.MaxQueueSize ?? settings.MaxQueued,
                DelayMicroseconds = config.DelayMicroseconds,
                SharePictures = config.DynamicBatching,
                Instances = config.Instances is > 0 and var instances ? instances : null,
                Threads = config.Threads ?? settings.Threads,
                Labels = config.LabelFile is { } labels ? ReadLabels(folder, labels) : null,
            },
        };
    }

    private static IEnumerable<long> Versions(string folder)
    {
        foreach (var inner in Directory.EnumerateDirectories(folder))
            if (long.TryParse(Path.GetFileName(inner), NumberStyles.None, CultureInfo.InvariantCulture, out var version) && File.Exists(Path.Combine(inner, ModelFile))) yield return version;
    }

    private static string[] ReadLabels(string folder, string file)
    {
        var path = Path.Combine(folder, Path.GetFileName(file));
        if (!File.Exists(path) || new FileInfo(path).Length > 1 << 20) throw new SakiException($"Opening {Path.GetFileName(folder)}", $"the label file {Path.GetFileName(file)} of at most 1 MB", "none");
        return [.. File.ReadAllLines(path).Select(line => line.Trim()).Where(line => line.Length > 0)];
    }
}

using Saki.Pipelines;
using Saki.Storage;

namespace Saki.Inference.Serving;

/// <summary>
/// Reads what people point at: a package, a <c>.saki.zip</c>, a <c>.mar</c> (also <c>.tar.gz</c> or unpacked), a model repository in Triton's layout, one model of it,
/// or a bare <c>model.onnx</c>. Nothing in them is ever executed but the ONNX graph.
/// </summary>
/// <param name="cache">Where archives are unpacked; what lies there can be made again.</param>
/// <param name="probe">Tries a model whose shapes must be known here before the engine of this process sees it; null: none is tried.</param>
/// <param name="resolve">Finds what <c>models:/…</c> and <c>runs:/…</c> mean; null: they are unknown.</param>
public sealed class ModelSource(string cache, ModelProbe? probe = null, Func<string, ReferencedModel?>? resolve = null)
{
    private const string Operation = "Opening the model";

    /// <summary>Reads the models at <paramref name="path"/>.</summary>
    /// <param name="path">A file or folder.</param>
    /// <param name="name">The name to serve it under, where it is one model; null: its own.</param>
    /// <param name="pipeline">How pictures become its input, for a bare model; null: plain tensors.</param>
    /// <exception cref="SakiException">Nothing there, or nothing that can be served.</exception>
    public IReadOnlyList<ModelPlan> Open(string path, string? name = null, Pipeline? pipeline = null)
    {
        var plans = IsReference(path) ? [OpenReference(path)] : OpenPlace(path, pipeline);
        if (name is not null)
        {
            if (plans.Select(plan => plan.Name).Distinct(StringComparer.Ordinal).Count() > 1) throw new SakiException(Operation, "one model to name", $"{plans.Count} of them", "Leave the name out.");
            plans = [.. plans.Select(plan => plan with { Name = name })];
        }
        foreach (var plan in plans)
            if (!ModelPlan.IsName(plan.Name) || !ModelPlan.IsName(plan.Version))
                throw new SakiException(Operation, "a name and version of letters, digits, dots, dashes and underscores", $"\"{Printable(plan.Name)}\" \"{Printable(plan.Version)}\"", "Give it a name with NAME=PATH.");
        return plans;
    }

    /// <summary>True for <c>models:/…</c> and <c>runs:/…</c>, false for files and folders.</summary>
    internal static bool IsReference(string text) => text.StartsWith("models:/", StringComparison.Ordinal) || text.StartsWith("runs:/", StringComparison.Ordinal);

    private List<ModelPlan> OpenPlace(string path, Pipeline? pipeline)
    {
        var full = Path.GetFullPath(path);
        return Directory.Exists(full) ? OpenFolder(full, path) : File.Exists(full) ? [OpenFile(full, path, pipeline)]
            : throw new SakiException(Operation, "a package, a model repository, a .mar, a .saki.zip or a model.onnx", $"nothing at {path}", "Check the path.");
    }

    // What an alias means changes; the version that it meant now is what a restart brings back.
    private ModelPlan OpenReference(string reference)
    {
        var found = resolve?.Invoke(reference) ?? throw new SakiException(Operation, "a file or folder", reference, "Start with a home folder or a server that has a registry.");
        var plan = OpenFolder(found.Folder, reference) is [var only] ? only : throw new SakiException(Operation, "one model", $"several at {reference}");
        return plan with { Name = found.Name ?? plan.Name, Version = found.Version ?? plan.Version, Source = found.Reference };
    }

    private List<ModelPlan> OpenFolder(string full, string path)
    {
        if (File.Exists(Path.Combine(full, Package.SumsFile))) return [OfPackage(Package.Open(full), path)];
        if (File.Exists(Path.Combine(full, MarArchive.Manifest))) return [MarArchive.Open(full, path, probe)];
        if (MlflowModel.IsModel(full)) return [MlflowModel.Open(full, path)];
        if (TritonRepository.IsModel(full)) return TritonRepository.OpenModel(full, path);
        return TritonRepository.OpenAll(full, path);
    }

    private ModelPlan OpenFile(string full, string path, Pipeline? pipeline)
    {
        var file = Path.GetFileName(full);
        if (file.EndsWith(".saki.zip", StringComparison.OrdinalIgnoreCase)) return OfPackage(Package.Open(Unpack(full)), path);
        if (file.EndsWith(".mar", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".tar.gz", StringComparison.OrdinalIgnoreCase)) return MarArchive.Open(Unpack(full), path, probe);
        if (!file.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)) throw new SakiException(Operation, "a .onnx, .mar, .tar.gz or .saki.zip file", $"{file}", "Give a package's folder, or export the model to ONNX.");
        using var content = File.OpenRead(full);
        return new ModelPlan { Name = Path.GetFileNameWithoutExtension(full), Version = Digest.Of(content).Short, Source = path, ModelFile = full, Pipeline = pipeline };
    }

    private static ModelPlan OfPackage(Package package, string path) =>
        new() { Name = package.Model, Version = package.Version, Source = path, ModelFile = package.ModelFile, Package = package, Pipeline = package.Pipeline };

    // Unpacked once per content.
    private string Unpack(string archive)
    {
        string key;
        using (var content = File.OpenRead(archive)) key = Digest.Of(content).ToString();
        var folder = Path.Combine(cache, "served", key[..32]);
        if (!Directory.Exists(folder)) DurableFile.WriteFolder(folder, to => ArchiveUnpacker.Unpack(archive, to));
        var inside = Directory.GetDirectories(folder);
        // TorchServe's tar.gz and some zips keep everything under one folder.
        return Directory.GetFiles(folder).Length == 0 && inside.Length == 1 && Path.GetFileName(inside[0]) != "MAR-INF" ? inside[0] : folder;
    }

    private static string Printable(string text) => PlainText.Of(text, 64);
}

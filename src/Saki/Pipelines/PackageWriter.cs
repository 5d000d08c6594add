using System.Text;
using System.Text.Json;
using Saki.Storage;

namespace Saki.Pipelines;

/// <summary>What goes into a package.</summary>
public sealed record PackageContent
{
    /// <summary>The model's name (see <see cref="MLmodelFile.IsModelName"/>).</summary>
    public required string Model { get; init; }

    /// <summary>The ONNX file to copy; its external data, when it has any, lies beside it and is named in <see cref="ExternalFiles"/>.</summary>
    public required string ModelFile { get; init; }

    /// <summary>Names of further files beside <see cref="ModelFile"/>. Default none.</summary>
    public IReadOnlyList<string> ExternalFiles { get; init; } = [];

    /// <summary>Preprocessing, labels, output.</summary>
    public required Pipeline Pipeline { get; init; }

    /// <summary>The answer to a drawn picture (<see cref="GoldenSample.Record"/>).</summary>
    public required GoldenSample Golden { get; init; }

    /// <summary>For people.</summary>
    public required ModelCard Card { get; init; }

    /// <summary>The run that made it; null for a model from elsewhere.</summary>
    public string? RunId { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset Created { get; init; }
}

/// <summary>Writes packages: the folder appears whole and on disk, or not at all.</summary>
public static class PackageWriter
{
    /// <summary>Writes <paramref name="content"/> to <paramref name="folder"/>, replacing a package that is there, and opens it again to check what was written.</summary>
    /// <exception cref="SakiException">The name or pipeline breaks a rule, the model cannot be read, the folder is something else than a package, or the disk is full.</exception>
    public static Package Write(string folder, PackageContent content)
    {
        const string Operation = "Writing the package";
        if (!MLmodelFile.IsModelName(content.Model))
            throw new SakiException(Operation, "a model name of letters, digits, space, dot, dash and underscore", $"\"{content.Model}\"", "Choose another name with --name.");
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any() && !File.Exists(Path.Combine(folder, Package.SumsFile)))
            throw new SakiException(Operation, "a new folder, or a package to replace", $"{folder} with other files", "Choose another folder.");

        var (name, external) = (content.Pipeline.Estimator.File, content.ExternalFiles);
        foreach (var file in external)
            if (!PipelineRules.IsBareName(file)) throw new SakiException(Operation, "external data beside the model, under a plain name", $"\"{file}\"", "Export the model with one data file beside it.");
        var (inputs, outputs) = TensorSignature.Of(Onnx.OnnxModel.Read(content.ModelFile));
        DurableFile.WriteFolder(folder, temporary =>
        {
            File.Copy(content.ModelFile, Path.Combine(temporary, name));
            foreach (var file in external) File.Copy(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(content.ModelFile))!, file), Path.Combine(temporary, file));
            var model = new MLmodelFile
            {
                Model = content.Model,
                Data = name,
                Inputs = inputs,
                Outputs = outputs,
                RunId = content.RunId,
                Created = content.Created,
                Uuid = DigestOf(Path.Combine(temporary, name)).ToString()[..32],
                Bytes = external.Append(name).Sum(file => new FileInfo(Path.Combine(temporary, file)).Length),
            };
            WriteText(temporary, MLmodelFile.Name, model.Write());
            foreach (var (file, text) in MLmodelFile.EnvironmentFiles) WriteText(temporary, file, text);
            WriteText(temporary, PipelineFile.Name, PipelineFile.Write(content.Pipeline));
            WriteText(temporary, ModelCard.FileName, content.Card.Write(content.Model, content.Pipeline));
            WriteText(temporary, Package.GoldenFile, JsonSerializer.Serialize(content.Golden, PipelineJson.Default.GoldenSample) + "\n");
            WriteText(temporary, Package.SumsFile, Sums(temporary));
        });
        return Package.Open(folder);
    }

    private static string Sums(string folder) =>
        string.Concat(Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).Select(name => $"{DigestOf(Path.Combine(folder, name!))}  {name}\n"));

    private static Digest DigestOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Digest.Of(stream);
    }

    private static void WriteText(string folder, string name, string text) => File.WriteAllBytes(Path.Combine(folder, name), Encoding.UTF8.GetBytes(text));
}

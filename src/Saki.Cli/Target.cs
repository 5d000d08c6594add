using System.CommandLine;
using Saki.Inference;
using Saki.Inference.Serving;
using Saki.Pipelines;
using Saki.Server.Serving.Following;
using Saki.Storage;
using Saki.Tracking;

namespace Saki.Cli;

/// <summary>
/// How a model is named on the command line, the same in every verb: a package folder, <c>.saki.zip</c>, <c>.mar</c>, <c>model.onnx</c> with a pipeline, <c>runs:/ID[/PATH]</c>,
/// or <c>models:/NAME/3</c>.
/// </summary>
/// <param name="PackageFolder">The package that it means.</param>
internal sealed record Target(string PackageFolder)
{
    private static readonly string[] Archives = [".saki.zip", ".mar", ".tar.gz"];

    /// <summary>Finds the package that <paramref name="text"/> means.</summary>
    /// <param name="text">As typed.</param>
    /// <param name="home">Where runs lie; a wrapped model is kept in its cache.</param>
    /// <param name="pipelineFile">The pipeline of a bare model; null for anything else.</param>
    public static Target Resolve(string text, SakiHome home, string? pipelineFile)
    {
        if (text.StartsWith("runs:/", StringComparison.Ordinal)) return OfRun(text, home);
        if (text.StartsWith(ModelReference.Scheme, StringComparison.Ordinal)) return new Target(RegisteredPackage.Find(text, home).Folder);
        if (Directory.Exists(text)) return new Target(text);
        if (!File.Exists(text))
            throw new SakiException($"Finding the model {text}", "a package folder, a .saki.zip, a .mar, a model.onnx, runs:/ID or models:/NAME/VERSION", "nothing of that name", "Type: saki runs list");
        if (Archives.Any(ending => text.EndsWith(ending, StringComparison.OrdinalIgnoreCase))) return OfArchive(text, home);
        if (!text.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
            throw new SakiException($"Finding the model {text}", "a package folder, or a file that ends in .onnx, .saki.zip, .mar or .tar.gz", "another file", "Give the package's folder, or a model.onnx with --pipeline FILE.");
        if (pipelineFile is null)
            throw new SakiException($"Using {text}", "a pipeline file that says how a picture becomes its input", "a bare model", "Add --pipeline FILE, or wrap it once: saki package MODEL.onnx --pipeline FILE.");
        return OfModel(text, pipelineFile, home);
    }

    // Here, by its first digits or "latest"; a run that is not here may be one of the server.
    private static Target OfRun(string text, SakiHome home)
    {
        var rest = text[RegistryLink.RunScheme.Length..].TrimStart('/');
        if (rest.Contains('/', StringComparison.Ordinal) || (IsWhole(rest) && !new RunStore(home, TimeProvider.System).Folders().Any(run => run.RunId == rest)))
            return new Target(RegisteredPackage.Find(text, home).Folder);
        var run = RunReference.FindModel(home, rest);
        var package = RunReference.Package(run);
        return Directory.Exists(package)
            ? new Target(package)
            : throw new SakiException($"Finding the model of run {run.RunId}", "a finished run with a package", $"a run without one ({run.Read().Info.Status})", $"Go on with it: saki train --resume {run.RunId}");
    }

    private static bool IsWhole(string run) => run.Length == 32 && run.All(char.IsAsciiHexDigitLower);

    // A package as it is; an archive of TorchServe's wrapped into one, where it says how a picture becomes its input.
    private static Target OfArchive(string archive, SakiHome home)
    {
        var plan = new ModelSource(home.EnsureWritable().Cache).Open(archive)[0];
        if (plan.Package is { } package) return new Target(package.Folder);
        if (plan.Pipeline is null) throw new SakiException($"Using {archive}", "an archive that takes pictures (image_classifier, or a pipeline.yaml inside)", "one of plain tensors", "Serve it with saki serve, or add a pipeline.yaml with --extra-files.");
        return Wrap(plan.ModelFile, plan.Pipeline, plan.Name, home);
    }

    // Wrapped once per content of model and pipeline; asking twice costs nothing.
    private static Target OfModel(string model, string pipelineFile, SakiHome home)
    {
        return Wrap(model, PipelineFile.Read(pipelineFile), null, home);
    }

    private static Target Wrap(string model, Pipeline pipeline, string? name, SakiHome home)
    {
        using var content = File.OpenRead(model);
        var key = Digest.Of(System.Text.Encoding.UTF8.GetBytes($"{Digest.Of(content)} {PipelineFile.DigestOf(pipeline)} {Path.GetFileName(model)}")).Short;
        var folder = Path.Combine(home.EnsureWritable().Cache, "packages", key);
        if (!Directory.Exists(folder)) PackageBuilder.Wrap(model, pipeline, folder, name);
        return new Target(folder);
    }
}

/// <summary>The option that goes with a target.</summary>
internal static class TargetOptions
{
    /// <summary><c>--pipeline FILE</c>.</summary>
    public static Option<string?> Pipeline() => new("--pipeline") { Description = "pipeline.yaml of a bare model.onnx", HelpName = "FILE" };
}

using System.CommandLine;
using Saki.Inference;
using Saki.Pipelines;
using Saki.Storage;
using Saki.Tracking;

namespace Saki.Cli;

/// <summary>How a model is named on the command line, the same in every verb: a package folder, <c>model.onnx</c> with a pipeline, <c>runs:/ID</c>, or <c>models:/NAME/3</c>.</summary>
/// <param name="PackageFolder">The package that it means.</param>
internal sealed record Target(string PackageFolder)
{
    /// <summary>Finds the package that <paramref name="text"/> means.</summary>
    /// <param name="text">As typed.</param>
    /// <param name="home">Where runs lie; a wrapped model is kept in its cache.</param>
    /// <param name="pipelineFile">The pipeline of a bare model; null for anything else.</param>
    public static Target Resolve(string text, SakiHome home, string? pipelineFile)
    {
        if (text.StartsWith("runs:/", StringComparison.Ordinal)) return OfRun(text["runs:/".Length..], home);
        if (text.StartsWith(ModelReference.Scheme, StringComparison.Ordinal)) return new Target(RegisteredPackage.Find(ModelReference.Parse(text), home));
        if (Directory.Exists(text)) return new Target(text);
        if (!File.Exists(text))
            throw new SakiException($"Finding the model {text}", "a package folder, a model.onnx, runs:/ID or models:/NAME/VERSION", "nothing of that name", "Type: saki runs list");
        if (!text.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
            throw new SakiException($"Finding the model {text}", "a package folder or a file that ends in .onnx", "another file", "Give the package's folder, or a model.onnx with --pipeline FILE.");
        if (pipelineFile is null)
            throw new SakiException($"Using {text}", "a pipeline file that says how a picture becomes its input", "a bare model", "Add --pipeline FILE, or wrap it once: saki package MODEL.onnx --pipeline FILE.");
        return OfModel(text, pipelineFile, home);
    }

    private static Target OfRun(string id, SakiHome home)
    {
        var run = RunReference.FindModel(home, id);
        var package = RunReference.Package(run);
        return Directory.Exists(package)
            ? new Target(package)
            : throw new SakiException($"Finding the model of run {run.RunId}", "a finished run with a package", $"a run without one ({run.Read().Info.Status})", $"Go on with it: saki train --resume {run.RunId}");
    }

    // Wrapped once per content of model and pipeline; asking twice costs nothing.
    private static Target OfModel(string model, string pipelineFile, SakiHome home)
    {
        var pipeline = PipelineFile.Read(pipelineFile);
        using var content = File.OpenRead(model);
        var key = Digest.Of(System.Text.Encoding.UTF8.GetBytes($"{Digest.Of(content)} {PipelineFile.DigestOf(pipeline)} {Path.GetFileName(model)}")).Short;
        var folder = Path.Combine(home.EnsureWritable().Cache, "packages", key);
        if (!Directory.Exists(folder)) PackageBuilder.Wrap(model, pipeline, folder);
        return new Target(folder);
    }
}

/// <summary>The option that goes with a target.</summary>
internal static class TargetOptions
{
    /// <summary><c>--pipeline FILE</c>.</summary>
    public static Option<string?> Pipeline() => new("--pipeline") { Description = "pipeline.yaml of a bare model.onnx", HelpName = "FILE" };
}

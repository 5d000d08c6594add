using System.CommandLine;
using Saki.Inference;
using Saki.Pipelines;

namespace Saki.Cli.Verbs;

/// <summary><c>saki package MODEL.onnx --pipeline FILE</c>: wraps anyone's ONNX model; checks that it loads and fits, writes golden answer and card.</summary>
internal static class PackageVerb
{
    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "An ONNX file" };
        var pipeline = new Option<string>("--pipeline") { Description = "Its pipeline.yaml: input, resize, normalize, output, labels", HelpName = "FILE", Required = true };
        var output = new Option<string?>("--out", "-o") { Description = "Folder to write (default: the model's file name without .onnx)", HelpName = "DIR" };
        var name = new Option<string?>("--name", "-n") { Description = "The model's name (default: the file's)", HelpName = "NAME" };
        var verb = new Verb("package", "Wrap anyone's ONNX model with its preprocessing, labels and proof")
        {
            Examples = ["saki package resnet20.onnx --pipeline cifar10.yaml", "saki package model.onnx --pipeline pipeline.yaml --name emotions --out packages/emotions"],
        };
        verb.Add(model);
        verb.Add(pipeline);
        verb.Add(output);
        verb.Add(name);
        verb.SetAction(parsed => Run(parsed.GetRequiredValue(model), parsed.GetRequiredValue(pipeline), parsed.GetValue(output), parsed.GetValue(name), parsed.GetValue(SakiCommand.Json)));
        return verb;
    }

    private static void Run(string model, string pipelineFile, string? output, string? name, bool json)
    {
        if (!File.Exists(model)) throw new SakiException("Packaging", "an ONNX file", $"nothing at {model}", "Check the path.");
        var folder = output ?? Path.GetFileNameWithoutExtension(model);
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any() && !File.Exists(Path.Combine(folder, PipelineFile.Name)))
            throw new SakiException("Packaging", "a new folder or an older package", $"{folder}, which holds something else", "Choose another folder with --out.");
        var package = PackageBuilder.Wrap(model, PipelineFile.Read(pipelineFile), folder, name);
        var terminal = Verb.Terminal.Value!;
        if (json) terminal.WriteJson(new PackageView(package.Model, package.Version, Path.GetFullPath(package.Folder), package.Pipeline.Labels), CliJson.Default.PackageView);
        else terminal.Output.WriteLine($"{package.Model} {package.Version}: {package.Folder}, {package.Pipeline.Labels.Count} labels, golden answer recorded");
    }
}

/// <summary>What <c>saki package --json</c> prints.</summary>
internal sealed record PackageView(string Model, string Version, string Folder, IReadOnlyList<string> Labels);

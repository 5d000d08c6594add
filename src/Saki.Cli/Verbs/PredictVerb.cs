using System.CommandLine;
using Saki.Cli.Terminal;
using Saki.Inference;
using Saki.Pipelines;

namespace Saki.Cli.Verbs;

/// <summary><c>saki predict TARGET IMAGE…</c>: classes with probabilities for files, folders, globs and <c>-</c> (stdin).</summary>
internal static class PredictVerb
{
    public static Command Create()
    {
        var target = new Argument<string>("target") { Description = "A package folder, model.onnx (with --pipeline), or runs:/ID (runs:/latest)" };
        var images = new Argument<string[]>("image") { Description = "Files, folders, globs, or - for stdin", Arity = ArgumentArity.OneOrMore };
        var top = new Option<int>("--top") { Description = "Classes to show", HelpName = "N", DefaultValueFactory = _ => 3 };
        var pipeline = TargetOptions.Pipeline();
        var verb = new Verb("predict", "Ask a model about pictures")
        {
            Examples = ["saki predict runs:/latest happy.ppm --top 3", "cat cat.jpg | saki predict ./package - --json"],
        };
        verb.Add(target);
        verb.Add(images);
        verb.Add(top);
        verb.Add(pipeline);
        verb.SetAction((parsed, cancel) => Task.FromResult(Run(
            Target.Resolve(parsed.GetRequiredValue(target), SakiHome.Find(parsed.GetValue(SakiCommand.Home)), parsed.GetValue(pipeline)),
            parsed.GetRequiredValue(images), parsed.GetValue(top), parsed.GetValue(SakiCommand.Json), cancel)));
        return verb;
    }

    private static int Run(Target target, string[] images, int top, bool json, CancellationToken cancel)
    {
        if (top < 1) throw new SakiException("Predicting", "--top of 1 or more", $"{top}");
        var terminal = Verb.Terminal.Value!;
        using var predictor = Predictor.Load(target.PackageFolder, cancellation: cancel);
        var refused = 0;
        var many = ImageFiles.Expand(images);
        foreach (var file in many)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                var prediction = predictor.Predict(ImageFiles.Read(file), file == "-" ? null : file, top, cancel);
                if (json) terminal.WriteJson(prediction, PipelineJson.Default.Prediction);
                else Write(terminal.Output, prediction, file);
            }
            catch (SakiException failure) when (many.Count > 1)
            {
                refused++;
                terminal.Say($"saki: {file}: {failure.Message}");
            }
        }
        if (refused > 0) terminal.Say($"{refused} of {many.Count} files gave no answer");
        return refused > 0 ? 2 : 0;
    }

    private static void Write(TextWriter output, Prediction prediction, string file)
    {
        output.WriteLine($"{file}: {prediction.Class} {Format.Percent(prediction.Probability)}");
        var width = prediction.Top.Max(t => t.Class.Length);
        foreach (var (name, probability) in prediction.Top.Select(t => (t.Class, t.Probability)))
            output.WriteLine($"  {name.PadRight(width)} {ProgressBar.Draw(probability)} {Format.Percent(probability),8}");
        foreach (var face in prediction.Faces ?? [])
            output.WriteLine($"  face at {face.Box[0]},{face.Box[1]} {face.Box[2]}×{face.Box[3]}: {face.Class} {Format.Percent(face.Probability)}");
        var ms = prediction.Milliseconds;
        output.WriteLine($"  {prediction.Model} {prediction.Version} · {ms.Decode + ms.Preprocess + ms.Infer:0.0} ms");
    }
}

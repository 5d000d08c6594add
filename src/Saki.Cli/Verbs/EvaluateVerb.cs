using System.CommandLine;
using Saki.Cli.Evaluation;
using Saki.Cli.Terminal;
using Saki.Evaluation;
using Saki.Inference;
using Saki.Inference.Evaluation;
using Saki.Storage;
using Saki.Vision;

namespace Saki.Cli.Verbs;

/// <summary><c>saki evaluate TARGET --data DATA [--against TARGET] [--html FILE]</c>. Whole pictures: faces are not looked for.</summary>
internal static class EvaluateVerb
{
    private const int ThumbnailSide = 160;

    private static readonly Argument<string> TargetName = new("target") { Description = "A package folder, model.onnx (with --pipeline), or runs:/ID (runs:/latest)" };
    private static readonly Option<string> Data = new("--data", "-d") { Description = "NAME, NAME@DIGEST-PREFIX, NAME:SPLIT (default: the test split, else val), or a path", HelpName = "DATA", Required = true };
    private static readonly Option<string?> Against = new("--against") { Description = "Another model on the same samples: paired test, exit code 1 when TARGET is worse", HelpName = "TARGET" };
    private static readonly Option<string?> Html = new("--html") { Description = "Write the report as one HTML file with the pictures", HelpName = "FILE" };
    private static readonly Option<bool> NearDuplicates = new("--near-duplicates") { Description = "Also the figure without pictures that look like training pictures (decodes the training split)" };
    private static readonly Option<bool> Keep = new("--keep") { Description = "Keep the report among the files of the run (runs:/ID), where its page shows it" };
    private static readonly Option<string?> Pipeline = TargetOptions.Pipeline();

    public static Command Create()
    {
        var verb = new Verb("evaluate", "Say how good a model is on labelled pictures")
        {
            Examples = ["saki evaluate runs:/latest --data emotions:test --html report.html", "saki evaluate ./package --data publictest.csv.bz2 --json", "saki evaluate ./challenger --data faces:test --against ./champion"],
        };
        verb.Add(TargetName);
        foreach (var option in (Option[])[Data, Against, Html, Keep, NearDuplicates, Pipeline]) verb.Add(option);
        verb.SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
        return verb;
    }

    private static int Run(ParseResult parsed, CancellationToken cancel)
    {
        var terminal = Verb.Terminal.Value!;
        var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
        var data = parsed.GetRequiredValue(Data);
        var target = Target.Resolve(parsed.GetRequiredValue(TargetName), home, parsed.GetValue(Pipeline));
        using var predictor = Predictor.Load(target.PackageFolder, cancellation: cancel);
        using var samples = LabelledSamples.Open(data, home, predictor.Pipeline.Labels);
        var answers = Ask(terminal, "Evaluate", predictor, samples, cancel);
        var report = answers.Report(predictor, samples, parsed.GetValue(NearDuplicates), cancel);
        if (parsed.GetValue(Against) is { } other) report = report with { Against = Compare(terminal, answers, Target.Resolve(other, home, parsed.GetValue(Pipeline)), data, home, cancel) };
        if (parsed.GetValue(Html) is { } file)
        {
            WritePage(file, report, answers);
            terminal.Say($"Report: {Path.GetFullPath(file)}");
        }
        if (parsed.GetValue(Keep)) terminal.Say($"Kept: {KeepWithRun(parsed.GetRequiredValue(TargetName), home, report)}");
        if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(report, EvaluationJson.Default.EvaluationReport);
        else EvaluationText.Write(terminal.Output, report);
        return report.Against is { FirstIsWorse: true } ? 1 : 0;
    }

    private static ModelAnswers Ask(Terminal.Terminal terminal, string what, Predictor predictor, LabelledSamples samples, CancellationToken cancel)
    {
        using var bar = new ProgressBar(terminal, what, TimeProvider.System);
        return ModelAnswers.Of(predictor, samples.Samples, done => bar.Report(done, samples.Count), cancel);
    }

    private static PairedTest Compare(Terminal.Terminal terminal, ModelAnswers answers, Target other, string data, SakiHome home, CancellationToken cancel)
    {
        using var predictor = Predictor.Load(other.PackageFolder, cancellation: cancel);
        using var samples = LabelledSamples.Open(data, home, predictor.Pipeline.Labels);
        return PairedTest.Of(answers.Right, Ask(terminal, "Against", predictor, samples, cancel).Right);
    }

    private static string KeepWithRun(string target, SakiHome home, EvaluationReport report)
    {
        const string OfRun = "runs:/";
        if (!target.StartsWith(OfRun, StringComparison.Ordinal)) throw new SakiException("Keeping the report", "a model named runs:/ID", target, "Leave --keep out, or write the report elsewhere with --json or --html.");
        var file = Path.Combine(RunReference.FindModel(home, target[OfRun.Length..]).Artifacts, "evaluation.json");
        DurableFile.Write(file, System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(report, EvaluationJson.Default.EvaluationReport));
        return file;
    }

    private static void WritePage(string file, EvaluationReport report, ModelAnswers answers)
    {
        var pictures = answers.Worst.ToDictionary(wrong => wrong.Outcome, wrong => wrong.Picture);
        DurableFile.Write(file, stream =>
        {
            using var text = new StreamWriter(stream, leaveOpen: true);
            EvaluationPage.Write(text, report, wrong => Thumbnail(pictures[wrong]));
        });
    }

    // Always encoded anew: browsers do not draw every format that we read, and the page stays small.
    private static string Thumbnail(byte[] picture)
    {
        using var image = ImageDecoder.Decode(picture, new DecodeOptions { Target = (ThumbnailSide, ThumbnailSide) });
        var scale = Math.Min(1, (double)ThumbnailSide / Math.Max(image.Width, image.Height));
        using var small = new Image(Math.Max(1, (int)(image.Width * scale)), Math.Max(1, (int)(image.Height * scale)), 3);
        Resize.Run(image, small, Saki.Pipelines.Interpolation.Bilinear, antialias: true);
        return $"data:image/png;base64,{Convert.ToBase64String(Png.Encode(small.Pixels, small.Width, small.Height))}";
    }
}

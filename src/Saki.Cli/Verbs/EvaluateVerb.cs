using System.CommandLine;
using Saki.Cli.Terminal;
using Saki.Evaluation;
using Saki.Inference;

namespace Saki.Cli.Verbs;

/// <summary><c>saki evaluate TARGET --data DATA</c>: accuracy with its interval, per class, confusion. Whole pictures: faces are not looked for.</summary>
internal static class EvaluateVerb
{
    public static Command Create()
    {
        var target = new Argument<string>("target") { Description = "A package folder, model.onnx (with --pipeline), or runs:/ID (runs:/latest)" };
        var data = new Option<string>("--data", "-d") { Description = "NAME, NAME@DIGEST-PREFIX, NAME:SPLIT (default: the test split, else val), or a path", HelpName = "DATA", Required = true };
        var pipeline = TargetOptions.Pipeline();
        var verb = new Verb("evaluate", "Say how good a model is on labelled pictures")
        {
            Examples = ["saki evaluate runs:/latest --data emotions:test", "saki evaluate ./package --data publictest.csv.bz2 --json"],
        };
        verb.Add(target);
        verb.Add(data);
        verb.Add(pipeline);
        verb.SetAction((parsed, cancel) =>
        {
            var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
            Run(Target.Resolve(parsed.GetRequiredValue(target), home, parsed.GetValue(pipeline)), home, parsed.GetRequiredValue(data), parsed.GetValue(SakiCommand.Json), cancel);
            return Task.FromResult(0);
        });
        return verb;
    }

    private static void Run(Target target, SakiHome home, string data, bool json, CancellationToken cancel)
    {
        var terminal = Verb.Terminal.Value!;
        using var predictor = Predictor.Load(target.PackageFolder, cancellation: cancel);
        using var samples = LabelledSamples.Open(data, home, predictor.Pipeline.Labels);
        EvaluationReport report;
        using (var bar = new ProgressBar(terminal, "Evaluate", TimeProvider.System))
            report = samples.Evaluate(predictor, done => bar.Report(done, samples.Count), cancel);
        if (json) terminal.WriteJson(report, EvaluationJson.Default.EvaluationReport);
        else Write(terminal.Output, report, $"{predictor.Model} {predictor.Version} on {samples.Name}");
    }

    private static void Write(TextWriter output, EvaluationReport report, string what)
    {
        output.WriteLine($"{what}: {report.Samples:N0} samples");
        output.WriteLine($"accuracy {Format.Percent(report.Accuracy)}  (95 % interval {Format.Percent(report.AccuracyInterval[0])} to {Format.Percent(report.AccuracyInterval[1])})");
        output.WriteLine(FormattableString.Invariant($"balanced accuracy {Format.Percent(report.BalancedAccuracy)} · macro F1 {report.MacroF1:0.000} · log loss {report.LogLoss:0.000} · calibration error {report.Ece:0.000}"));
        output.WriteLine();
        var table = new TextTable("CLASS", "PRECISION", "RECALL", "F1", "SAMPLES").Right("PRECISION", "RECALL", "F1", "SAMPLES");
        foreach (var c in report.PerClass)
            table.Add(c.Class, Format.Percent(c.Precision), Format.Percent(c.Recall), c.F1.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture), $"{c.Support:N0}");
        table.Write(output);
        output.WriteLine();
        var names = report.PerClass.Select(c => c.Class.Length > 8 ? c.Class[..8] : c.Class).ToArray();
        var confusion = new TextTable(["TRUE \\ ANSWER", .. names]).Right(names);
        for (var c = 0; c < names.Length; c++) confusion.Add([report.PerClass[c].Class, .. report.Confusion[c].Select(n => $"{n:N0}")]);
        confusion.Write(output);
    }
}

using System.CommandLine;
using Saki.Cli.Terminal;
using Saki.Datasets;
using Saki.Inference;
using Saki.Inference.Labelling;
using Saki.Labelling;

namespace Saki.Cli.Verbs.Labels;

/// <summary><c>saki labels suspects DATA --model TARGET</c>: labels that are probably wrong (confident learning); exit code 1 when there are any.</summary>
internal static class LabelsSuspectsVerb
{
    private const int MostListed = 50;

    public static Command Create()
    {
        var data = new Argument<string>("data") { Description = "NAME, NAME@DIGEST-PREFIX, either with :SPLIT; pictures that the model did not learn from" };
        var model = new Option<string>("--model", "-m") { Description = "A package folder, runs:/ID or models:/NAME/3", HelpName = "TARGET", Required = true };
        var pipeline = TargetOptions.Pipeline();
        var verb = new Verb("suspects", "Find labels that are probably wrong; exit code 1 when there are any") { Examples = ["saki labels suspects faces:test --model runs:/latest", "saki labels suspects faces:val --model models:/faces/Production --json"] };
        verb.Add(data);
        verb.Add(model);
        verb.Add(pipeline);
        verb.SetAction((parsed, cancel) =>
        {
            var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
            var target = Target.Resolve(parsed.GetRequiredValue(model), home, parsed.GetValue(pipeline));
            return Task.FromResult(Run(home, DatasetReference.Parse(parsed.GetRequiredValue(data)), target, parsed.GetValue(SakiCommand.Json), cancel));
        });
        return verb;
    }

    private static int Run(SakiHome home, DatasetReference reference, Target target, bool json, CancellationToken cancel)
    {
        using var store = new DatasetStore(home);
        using var features = PictureFeatures.Over(Predictor.Load(target.PackageFolder, cancellation: cancel), owned: true);
        var version = store.Load(reference);
        Sample[] samples = [.. version.Samples.Where(sample => (reference.Split is not { } split || sample.Split == split) && !Relabelling.IsUnlabelled(version.Classes[sample.Label]))];
        var labels = features.Predictor.Pipeline.Labels;
        var columns = version.Classes.Select(name => labels.ToList().IndexOf(name)).ToArray();
        if (samples.FirstOrDefault(sample => columns[sample.Label] < 0) is { Path: not null } odd)
            throw new SakiException("Looking for wrong labels", $"a model that knows the classes {string.Join(", ", version.Classes)}", $"one without {version.Classes[odd.Label]}", "Name another model.");
        var found = Suspects(store, samples, version, columns, features, cancel);
        Print(version, samples, found, json);
        return found.Count > 0 ? 1 : 0;
    }

    private static IReadOnlyList<SuspectedLabel> Suspects(DatasetStore store, Sample[] samples, DatasetVersion version, int[] columns, PictureFeatures features, CancellationToken cancel)
    {
        var (rows, done) = (new float[samples.Length][], 0L);
        using var bar = new ProgressBar(Verb.Terminal.Value!, "Look", TimeProvider.System);
        var gate = new Lock();
        Parallel.For(0, samples.Length, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            var probabilities = features.Of(store.Read(samples[i]), cancel).Probabilities;
            rows[i] = [.. columns.Select(column => column < 0 ? 0 : probabilities[column])];
            if (Interlocked.Increment(ref done) % 64 != 0) return;
            lock (gate) bar.Report(done, samples.Length);
        });
        return ConfidentLearning.Suspects([.. samples.Select(sample => sample.Label)], rows, version.Classes.Count);
    }

    private static void Print(DatasetVersion version, Sample[] samples, IReadOnlyList<SuspectedLabel> found, bool json)
    {
        var terminal = Verb.Terminal.Value!;
        var rows = found.Select(suspect => new SuspectView(samples[suspect.Index].Path, version.Classes[samples[suspect.Index].Label], version.Classes[suspect.Suggested], Math.Round(suspect.Margin, 4))).ToArray();
        if (json)
        {
            terminal.WriteJson(new SuspectsView(version.Summary.ToString(), samples.Length, rows), LabelsJson.Default.SuspectsView);
            return;
        }
        var table = new TextTable("PICTURE", "LABEL", "MODEL SEES", "MARGIN").Right("MARGIN");
        foreach (var row in rows.Take(MostListed)) table.Add(row.Path, row.Label, row.Suggested, $"{row.Margin:0.000}");
        if (rows.Length > 0) table.Write(terminal.Output);
        if (rows.Length > MostListed) terminal.Output.WriteLine($"… and {rows.Length - MostListed:N0} more; --json lists them");
        terminal.Output.WriteLine($"{rows.Length:N0} of {samples.Length:N0} labels of {version.Summary} are probably wrong.{(rows.Length > 0 ? $" Review them: saki labels queue errors --data {version.Name} --source suspects" : "")}");
    }
}

/// <summary>What <c>saki labels suspects --json</c> prints.</summary>
internal sealed record SuspectsView(string Version, int Looked, IReadOnlyList<SuspectView> Suspects);

/// <summary>A label that is probably wrong.</summary>
internal sealed record SuspectView(string Path, string Label, string Suggested, double Margin);

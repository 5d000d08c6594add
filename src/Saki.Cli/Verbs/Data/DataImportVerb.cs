using System.CommandLine;
using Saki.Cli.Terminal;
using Saki.Datasets;
using Saki.Vision;

namespace Saki.Cli.Verbs.Data;

/// <summary><c>saki data import PATH --name NAME</c>: reads a source once, stores its images by content and makes a version.</summary>
internal static class DataImportVerb
{
    public static Command Create()
    {
        var path = new Argument<string[]>("path") { Description = "Folder, csv or archive; several of the same classes are joined", Arity = ArgumentArity.OneOrMore };
        var name = new Option<string>("--name", "-n") { Description = "The data set's name", HelpName = "NAME", Required = true };
        var format = new Option<string>("--format") { Description = $"auto, {string.Join(", ", DatasetFormat.Names)}", HelpName = "F", DefaultValueFactory = _ => "auto" };
        var split = new Option<string?>("--split") { Description = "Take a split from the training images, e.g. val=0.1", HelpName = "S=FRACTION" };
        var mapping = new Option<string?>("--mapping") { Description = "YAML that renames classes or puts several into one: happy: [happy, smiling]", HelpName = "FILE" };
        var group = new Option<string?>("--group") { Description = "Column of a csv or jsonl table whose groups --split never tears apart", HelpName = "COLUMN" };
        var seed = new Option<int>("--seed") { Description = "Seed of --split", HelpName = "N" };
        var verb = new Verb("import", "Import a folder, csv or archive as a new version of a data set")
        {
            Examples = ["saki data import photos/ --name birds --split val=0.1", "saki data import train.csv.bz2 publictest.csv.bz2 --name fer2013", "saki data import people.csv --name people --split val=0.1 --group person"],
        };
        verb.Add(path);
        foreach (var option in (Option[])[name, format, mapping, split, group, seed]) verb.Add(option);
        verb.SetAction((parsed, cancel) =>
        {
            var wanted = parsed.GetValue(split) is { } text ? StratifiedSplit.Parse(text, (ulong)parsed.GetValue(seed)) : null;
            var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home)).EnsureWritable();
            IDatasetReader[] parts = [.. parsed.GetRequiredValue(path).Select(part => DatasetFormat.Open(part, parsed.GetRequiredValue(format), parsed.GetValue(group)))];
            if (parsed.GetValue(mapping) is { } file) parts = [.. parts.Select(part => new MappedReader(part, file))];
            var reader = parts.Length == 1 ? parts[0] : new JoinedReader(parts);
            Run(home, reader, parsed.GetRequiredValue(name), wanted, parsed.GetValue(SakiCommand.Json), cancel);
            return Task.FromResult(0);
        });
        return verb;
    }

    /// <summary>Imports with a progress bar and says what came of it; shared with <c>data sample</c>.</summary>
    public static void Run(SakiHome home, IDatasetReader reader, string name, StratifiedSplit? split, bool json, CancellationToken cancel)
    {
        var terminal = Verb.Terminal.Value!;
        using var store = new DatasetStore(home);
        ImportResult result;
        using (var bar = new ProgressBar(terminal, "Import", TimeProvider.System))
            result = new DatasetImport(store, TimeProvider.System, ImageHeader.WhyUnreadable).Run(reader, name, split, p => bar.Report(p.Images, p.Expected ?? 0), cancel);
        if (json)
        {
            terminal.WriteJson(DatasetView.Of(result.Version.Summary), DataJson.Default.DatasetView);
            return;
        }
        var summary = result.Version.Summary;
        terminal.Output.WriteLine($"{summary}: {summary.Total:N0} images, {summary.Classes.Count} classes{(result.IsNew ? "" : " (this version was here before)")}");
        terminal.Output.WriteLine($"stored {result.NewObjects:N0} new images, {Format.Bytes(result.NewBytes)}");
        foreach (var part in SplitNames.All.Where(s => summary.Count(s) > 0))
            for (var label = 0; label < summary.Classes.Count; label++)
                if (summary.Counts[(int)part][label] == 0) terminal.Say($"note: no image of {summary.Classes[label]} in {part.Name()}");
        if (summary.LeftOutCount > 0)
        {
            terminal.Say($"{summary.LeftOutCount:N0} files were left out because they cannot be read:");
            foreach (var file in result.Version.LeftOut.Take(5)) terminal.Say($"  {file.Path}: {file.Reason}");
            if (summary.LeftOutCount > 5) terminal.Say($"  … and {summary.LeftOutCount - 5:N0} more; saki data show {name} --json lists them");
        }
    }
}

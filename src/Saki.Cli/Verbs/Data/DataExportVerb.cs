using System.CommandLine;
using Saki.Cli.Terminal;
using Saki.Datasets;

namespace Saki.Cli.Verbs.Data;

/// <summary><c>saki data export NAME DIR</c>: the images as files with a table beside them that imports to the same version.</summary>
internal static class DataExportVerb
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "NAME, NAME@DIGEST-PREFIX, either with :SPLIT" };
        var folder = new Argument<string>("dir") { Description = "A new or empty folder" };
        var verb = new Verb("export", "Write a version as image files with samples.csv (path,label,split)") { Examples = ["saki data export emotions out/", "saki data export fer2013:test test-images/"] };
        verb.Add(name);
        verb.Add(folder);
        verb.SetAction((parsed, cancel) =>
        {
            Run(SakiHome.Find(parsed.GetValue(SakiCommand.Home)), DatasetReference.Parse(parsed.GetRequiredValue(name)), parsed.GetRequiredValue(folder), parsed.GetValue(SakiCommand.Json), cancel);
            return Task.FromResult(0);
        });
        return verb;
    }

    private static void Run(SakiHome home, DatasetReference reference, string folder, bool json, CancellationToken cancel)
    {
        var terminal = Verb.Terminal.Value!;
        using var store = new DatasetStore(home);
        var version = store.Load(reference);
        var total = reference.Split is { } split ? version.Summary.Count(split) : version.Summary.Total;
        int written;
        using (var bar = new ProgressBar(terminal, "Export", TimeProvider.System))
        {
            var gate = new Lock();
            written = new DatasetExport(store).Run(version, reference.Split, folder, done =>
            {
                if (done % 256 != 0) return;
                lock (gate) bar.Report(done, total);
            }, cancel);
        }
        if (json) terminal.WriteJson(new ExportView(version.Summary.ToString(), Path.GetFullPath(folder), written), DataJson.Default.ExportView);
        else terminal.Output.WriteLine($"{version.Summary}: {written:N0} images in {folder}, listed in {Path.Combine(folder, DatasetExport.Table)}");
    }
}

/// <summary>What <c>saki data export --json</c> prints.</summary>
internal sealed record ExportView(string Version, string Folder, int Images);

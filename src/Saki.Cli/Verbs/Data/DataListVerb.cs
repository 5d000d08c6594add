using System.CommandLine;
using Saki.Cli.Terminal;
using Saki.Datasets;

namespace Saki.Cli.Verbs.Data;

/// <summary><c>saki data list</c>: every version, newest first within a name.</summary>
internal static class DataListVerb
{
    public static Command Create()
    {
        var verb = new Verb("list", "List data sets and their versions") { Examples = ["saki data list", "saki data list --json"] };
        verb.SetAction(parsed => Run(SakiHome.Find(parsed.GetValue(SakiCommand.Home)), parsed.GetValue(SakiCommand.Json)));
        return verb;
    }

    private static void Run(SakiHome home, bool json)
    {
        var terminal = Verb.Terminal.Value!;
        using var store = new DatasetStore(home);
        var versions = store.List();
        if (json)
        {
            terminal.WriteJson((IReadOnlyList<DatasetView>)[.. versions.Select(DatasetView.Of)], DataJson.Default.IReadOnlyListDatasetView);
            return;
        }
        if (versions.Count == 0)
        {
            terminal.Say("No data sets yet. Type: saki data sample emotions");
            return;
        }
        var table = new TextTable("NAME", "VERSION", "IMAGES", "CLASSES", "TRAIN", "VAL", "TEST", "CREATED (UTC)").Right("IMAGES", "CLASSES", "TRAIN", "VAL", "TEST");
        foreach (var v in versions)
            table.Add(v.Name, v.Digest.Short, $"{v.Total:N0}", $"{v.Classes.Count}", $"{v.Count(Split.Train):N0}", $"{v.Count(Split.Val):N0}", $"{v.Count(Split.Test):N0}", $"{v.Created.UtcDateTime:yyyy-MM-dd HH:mm}");
        table.Write(terminal.Output);
    }
}

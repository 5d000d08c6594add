using System.CommandLine;
using Saki.Cli.Terminal;
using Saki.Datasets;

namespace Saki.Cli.Verbs.Data;

/// <summary><c>saki data remove NAME</c>: takes a data set or one version of it away and frees the images that no other version holds.</summary>
internal static class DataRemoveVerb
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "NAME for all its versions, NAME@DIGEST-PREFIX for one" };
        var verb = new Verb("remove", "Remove a data set or one version, and free what only it held") { Examples = ["saki data remove birds@6a7ffa6", "saki data remove birds"] };
        verb.Add(name);
        verb.SetAction(parsed => Run(SakiHome.Find(parsed.GetValue(SakiCommand.Home)), DatasetReference.Parse(parsed.GetRequiredValue(name)), parsed.GetValue(SakiCommand.Json)));
        return verb;
    }

    private static void Run(SakiHome home, DatasetReference reference, bool json)
    {
        var terminal = Verb.Terminal.Value!;
        using var store = new DatasetStore(home);
        var result = new DatasetRemoval(store, home).Run(reference);
        if (json)
        {
            terminal.WriteJson(new RemovalView([.. result.Versions.Select(version => version.ToString())], result.Freed.Objects, result.Freed.Bytes, result.FreedCache, result.Freed.Postponed), DataJson.Default.RemovalView);
            return;
        }
        foreach (var version in result.Versions) terminal.Output.WriteLine($"removed {version}");
        terminal.Output.WriteLine(result.Freed.Postponed
            ? "an import is running: the images are freed with the next removal"
            : $"freed {result.Freed.Objects:N0} images that no other version holds, {Format.Bytes(result.Freed.Bytes)}{(result.FreedCache > 0 ? $", and {Format.Bytes(result.FreedCache)} of decoded ones" : "")}");
    }
}

/// <summary>What <c>saki data remove --json</c> prints.</summary>
internal sealed record RemovalView(IReadOnlyList<string> Removed, long FreedImages, long FreedBytes, long FreedCacheBytes, bool Postponed);

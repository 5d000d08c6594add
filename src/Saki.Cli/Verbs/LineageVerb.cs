using System.CommandLine;
using Saki.Cli.Terminal;
using Saki.Cli.Verbs.Models;
using Saki.Storage;
using Saki.Tracking;

namespace Saki.Cli.Verbs;

/// <summary><c>saki lineage X</c>: what a version, run, data set version or picture came from, and what came of it, as a tree.</summary>
internal static class LineageVerb
{
    public static Command Create()
    {
        var server = TrackingOptions.Server();
        var of = new Argument<string>("thing") { Description = "models:/NAME/VERSION, runs:/ID, NAME@DIGEST of a data set, a digest, or a picture's file" };
        var verb = new Verb("lineage", "Show what a model, run, data set or picture came from, and what came of it")
        {
            Examples = ["saki lineage models:/emotions@production", "saki lineage emotions", "saki lineage photo.png --json"],
        };
        verb.Add(of);
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            var text = parsed.GetRequiredValue(of);
            using var registry = RegistryServer.Of(parsed, server);
            var graph = await registry.Models.GetLineageAsync(File.Exists(text) ? DigestOf(text) : text, cancel);
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(graph, MlflowJson.Of<LineageGraph>());
            else new LineageTree(graph).Write(terminal.Output);
            return 0;
        });
        return verb;
    }

    private static string DigestOf(string file)
    {
        using var stream = File.OpenRead(file);
        return Digest.Of(stream).ToString();
    }
}

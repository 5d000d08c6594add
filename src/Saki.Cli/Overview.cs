using System.CommandLine;

namespace Saki.Cli;

/// <summary>What <c>saki</c> alone says: the verbs in the order of a model's life.</summary>
internal static class Overview
{
    public static int Print(RootCommand root)
    {
        var output = Verb.Terminal.Value!.Output;
        output.WriteLine("saki: from a folder of images to a served answer, and on from there.");
        output.WriteLine();
        foreach (var verb in root.Subcommands)
            if (!verb.Hidden) output.WriteLine($"  saki {verb.Name,-11} {verb.Description}");
        output.WriteLine();
        output.WriteLine("Start here:");
        output.WriteLine("  saki data sample emotions          a data set to play with");
        output.WriteLine("  saki train experiment=emotions     a minute of training, ends with a package");
        output.WriteLine("  saki up                            a page that answers");
        output.WriteLine();
        output.WriteLine("saki VERB --help shows options with defaults and examples.");
        return 0;
    }
}

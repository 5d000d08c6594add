using System.CommandLine;
using Saki.Labelling.LabelStudio;

namespace Saki.Cli.Verbs.Labels;

/// <summary><c>saki labels …</c>: labels in and out, queues, and what came of them.</summary>
internal static class LabelsVerbs
{
    /// <summary>A version of a large data set takes a while to be written.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private const long LongestConfig = 1 << 20;

    public static Command Create() => new("labels", "Queue pictures to label, apply labels, exchange them with Label Studio")
    {
        LabelsQueueVerb.Create(), LabelsListVerb.Create(), LabelsStatsVerb.Create(), LabelsApplyVerb.Create(), LabelsSuspectsVerb.Create(),
        LabelsImportVerb.Create(), LabelsExportVerb.Create(), LabelsConvertVerb.Create(),
    };

    /// <summary>The option with a labelling config.</summary>
    public static Option<string?> Config() => new("--config") { Description = "The project's labelling config (XML)", HelpName = "FILE" };

    /// <summary>Reads the file of <see cref="Config"/>; null without one.</summary>
    /// <exception cref="SakiException">It is not there, too large, or no labelling config.</exception>
    public static LabelConfig? ReadConfig(string? file)
    {
        if (file is null) return null;
        var info = new FileInfo(Existing(file));
        if (info.Length > LongestConfig) throw new SakiException($"Reading {file}", "a labelling config of at most 1 MB", "a larger file", "Export the config from the project's settings.");
        return LabelConfig.Parse(File.ReadAllText(file));
    }

    /// <summary>The path of a file that is there.</summary>
    /// <exception cref="SakiException">It is not.</exception>
    public static string Existing(string file) => File.Exists(file) ? file : throw new SakiException($"Reading {file}", "a file", "nothing of that name", "Check the path.");
}

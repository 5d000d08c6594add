using System.CommandLine;

namespace Saki.Cli.Verbs.Data;

/// <summary><c>saki data …</c>: data sets and their versions.</summary>
internal static class DataVerbs
{
    public static Command Create() => new("data", "Import, look at and draw data sets")
    {
        DataImportVerb.Create(), DataListVerb.Create(), DataShowVerb.Create(), DataPreviewVerb.Create(), DataSampleVerb.Create(),
    };
}

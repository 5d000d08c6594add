using System.CommandLine;

namespace Saki.Cli.Verbs.Data;

/// <summary><c>saki data …</c>: data sets and their versions.</summary>
internal static class DataVerbs
{
    public static Command Create() => new("data", "Import, check, compare, export and draw data sets")
    {
        DataImportVerb.Create(), DataListVerb.Create(), DataShowVerb.Create(), DataPreviewVerb.Create(), DataCheckVerb.Create(), DataDiffVerb.Create(),
        DataExportVerb.Create(), DataRemoveVerb.Create(), DataSampleVerb.Create(),
    };
}

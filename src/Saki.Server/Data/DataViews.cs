using Saki.Datasets;

namespace Saki.Server.Data;

/// <summary>All that the list of data sets shows.</summary>
public sealed record DataListView
{
    /// <summary>The newest version of each, with how many there are.</summary>
    public required IReadOnlyList<(DatasetSummary Newest, int Versions)> Sets { get; init; }

    /// <summary>True for who may import.</summary>
    public required bool MayImport { get; init; }

    /// <summary>Why the last import was refused.</summary>
    public string? Error { get; init; }
}

/// <summary>All that the page of one data set shows.</summary>
public sealed record DataSetView
{
    /// <summary>The version that is shown.</summary>
    public required DatasetSummary Version { get; init; }

    /// <summary>All of them, the newest first.</summary>
    public required IReadOnlyList<DatasetSummary> Versions { get; init; }

    /// <summary>Whose samples are shown; null: all splits.</summary>
    public Split? Split { get; init; }

    /// <summary>Which class is shown; null: all.</summary>
    public int? Label { get; init; }

    /// <summary>From 1.</summary>
    public required int Sheet { get; init; }

    /// <summary>How many there are.</summary>
    public required int Sheets { get; init; }

    /// <summary>Samples of this sheet.</summary>
    public required IReadOnlyList<Sample> Samples { get; init; }

    /// <summary>Samples of all sheets.</summary>
    public required int Count { get; init; }

    /// <summary>What changed since the version before, where that was asked for.</summary>
    public DatasetDiff? Diff { get; init; }

    /// <summary>Its first files that did not become samples.</summary>
    public required IReadOnlyList<LeftOut> LeftOut { get; init; }

    /// <summary>The version that came before the one shown; null for the first.</summary>
    public DatasetSummary? Before => Versions.Where(version => version.Sequence < Version.Sequence).MaxBy(version => version.Sequence);

    /// <summary>The address of this page with something else chosen.</summary>
    public string Address(Split? split, int? label, int sheet = 1, bool diff = false)
    {
        List<string> query = [];
        if (Version.Digest != Versions[0].Digest) query.Add($"version={Version.Digest.Short}");
        if (split is { } chosen) query.Add($"split={chosen.Name()}");
        if (label is { } number) query.Add($"class={Uri.EscapeDataString(Version.Classes[number])}");
        if (sheet > 1) query.Add($"sheet={sheet}");
        if (diff) query.Add("diff=yes");
        return $"/data/{Version.Name}{(query.Count > 0 ? $"?{string.Join('&', query)}" : "")}";
    }
}

using Saki.Datasets;

namespace Saki.Cli.Verbs.Data;

/// <summary>What <c>saki data check --json</c> prints; docs/reference/data.md describes it.</summary>
internal sealed record FindingsView(
    DatasetView Version, bool Faults, int Distinct, IReadOnlyList<LeftOut> Damaged, IReadOnlyList<string> Constant, IReadOnlyList<DuplicateView> Duplicates,
    int Contradictions, IReadOnlyList<LeakView> Leaks, IReadOnlyList<MissingView> Missing, double? Imbalance, IReadOnlyList<SizeCount> Sizes, int Grey,
    IReadOnlyList<double>? Mean, IReadOnlyList<double>? Std, int Alike, IReadOnlyList<LeakView> NearLeaks, IReadOnlyList<LeftOut>? Dropped = null, DatasetView? NewVersion = null)
{
    public static FindingsView Of(DatasetFindings findings, DatasetSummary? made, IReadOnlyList<LeftOut> dropped)
    {
        var classes = findings.Version.Classes;
        var measured = findings.Pixels.Count > 0;
        return new FindingsView(
            DatasetView.Of(findings.Version), findings.HasFaults, findings.Distinct, findings.Damaged, [.. findings.Constant.Select(sample => sample.Path)],
            [.. findings.Duplicates.Select(group => new DuplicateView(group.SameBytes, group.Contradicts, [.. group.Samples.Select(sample => new CopyView(sample.Path, classes[sample.Label], sample.Split.Name()))]))],
            findings.Contradictions.Count(), [.. findings.Leaks.Select(LeakView.Of)],
            [.. findings.Missing.Select(missing => new MissingView(missing.Split.Name(), classes[missing.Label]))], double.IsFinite(findings.Imbalance) ? findings.Imbalance : null,
            findings.Sizes, findings.Grey, measured ? findings.Pixels.Mean : null, measured ? findings.Pixels.Std : null, findings.Alike, [.. findings.NearLeaks.Select(LeakView.Of)],
            made is null ? null : dropped, made is null ? null : DatasetView.Of(made));
    }
}

/// <summary>Copies of one image.</summary>
internal sealed record DuplicateView(bool SameBytes, bool Contradicts, IReadOnlyList<CopyView> Copies);

/// <summary>One copy.</summary>
internal sealed record CopyView(string Path, string Label, string Split);

/// <summary>Samples of <paramref name="Into"/> with a copy in <paramref name="From"/>.</summary>
internal sealed record LeakView(string From, string Into, int Count, IReadOnlyList<string> Paths)
{
    public static LeakView Of(SplitLeak leak) => new(leak.From.Name(), leak.Into.Name(), leak.Samples.Count, [.. leak.Samples.Select(sample => sample.Path)]);
}

/// <summary>A class without images in a split that has images.</summary>
internal sealed record MissingView(string Split, string Label);

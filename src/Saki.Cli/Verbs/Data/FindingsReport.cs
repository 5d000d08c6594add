using Saki.Cli.Terminal;
using Saki.Datasets;

namespace Saki.Cli.Verbs.Data;

/// <summary>Findings as text: faults first, each with its count and the first names, then the figures.</summary>
internal sealed class FindingsReport(DatasetFindings findings, TextWriter output, int most)
{
    private IReadOnlyList<string> Classes => findings.Version.Classes;

    /// <param name="hint">True to say what can be done.</param>
    public void Write(bool hint)
    {
        var version = findings.Version;
        output.WriteLine($"{version}: {version.Total:N0} images, {findings.Distinct:N0} different, {Classes.Count} classes");
        output.WriteLine();
        WriteFaults();
        output.WriteLine();
        WriteClasses();
        output.WriteLine();
        WriteFigures();
        if (!hint) return;
        output.WriteLine();
        output.WriteLine(findings.HasFaults ? "Faults were found. --drop makes a version without them; see --help." : "No faults.");
    }

    private void WriteFaults()
    {
        Line("damaged images", findings.Damaged.Count, "", findings.Damaged.Select(file => $"{file.Path}: {file.Reason}"));
        Line("constant images", findings.Constant.Count, BySplit(findings.Constant), findings.Constant.Select(sample => sample.Path));
        var contradictions = findings.Contradictions.ToArray();
        Line("images with contradicting labels", contradictions.Length, contradictions.Length == 0 ? "" : $"{contradictions.Sum(group => group.Samples.Count):N0} copies", contradictions.Select(Copies));
        foreach (var leak in findings.Leaks)
            Line($"{leak.Into.Name()} images with a copy in {leak.From.Name()}", leak.Samples.Count, $"of {findings.Version.Count(leak.Into):N0}", leak.Samples.Select(sample => sample.Path));
        if (findings.Leaks.Count == 0) Line("images that are in two splits", 0, "", []);
        foreach (var leak in findings.NearLeaks)
            Line($"{leak.Into.Name()} images that look like one in {leak.From.Name()}, no copies", leak.Samples.Count, $"of {findings.Version.Count(leak.Into):N0}", leak.Samples.Select(sample => sample.Path));
        foreach (var missing in findings.Missing) output.WriteLine($"no image of {Classes[missing.Label]} in {missing.Split.Name()}");
        var otherBytes = findings.Duplicates.Count(group => !group.SameBytes);
        var copies = findings.Duplicates.Sum(group => group.Samples.Count);
        Line("images that occur more than once", findings.Duplicates.Count, findings.Duplicates.Count == 0 ? "" : $"{copies:N0} copies, up to {findings.Duplicates.Max(group => group.Samples.Count)} of one"
            + (otherBytes > 0 ? $"; {otherBytes:N0} as different files" : ""), findings.Duplicates.OrderByDescending(group => group.Samples.Count).Select(Copies));
        output.WriteLine($"{findings.Alike,7:N0} different images that look like another (no fault; --json lists those across splits)");
    }

    private void Line(string what, int count, string more, IEnumerable<string> names)
    {
        output.WriteLine($"{count,7:N0} {what}{(more.Length > 0 ? $" ({more})" : "")}");
        foreach (var name in names.Take(most)) output.WriteLine($"          {name}");
        if (count > most) output.WriteLine($"          … and {count - most:N0} more; --json lists them");
    }

    private string Copies(DuplicateGroup group) =>
        string.Join(" = ", group.Samples.Take(4).Select(sample => sample.Path)) + (group.Samples.Count > 4 ? $" = … ({group.Samples.Count} copies)" : "");

    private static string BySplit(IReadOnlyList<Sample> samples) => string.Join(", ", samples.CountBy(sample => sample.Split).OrderBy(pair => pair.Key).Select(pair => $"{pair.Value:N0} {pair.Key.Name()}"));

    private void WriteClasses()
    {
        var splits = SplitNames.All.Where(split => findings.Version.Count(split) > 0).ToArray();
        string[] heads = [.. splits.SelectMany(split => new[] { split.Name().ToUpperInvariant(), "%" })];
        var table = new TextTable(["CLASS", .. heads]).Right(heads);
        for (var label = 0; label < Classes.Count; label++)
        {
            table.Add([Classes[label], .. splits.SelectMany(split =>
            {
                var count = findings.Version.Counts[(int)split][label];
                return new[] { $"{count:N0}", $"{100.0 * count / findings.Version.Count(split):0.0}" };
            })]);
        }
        table.Write(output);
        output.WriteLine($"largest class / smallest: {(double.IsInfinity(findings.Imbalance) ? "a class is empty" : $"{findings.Imbalance:0.0}")}");
    }

    private void WriteFigures()
    {
        var sizes = findings.Sizes;
        output.WriteLine($"sizes: {string.Join(", ", sizes.Take(most).Select(size => $"{size.Width}x{size.Height} ({size.Count:N0})"))}{(sizes.Count > most ? $", … ({sizes.Count:N0} different)" : "")}");
        var good = findings.Version.Total - findings.Damaged.Count;
        output.WriteLine($"colour: {findings.Grey:N0} grey, {good - findings.Grey:N0} in colour");
        if (findings.Pixels.Count == 0) return;
        var (mean, std) = (findings.Pixels.Mean, findings.Pixels.Std);
        var channels = findings.Grey == good ? 1 : 3;
        string Numbers(double[] values) => string.Join(", ", values.Take(channels).Select(value => $"{value:0.0000}"));
        output.WriteLine($"pixels of {(findings.Version.Count(Split.Train) > 0 ? "train" : "all splits")}: mean [{Numbers(mean)}], std [{Numbers(std)}]");
    }
}

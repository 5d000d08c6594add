using System.Text.RegularExpressions;
using Saki.Testing;

namespace Saki.Tests.House;

/// <summary>The size budgets of CONTRIBUTING.md. A member is read off its indentation, which the formatter guarantees.</summary>
public partial class SizeBudgetTests
{
    private const int FileMedian = 120, FileP90 = 350, FileCap = 600, MemberP90 = 30, MemberCap = 80;

    [Fact]
    public void Files_stay_within_their_budget()
    {
        var files = Sources().Select(f => (Name: f, Lines: File.ReadLines(f).Count())).OrderBy(f => f.Lines).ToList();
        var offenders = files.Where(f => f.Lines > FileCap).Select(f => $"{Path.GetRelativePath(Repository.Root, f.Name)}: {f.Lines} lines").ToList();

        Assert.True(offenders.Count == 0, $"Over {FileCap} lines:\n" + string.Join('\n', offenders));
        Assert.InRange(files[files.Count / 2].Lines, 1, FileMedian);
        Assert.InRange(files[files.Count * 9 / 10].Lines, 1, FileP90);
    }

    [Fact]
    public void Members_stay_within_their_budget()
    {
        var members = Sources().SelectMany(Members).OrderBy(m => m.Lines).ToList();
        var offenders = members.Where(m => m.Lines > MemberCap && !m.Numbered).Select(m => $"{m.Name}: {m.Lines} lines").ToList();

        Assert.True(offenders.Count == 0, $"Over {MemberCap} lines without numbered steps:\n" + string.Join('\n', offenders));
        Assert.InRange(members[members.Count * 9 / 10].Lines, 1, MemberP90);
    }

    [Fact]
    public void Nothing_is_folded_away_in_regions() =>
        Assert.DoesNotContain(Sources(), f => File.ReadLines(f).Any(line => line.TrimStart().StartsWith("#region", StringComparison.Ordinal)));

    private static IEnumerable<string> Sources() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal));

    private static IEnumerable<(string Name, int Lines, bool Numbered)> Members(string file)
    {
        var lines = File.ReadAllLines(file);
        for (var start = 1; start < lines.Length; start++)
        {
            if (Opening().Match(lines[start]) is not { Success: true } open || TypeHead().IsMatch(lines[start - 1])) continue;
            var end = Array.FindIndex(lines, start, l => l.StartsWith(open.Groups[1].Value + "}", StringComparison.Ordinal));
            var numbered = lines[start..end].Count(l => Step().IsMatch(l)) >= 3;
            yield return ($"{Path.GetRelativePath(Repository.Root, file)}:{start}", end - start - 1, numbered);
        }
    }

    [GeneratedRegex(@"^( {4}| {8})\{$")]
    private static partial Regex Opening();

    [GeneratedRegex(@"\b(class|record|struct|interface|enum|namespace)\b|^ {8,}(if|else|for|foreach|while|using|try|catch|switch|lock|finally|do)\b|=>$|[=(,]$")]
    private static partial Regex TypeHead();

    [GeneratedRegex(@"^\s*// \d+\.? ")]
    private static partial Regex Step();
}

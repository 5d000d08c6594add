using System.Text.RegularExpressions;

namespace Saki.Datasets;

/// <summary>The rule for data set names, which are folder names and stand in references.</summary>
public static partial class DatasetName
{
    /// <summary>Gives <paramref name="name"/> back when it is 1-64 letters, digits, <c>.</c>, <c>_</c>, <c>-</c>, starts and ends with a letter or digit, and is no device name of Windows.</summary>
    /// <exception cref="SakiException">It is not.</exception>
    public static string Check(string name) =>
        Allowed().IsMatch(name) && !Reserved().IsMatch(name) ? name : throw new SakiException("Naming the data set",
            "1-64 letters, digits, dots, dashes or underscores, the first and last a letter or digit", $"\"{Printable(name)}\"", "Choose a name like emotions or fer2013.");

    /// <summary>At most 80 characters of <paramref name="text"/>, with control characters replaced: fit to stand in a message.</summary>
    internal static string Printable(string text)
    {
        var clean = string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));
        return clean.Length > 80 ? clean[..79] + "…" : clean;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?\z")]
    private static partial Regex Allowed();

    [GeneratedRegex(@"\A(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|\z)", RegexOptions.IgnoreCase)]
    private static partial Regex Reserved();
}

namespace Saki;

/// <summary>Finds the known name that a mistyped one probably meant (Damerau-Levenshtein distance, adjacent swaps count one).</summary>
public static class DidYouMean
{
    /// <summary>
    /// The closest of <paramref name="known"/> within a third of the word's length (at least 1, at most 3 edits), else the first that begins with the word
    /// (of 3 letters or more); null when none is near.
    /// </summary>
    public static string? Closest(string word, IEnumerable<string> known)
    {
        var limit = Math.Clamp(word.Length / 3, 1, 3);
        return known
            .Select(name => (name, distance: Distance(word, name)))
            .Where(x => x.distance <= limit)
            .OrderBy(x => x.distance).ThenBy(x => x.name, StringComparer.Ordinal)
            .Select(x => x.name)
            .FirstOrDefault()
            ?? (word.Length < 3 ? null : known.Order(StringComparer.Ordinal).FirstOrDefault(name => name.StartsWith(word, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>The sentence to put behind an error: <c>Did you mean "lr"?</c>, or the known names when nothing is near.</summary>
    public static string Hint(string word, IReadOnlyCollection<string> known) =>
        Closest(word, known) is { } near ? $"Did you mean \"{near}\"?" : $"Known: {string.Join(", ", known.Order(StringComparer.Ordinal))}.";

    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
            for (var j = 1; j <= b.Length; j++)
            {
                var change = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                var best = Math.Min(Math.Min(rows[i - 1, j] + 1, rows[i, j - 1] + 1), rows[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) best = Math.Min(best, rows[i - 2, j - 2] + 1);
                rows[i, j] = best;
            }
        return rows[a.Length, b.Length];
    }
}

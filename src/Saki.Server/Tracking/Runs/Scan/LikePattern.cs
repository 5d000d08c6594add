namespace Saki.Server.Tracking.Runs.Scan;

/// <summary>SQL's LIKE without an escape character: <c>%</c> is any text, <c>_</c> any one sign.</summary>
internal static class LikePattern
{
    /// <summary>Longest pattern that is matched here; the work grows with the product of the two lengths.</summary>
    public const int Longest = 1000;

    /// <summary>Whether the whole text matches, with regard to case.</summary>
    public static bool Matches(ReadOnlySpan<char> text, ReadOnlySpan<char> pattern)
    {
        var (at, next) = (0, 0);
        // Where the last % was, and where the text goes on that it has not taken yet.
        var (star, taken) = (-1, 0);
        while (at < text.Length)
        {
            if (next < pattern.Length && pattern[next] == '%')
            {
                (star, taken) = (next++, at);
            }
            else if (next < pattern.Length && (pattern[next] == '_' || pattern[next] == text[at]))
            {
                at += pattern[next++] == '_' ? Width(text, at) : 1;
            }
            else if (star >= 0)
            {
                taken += Width(text, taken);
                (at, next) = (taken, star + 1);
            }
            else
            {
                return false;
            }
        }
        while (next < pattern.Length && pattern[next] == '%') next++;
        return next == pattern.Length;
    }

    private static int Width(ReadOnlySpan<char> text, int at) => char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;
}

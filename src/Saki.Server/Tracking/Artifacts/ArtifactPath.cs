using System.Buffers;
using System.Globalization;
using Saki.Tracking;

namespace Saki.Server.Tracking.Artifacts;

/// <summary>
/// Paths of artifacts as clients name them. The text is percent-decoded until it no longer changes, once; what is judged is what is opened
/// (MLflow's advisories of 2023 and 2024 all came from a second decoding behind the check).
/// </summary>
internal static class ArtifactPath
{
    private const int LongestName = 255, LongestPath = 2048;

    private static readonly SearchValues<char> Lookalikes = SearchValues.Create("\u2215\u2044\uFF0F\uFF0E\u2024");

    /// <summary>The parts of a relative path; none for the root.</summary>
    /// <exception cref="MlflowException">It leads out of the root, or could be read in two ways.</exception>
    public static IReadOnlyList<string> Parts(string? path)
    {
        if (string.IsNullOrEmpty(path)) return [];
        var plain = Escaped(ArtifactLocation.Decode(path));
        if (plain.Length > LongestPath || plain[0] == '/' || plain.AsSpan().ContainsAny('\\', '#')) throw Invalid();
        var parts = plain.TrimEnd('/').Split('/');
        return parts.All(IsName) ? parts : throw Invalid();
    }

    /// <summary>The refusal.</summary>
    public static MlflowException Invalid() => MlflowException.BadValue("Invalid path");

    // The name dog%step%100 is legal; only its decoding holds a control character.
    private static string Escaped(string text) => !text.Any(char.IsControl) ? text
        : string.Concat(text.Select(c => char.IsControl(c) ? string.Create(CultureInfo.InvariantCulture, $"%{(int)c:X2}") : c.ToString()));

    // Characters that look like a slash or a dot are refused with them: what shows a person one path must not open another. Drive letters are absolute on Windows.
    private static bool IsName(string part) => part.Length is > 0 and <= LongestName && part is not ("." or "..") && !part.AsSpan().ContainsAny(Lookalikes)
        && !(part.Length >= 2 && part[1] == ':' && char.IsAsciiLetter(part[0])) && !part.StartsWith(ArtifactFolder.TemporaryPrefix, StringComparison.Ordinal);
}

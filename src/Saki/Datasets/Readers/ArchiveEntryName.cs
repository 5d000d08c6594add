namespace Saki.Datasets;

/// <summary>Watches the names of one archive. Nothing is ever unpacked by name, but an archive that tries tricks is refused whole.</summary>
/// <param name="archive">Its file name, for messages.</param>
/// <param name="mostEntries">Most names that it may have.</param>
public sealed class ArchiveEntryName(string archive, int mostEntries = 1_000_000)
{
    private const int LongestName = 255;

    private readonly HashSet<string> _seen = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Accepts the name of the next entry.</summary>
    /// <exception cref="SakiException">It leaves the archive, cannot be a file on every system, or was there before (also in another case).</exception>
    public string Check(string name)
    {
        var fault = Fault(name.TrimEnd('/'));
        if (fault is null && !_seen.Add(Plain(name))) fault = "the same name twice";
        if (fault is null && _seen.Count > mostEntries) fault = $"more than {mostEntries} entries";
        return fault is null ? name : throw Refuse(archive, $"{fault} (\"{DatasetName.Printable(name)}\")");
    }

    /// <summary>The failure for an archive that is not what it should be.</summary>
    public static SakiException Refuse(string archive, string got) =>
        new($"Reading {archive}", "an archive of plain files inside it", got, "The whole archive was refused. Get it from its publisher again.");

    // "./a" is the file "a".
    private static string Plain(string name) => (name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name).TrimEnd('/');

    private static string? Fault(string name)
    {
        if (name.Length == 0) return "an empty name";
        if (name.Length > LongestName) return "a name of more than 255 characters";
        if (name.StartsWith('/') || name.Contains('\\') || name.Contains(':')) return "a path that leaves the archive";
        if (name.Any(char.IsControl)) return "a name with control characters";
        foreach (var part in name.Split('/'))
        {
            if (part is "..") return "a path that leaves the archive";
            if (part.Length == 0 || (part is not "." && part[^1] is (char)46 or (char)32)) return "a name that is no file name";
            if (IsDevice(part.Split('.')[0])) return "the name of a device";
        }
        return null;
    }

    private static bool IsDevice(string stem) => stem.ToUpperInvariant() is "CON" or "PRN" or "AUX" or "NUL"
        || (stem.Length == 4 && char.IsAsciiDigit(stem[3]) && stem[..3].ToUpperInvariant() is "COM" or "LPT");
}

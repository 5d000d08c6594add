using System.IO.Enumeration;

namespace Saki.Cli;

/// <summary>The pictures that a person named on the command line.</summary>
internal static class ImageFiles
{
    /// <summary>Largest file read, in bytes; the decoder's own limits come after.</summary>
    public const long MaxBytes = 100_000_000;

    private static readonly HashSet<string> Endings = new(StringComparer.OrdinalIgnoreCase)
    {
        ".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".avif", ".heic", ".bmp", ".pgm", ".ppm", ".pnm",
    };

    /// <summary>Files as they are, folders and globs as the pictures in them in ordinal order, <c>-</c> for stdin.</summary>
    /// <exception cref="SakiException">A name matches nothing.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string> names) => [.. names.SelectMany(Expand)];

    /// <summary>The bytes of one of them.</summary>
    public static byte[] Read(string name)
    {
        if (name == "-")
        {
            using var stdin = Console.OpenStandardInput();
            using var all = new MemoryStream();
            var block = new byte[1 << 16];
            for (int n; (n = stdin.Read(block)) > 0;)
            {
                all.Write(block, 0, n);
                if (all.Length > MaxBytes) throw TooLarge("stdin", all.Length);
            }
            return all.ToArray();
        }
        var length = new FileInfo(name).Length;
        return length <= MaxBytes ? File.ReadAllBytes(name) : throw TooLarge(name, length);
    }

    private static IEnumerable<string> Expand(string name)
    {
        if (name == "-" || File.Exists(name)) return [name];
        if (Directory.Exists(name)) return Found(Pictures(name, "*"), name, "a folder without one");
        var pattern = Path.GetFileName(name);
        if (pattern.AsSpan().ContainsAny('*', '?'))
        {
            var folder = Path.GetDirectoryName(name) is { Length: > 0 } f ? f : ".";
            return Found(Directory.Exists(folder) ? Pictures(folder, pattern) : [], name, "no match");
        }
        throw new SakiException($"Reading {name}", "a file, a folder, a glob or -", "nothing of that name", "Check the spelling and the current folder.");
    }

    private static List<string> Found(IEnumerable<string> files, string name, string otherwise)
    {
        var list = files.Order(StringComparer.Ordinal).ToList();
        return list.Count > 0 ? list : throw new SakiException($"Reading {name}", "at least one picture", otherwise, $"Known endings: {string.Join(' ', Endings)}.");
    }

    private static IEnumerable<string> Pictures(string folder, string pattern) =>
        Directory.EnumerateFiles(folder).Where(f => Endings.Contains(Path.GetExtension(f)) && FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(f), ignoreCase: false));

    private static SakiException TooLarge(string name, long bytes) =>
        new($"Reading {name}", $"at most {MaxBytes / 1_000_000} MB", $"{bytes / 1_000_000} MB or more", "Send a smaller picture.");
}

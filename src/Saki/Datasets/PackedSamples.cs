using Saki.Storage;

namespace Saki.Datasets;

/// <summary>
/// Files of decoded samples in the cache folder (<c>samples-KEY.u8</c>) and, beside each, the versions it was made for or used by (<c>samples-KEY.versions</c>, a digest a line):
/// what no version left needs is swept when one is removed.
/// </summary>
public static class PackedSamples
{
    /// <summary>The file of a key.</summary>
    public static string PathOf(SakiHome home, Digest key) => Path.Combine(home.Cache, $"samples-{key.Short}.u8");

    /// <summary>Notes that <paramref name="version"/> uses the file.</summary>
    public static void Note(string path, Digest version)
    {
        var known = Versions(path);
        if (!known.Contains(version.ToString())) DurableFile.Write(ListOf(path), string.Concat(known.Append(version.ToString()).Select(line => $"{line}\n")));
    }

    /// <summary>Removes the files of which no version is <paramref name="live"/>; one that a training has mapped stays readable to it.</summary>
    /// <returns>How many bytes that freed.</returns>
    internal static long Sweep(SakiHome home, IReadOnlySet<Digest> live)
    {
        if (!Directory.Exists(home.Cache)) return 0;
        var (freed, wanted) = (0L, live.Select(digest => digest.ToString()).ToHashSet(StringComparer.Ordinal));
        // A list without its file is left by packing that was cancelled.
        foreach (var path in Directory.GetFiles(home.Cache, "samples-*.*").Where(file => Path.GetExtension(file) is ".u8" or ".versions").Select(file => Path.ChangeExtension(file, ".u8")).Distinct())
        {
            if (Versions(path).Any(wanted.Contains)) continue;
            if (File.Exists(path)) freed += new FileInfo(path).Length;
            File.Delete(path);
            File.Delete(ListOf(path));
        }
        return freed;
    }

    private static string ListOf(string path) => Path.ChangeExtension(path, ".versions");

    private static string[] Versions(string path) => File.Exists(ListOf(path)) ? File.ReadAllLines(ListOf(path)) : [];
}

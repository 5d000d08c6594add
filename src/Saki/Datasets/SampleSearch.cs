using System.Text.Json;
using Saki.Storage;

namespace Saki.Datasets;

/// <summary>A sample as a version holds it.</summary>
/// <param name="Version">The version.</param>
/// <param name="Path">Its path in that version.</param>
/// <param name="Digest">Of its encoded image.</param>
/// <param name="Label">Its class there.</param>
/// <param name="Split">What it is for there: <c>train</c>, <c>val</c> or <c>test</c>.</param>
public sealed record HeldSample(DatasetSummary Version, string Path, Digest Digest, string Label, string Split);

/// <summary>Finds which data set versions hold a picture, by reading their manifests: no index to keep, about 0.1 s for a million samples.</summary>
public static class SampleSearch
{
    /// <summary>Fewest digits that a picture is looked for by.</summary>
    public const int ShortestPrefix = 12;

    private const int MostOfVersion = 20;

    /// <summary>The samples whose digest begins so, in all versions of the home folder; at most 20 of each.</summary>
    /// <param name="home">Whose data sets.</param>
    /// <param name="prefix">12 to 64 hex digits, lower case.</param>
    public static IReadOnlyList<HeldSample> Find(SakiHome home, string prefix)
    {
        if (prefix.Length is < ShortestPrefix or > 64 || !prefix.All(char.IsAsciiHexDigitLower)) throw new ArgumentException("12 to 64 hex digits", nameof(prefix));
        using var store = new DatasetStore(home);
        return [.. store.List().SelectMany(version => Of(version, store.ManifestPath(version.Name, version.Digest), $"\"digest\":\"{prefix}").Take(MostOfVersion))];
    }

    // The text of a line is looked at first: only those that hold the digest are read as JSON.
    private static IEnumerable<HeldSample> Of(DatasetSummary version, string manifest, string sign)
    {
        foreach (var line in File.ReadLines(manifest).Skip(1).Where(line => line.Contains(sign, StringComparison.Ordinal)))
        {
            using var json = JsonDocument.Parse(line);
            string Text(string key) => json.RootElement.TryGetProperty(key, out var value) ? value.GetString() ?? "" : "";
            if (Digest.TryParse(Text("digest"), out var digest)) yield return new HeldSample(version, Text("path"), digest, Text("label"), Text("split"));
        }
    }
}

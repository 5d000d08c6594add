namespace Saki.Datasets;

/// <summary>How a person names data: <c>NAME</c>, <c>NAME@DIGEST-PREFIX</c>, either with <c>:SPLIT</c> behind it.</summary>
/// <param name="Name">The data set.</param>
/// <param name="DigestPrefix">The first hex digits of a version (lower case); null for the newest.</param>
/// <param name="Split">One split only; null for all.</param>
public sealed record DatasetReference(string Name, string? DigestPrefix, Split? Split)
{
    /// <summary>Reads the written form.</summary>
    /// <exception cref="SakiException">The name, the digest or the split is none.</exception>
    public static DatasetReference Parse(string text)
    {
        Split? split = null;
        var rest = text;
        if (rest.LastIndexOf(':') is >= 0 and var colon)
        {
            var name = rest[(colon + 1)..];
            if (!SplitNames.TryParse(name, out var found))
                throw new SakiException($"Reading data reference {text}", "train, val or test after the colon", $"\"{name}\"", DidYouMean.Hint(name, [.. SplitNames.All.Select(s => s.Name())]));
            split = found;
            rest = rest[..colon];
        }
        string? prefix = null;
        if (rest.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at)
        {
            prefix = rest[(at + 1)..].ToLowerInvariant();
            if (prefix.Length is 0 or > 64 || !prefix.All(char.IsAsciiHexDigit))
                throw new SakiException($"Reading data reference {text}", "1-64 hex digits of a version after the @", $"\"{prefix}\"", "See the versions with `saki data list`.");
            rest = rest[..at];
        }
        return new DatasetReference(DatasetName.Check(rest), prefix, split);
    }

    /// <inheritdoc/>
    public override string ToString() => Name + (DigestPrefix is null ? "" : $"@{DigestPrefix}") + (Split is { } split ? $":{split.Name()}" : "");
}

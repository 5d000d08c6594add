namespace Saki.Datasets;

/// <summary>Several sources of the same classes, one behind the other, as one: FER2013's parts, say. A path that two of them have is refused by the import.</summary>
public sealed class JoinedReader : IDatasetReader
{
    private readonly IReadOnlyList<IDatasetReader> _parts;

    /// <param name="parts">At least one.</param>
    /// <exception cref="SakiException">Their classes differ, or the order of them.</exception>
    public JoinedReader(IReadOnlyList<IDatasetReader> parts)
    {
        _parts = parts;
        foreach (var part in parts)
        {
            if (part.Classes.SequenceEqual(Classes)) continue;
            throw new SakiException($"Joining {part.Source}", $"the classes of {parts[0].Source} ({string.Join(", ", Classes)})", string.Join(", ", part.Classes), "Import it under a name of its own, or use --mapping.");
        }
    }

    /// <inheritdoc/>
    public string Format => _parts[0].Format;

    /// <inheritdoc/>
    public string Source => string.Join(" + ", _parts.Select(part => part.Source));

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes => _parts[0].Classes;

    /// <inheritdoc/>
    public long? ExpectedCount => _parts.All(part => part.ExpectedCount is not null) ? _parts.Sum(part => part.ExpectedCount) : null;

    /// <inheritdoc/>
    public IEnumerable<SourceImage> Read() => _parts.SelectMany(part => part.Read());
}

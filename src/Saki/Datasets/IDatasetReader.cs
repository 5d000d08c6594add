namespace Saki.Datasets;

/// <summary>
/// Reads one data set format as a stream of labelled, still encoded images. An implementation is one file; it checks its source strictly,
/// holds one image at a time, and reads the same source in the same order every time.
/// </summary>
public interface IDatasetReader
{
    /// <summary>The name that <c>--format</c> takes.</summary>
    string Format { get; }

    /// <summary>Where the images come from, to be written into the version.</summary>
    string Source { get; }

    /// <summary>Class names in label order.</summary>
    IReadOnlyList<string> Classes { get; }

    /// <summary>How many images to expect, for a progress bar; null when that is not known before reading.</summary>
    long? ExpectedCount { get; }

    /// <summary>The images. Each item's content is valid until the next is asked for.</summary>
    /// <exception cref="SakiException">The source breaks its format, or a limit; thrown when that place is reached.</exception>
    IEnumerable<SourceImage> Read();
}

/// <summary>One image of a source.</summary>
/// <param name="Path">Relative path with <c>/</c>; unique within the source.</param>
/// <param name="Label">Index into the reader's classes.</param>
/// <param name="Split">As the source has it; train where it has none.</param>
/// <param name="Content">The encoded image; empty when it could not be read.</param>
/// <param name="Problem">Why it could not be read; null when it could.</param>
/// <param name="Group">Images of one group must not be torn apart by a split; null where the source has no groups.</param>
public readonly record struct SourceImage(string Path, int Label, Split Split, ReadOnlyMemory<byte> Content, string? Problem = null, string? Group = null);

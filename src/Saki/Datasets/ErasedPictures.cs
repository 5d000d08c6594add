using Saki.Storage;

namespace Saki.Datasets;

/// <summary>The list of pictures that were erased at the wish of the person whose they were (<see cref="SakiHome.ErasedPictures"/>): versions of data sets made from then on leave them out.</summary>
public static class ErasedPictures
{
    /// <summary>Why such a picture is left out, as the end of a sentence.</summary>
    public const string Reason = "it was erased at the wish of the person whose it was";

    /// <summary>The digests in the list; none when there is no list.</summary>
    /// <exception cref="SakiException">The list cannot be read: then no version is made, rather than one with an erased picture.</exception>
    public static IReadOnlySet<Digest> Read(SakiHome home)
    {
        try
        {
            return File.ReadLines(home.ErasedPictures).Select(Parse).ToHashSet();
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return new HashSet<Digest>();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new SakiException("Reading the list of erased pictures", $"a digest on each line of {home.ErasedPictures}", failure.Message.TrimEnd('.'), "Start the server once: it writes the list anew.", failure);
        }
    }

    private static Digest Parse(string line) => Digest.TryParse(line, out var digest) ? digest : throw new FormatException("another line");
}

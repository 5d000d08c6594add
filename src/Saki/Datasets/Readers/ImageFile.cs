namespace Saki.Datasets;

/// <summary>Loads single image files for the readers.</summary>
internal static class ImageFile
{
    private const long MostBytes = 256 << 20;

    private static readonly HashSet<string> Endings = new(StringComparer.OrdinalIgnoreCase)
        { ".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".avif", ".heic", ".heif", ".pgm", ".ppm", ".pnm" };

    /// <summary>True for names that end like an image's.</summary>
    public static bool Looks(string name) => Endings.Contains(Path.GetExtension(name));

    /// <summary>True for what file managers and version control leave behind.</summary>
    public static bool IsLitter(string name) => name.StartsWith('.') || name is "Thumbs.db" or "desktop.ini" or "__MACOSX";

    /// <summary>Reads the file into <paramref name="buffer"/>, which grows; gives why it cannot be used, or null.</summary>
    public static string? Load(string path, ref byte[] buffer, out int length)
    {
        length = 0;
        try
        {
            // Shared for writing too: that spares a lock per file, and a file that changes under our feet is seen by its length.
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = RandomAccess.GetLength(file);
            if (Refuse(bytes) is { } problem) return problem;
            if (buffer.Length < bytes) buffer = new byte[bytes];
            while (length < bytes && RandomAccess.Read(file, buffer.AsSpan(length, (int)bytes - length), length) is > 0 and var read) length += read;
            return length == bytes ? null : "cut short while it was read";
        }
        catch (FileNotFoundException)
        {
            return "no such file";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return failure.Message.TrimEnd('.');
        }
    }

    /// <summary>The same from an archive.</summary>
    public static string? Load(ArchiveEntry entry, ref byte[] buffer, out int length)
    {
        length = 0;
        if (Refuse(entry.Length) is { } problem) return problem;
        length = (int)entry.Length;
        if (buffer.Length < length) buffer = new byte[length];
        entry.Content.ReadExactly(buffer.AsSpan(0, length));
        entry.Content.ReadByte(); // an entry that is longer than it promised fails here
        return null;
    }

    private static string? Refuse(long bytes) => bytes switch
    {
        0 => "an empty file",
        > MostBytes => $"{bytes >> 20} MiB, more than the {MostBytes >> 20} MiB that an image may have",
        _ => null,
    };
}

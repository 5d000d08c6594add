using System.IO.Compression;

namespace Saki.Datasets;

/// <summary>Opens a file that may be compressed; what it is decides its content, never its name.</summary>
internal static class SourceFile
{
    private const long MostBytes = 64L << 30;

    /// <summary>The decompressed stream: gzip, bzip2, or the file as it is. Forward only, with limits on what comes out.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">Most that may come out.</param>
    /// <exception cref="SakiException">The file cannot be opened.</exception>
    public static Stream Open(string path, long mostBytes = MostBytes)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SakiException($"Opening {path}", "a file that can be read", failure.Message.TrimEnd('.'), "Check the path and its permissions.", failure);
        }
        Span<byte> magic = stackalloc byte[4];
        var got = file.ReadAtLeast(magic, 4, throwOnEndOfStream: false);
        file.Position = 0;
        Stream inner = file;
        if (got >= 2 && magic[..2].SequenceEqual<byte>([0x1f, 0x8b])) inner = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true);
        else if (got >= 4 && magic[..3].SequenceEqual("BZh"u8)) inner = new Bzip2Stream(file);
        return inner == file ? file : new BufferedStream(new BoundedStream(inner, file, Path.GetFileName(path), mostBytes), 1 << 16);
    }

    /// <summary>The first decompressed bytes, at most <paramref name="most"/>.</summary>
    public static byte[] Head(string path, int most)
    {
        using var stream = Open(path);
        var head = new byte[most];
        return head[..stream.ReadAtLeast(head, most, throwOnEndOfStream: false)];
    }
}

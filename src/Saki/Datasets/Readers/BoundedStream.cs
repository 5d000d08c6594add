namespace Saki.Datasets;

/// <summary>Passes a decompressed stream on until it has grown suspiciously: more than <paramref name="mostBytes"/>, or 100 times its source beyond 10 MB.</summary>
/// <param name="inner">Decompressed bytes; owned.</param>
/// <param name="source">The compressed file behind it, for its position; owned.</param>
/// <param name="name">The file's name for messages.</param>
/// <param name="mostBytes">Most bytes to let through.</param>
internal sealed class BoundedStream(Stream inner, Stream source, string name, long mostBytes) : ForwardStream
{
    private const long FreeBytes = 10_000_000, MostRatio = 100;

    private long _passed;

    public override int Read(Span<byte> buffer)
    {
        int read;
        try
        {
            read = inner.Read(buffer);
        }
        catch (Exception failure) when (failure is InvalidDataException or EndOfStreamException)
        {
            throw new SakiException($"Reading {name}", "a whole compressed file", $"damage after {_passed} bytes", "Download it again and compare its checksum.", failure);
        }
        _passed += read;
        if (_passed > mostBytes || (_passed > FreeBytes && _passed > MostRatio * source.Position))
        {
            throw new SakiException($"Reading {name}", $"at most {mostBytes} bytes and {MostRatio} times the compressed size",
                $"{_passed} bytes out of {source.Position} so far", "If you trust the file, unpack it yourself and import what came out.");
        }
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            source.Dispose();
        }
        base.Dispose(disposing);
    }
}

using ICSharpCode.SharpZipLib.BZip2;

namespace Saki.Datasets;

/// <summary>
/// Decompresses a bzip2 file of one or more members, as pbzip2 and <c>cat a.bz2 b.bz2</c> make them. SharpZipLib stops behind the first
/// without a word; this goes on, and takes anything but another member for damage.
/// </summary>
/// <param name="file">At the start of the first member; not owned. Its position must be exact, which FileStream's is.</param>
internal sealed class Bzip2Stream(Stream file) : ForwardStream
{
    private BZip2InputStream _member = Open(file);

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        while (true)
        {
            var read = _member.Read(buffer);
            if (read > 0) return read;
            if (file.Position == file.Length) return 0;
            _member.Dispose();
            _member = Open(file);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _member.Dispose();
        base.Dispose(disposing);
    }

    private static BZip2InputStream Open(Stream file)
    {
        Span<byte> magic = stackalloc byte[4];
        if (file.ReadAtLeast(magic, 4, throwOnEndOfStream: false) < 4 || !magic[..3].SequenceEqual("BZh"u8) || magic[3] is < (byte)'1' or > (byte)'9')
            throw new InvalidDataException("no bzip2 member");
        file.Position -= 4;
        return new BZip2InputStream(file) { IsStreamOwner = false };
    }
}

using Saki.Datasets;
using Saki.Testing;

namespace Saki.Tests.Datasets;

/// <summary>A home folder in a temporary place, and imports into it that take everything with an image's magic for an image.</summary>
internal sealed class Importing : IDisposable
{
    public Importing() => Store = new DatasetStore(new SakiHome(Folder.At("home")));

    public TemporaryFolder Folder { get; } = new();

    public DatasetStore Store { get; }

    public ImportResult Run(string path, string name = "set", string format = "auto", StratifiedSplit? split = null) => Run(DatasetFormat.Open(path, format), name, split);

    public ImportResult Run(IDatasetReader reader, string name = "set", StratifiedSplit? split = null) =>
        new DatasetImport(Store, TimeProvider.System, NotAnImage).Run(reader, name, split);

    /// <summary>The sentence with which a source is refused, after which nothing of it is left.</summary>
    public string Refused(string path)
    {
        var message = Assert.Throws<SakiException>(() => Run(path)).Message;
        Assert.Empty(Store.List());
        Assert.Equal(0, HomeBytes);
        return message;
    }

    /// <summary>Bytes under the home folder: to see that nothing grew.</summary>
    public long HomeBytes => Directory.Exists(Folder.At("home")) ? Directory.EnumerateFiles(Folder.At("home"), "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length) : 0;

    private static string? NotAnImage(ReadOnlyMemory<byte> bytes) =>
        bytes.Span.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4e, 0x47]) || bytes.Span.StartsWith("P5\n"u8) || bytes.Span.StartsWith("P6\n"u8) ? null : "no image in a known format";

    public void Dispose()
    {
        Store.Dispose();
        Folder.Dispose();
    }
}

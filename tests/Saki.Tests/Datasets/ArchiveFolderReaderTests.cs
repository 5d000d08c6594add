using System.Formats.Tar;
using System.IO.Compression;
using Saki.Datasets;
using Saki.Testing;

namespace Saki.Tests.Datasets;

public sealed class ArchiveFolderReaderTests : IDisposable
{
    private static readonly (string Name, byte[] Content)[] Small =
        [("train/a/1.pgm", Grey(1)), ("train/b/deep/2.pgm", Grey(2)), ("test/a/3.pgm", Grey(3)), ("test/b/4.pgm", Grey(4))];

    private readonly Importing _import = new();

    public void Dispose() => _import.Dispose();

    private static byte[] Grey(byte value) => Pnm.Grey([value], 1, 1);

    private string Zip(params (string Name, byte[] Content)[] files) => Zip(_ => { }, files);

    private string Zip(Action<ZipArchiveEntry> change, params (string Name, byte[] Content)[] files)
    {
        var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                var entry = zip.CreateEntry(name, CompressionLevel.Fastest);
                using (var stream = entry.Open()) stream.Write(content);
                change(entry);
            }
        }
        return _import.Folder.Write("set.zip", bytes.ToArray());
    }

    private string TarGz(params TarEntry[] entries)
    {
        var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Pax))
            foreach (var entry in entries) tar.WriteEntry(entry);
        return _import.Folder.Write("set.tar.gz", bytes.ToArray());
    }

    private static PaxTarEntry Entry(string name, byte[] content) => new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) };

    [Fact]
    public void A_zip_a_tar_and_the_folder_give_the_same_version()
    {
        foreach (var (name, content) in Small) _import.Folder.Write($"set/{name}", content);

        var folder = _import.Run(_import.Folder.At("set")).Version.Digest;

        Assert.Equal(folder, _import.Run(Zip(Small)).Version.Digest);
        Assert.Equal(folder, _import.Run(TarGz([.. Small.Select(file => Entry(file.Name, file.Content))])).Version.Digest);
    }

    [Fact]
    public void Folders_that_hold_everything_and_litter_are_left_away()
    {
        var version = _import.Run(Zip([.. Small.Select(file => ("birds/v2/" + file.Name, file.Content)), ("birds/README.txt", [65]), ("__MACOSX/birds/._x", [1]), ("birds/.DS_Store", [1])])).Version;

        Assert.Equal(["a", "b"], version.Classes);
        Assert.Equal(["test/a/3.pgm", "test/b/4.pgm", "train/a/1.pgm", "train/b/deep/2.pgm"], version.Samples.Select(sample => sample.Path));
    }

    [Fact]
    public void Images_without_class_folders_are_told() => Assert.Contains("2 images without a folder", _import.Refused(Zip(("1.png", Grey(1)), ("2.png", Grey(2)))));

    // hardening.md G1
    [Theory]
    [InlineData("../a/x.pgm")]
    [InlineData("/a/x.pgm")]
    [InlineData("C:\\a\\x.pgm")]
    [InlineData("a\\..\\..\\x.pgm")]
    [InlineData("a/../../x.pgm")]
    [InlineData("a/con.pgm")]
    [InlineData("a/x.pgm ")]
    [InlineData("TRAIN/A/1.PGM")]
    [InlineData("train/a/1.pgm")]
    public void A_hostile_name_refuses_the_whole_zip(string name) => Assert.Contains("The whole archive was refused", _import.Refused(Zip([.. Small, (name, Grey(5))])));

    [Fact]
    public void A_link_in_a_zip_refuses_the_whole_zip() =>
        Assert.Contains("a link or device", _import.Refused(Zip(entry => entry.ExternalAttributes = entry.Name == "4.pgm" ? 0xA1FF << 16 : 0, Small)));

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    public void A_link_in_a_tar_refuses_the_whole_tar(TarEntryType type) =>
        Assert.Contains($"an entry of type {type}", _import.Refused(TarGz([.. Small.Select(file => Entry(file.Name, file.Content)), new PaxTarEntry(type, "train/a/x.pgm") { LinkName = "/etc/passwd" }])));

    // hardening.md G2
    [Fact]
    public void A_zip_bomb_is_refused_by_its_ratio() => Assert.Contains("100 times the compressed size", _import.Refused(Zip([.. Small, ("train/a/big.pgm", new byte[30_000_000])])));

    [Fact]
    public void A_tar_bomb_is_refused_by_its_ratio() =>
        Assert.Contains("100 times the compressed size", _import.Refused(TarGz([.. Small.Select(file => Entry(file.Name, file.Content)), Entry("train/a/big.pgm", new byte[60_000_000])])));

    [Fact]
    public void An_entry_that_is_longer_than_it_says_or_damaged_is_refused()
    {
        var path = Zip([.. Small, ("train/a/lie.pgm", [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7 % 251))])]);
        var bytes = File.ReadAllBytes(path);
        var directory = bytes.AsSpan().LastIndexOf("train/a/lie.pgm"u8) - 46; // the entry's record in the directory at the end; its size stands 24 bytes in
        Assert.Equal(5000, BitConverter.ToInt32(bytes, directory + 24));
        BitConverter.TryWriteBytes(bytes.AsSpan(directory + 24), 100);

        Assert.Contains("checksum", _import.Refused(_import.Folder.Write("lie.zip", bytes)));
    }

    [Fact]
    public void A_zip_cut_short_is_refused()
    {
        var bytes = File.ReadAllBytes(Zip(Small));
        Assert.Contains("a whole zip archive", _import.Refused(_import.Folder.Write("cut.zip", bytes.AsSpan(0, bytes.Length - 40))));
    }

    [SharedDataFact]
    public void The_real_zip_gives_the_version_of_its_unpacked_folder()
    {
        ZipFile.ExtractToDirectory(SharedData.At("fer2013/imagefolder_sample.zip"), _import.Folder.At("faces"));

        Assert.Equal(_import.Run(_import.Folder.At("faces")).Version.Digest, _import.Run(SharedData.At("fer2013/imagefolder_sample.zip")).Version.Digest);
    }
}

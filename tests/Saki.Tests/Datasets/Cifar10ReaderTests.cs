using System.Formats.Tar;
using System.Text;
using Saki.Datasets;

namespace Saki.Tests.Datasets;

public sealed class Cifar10ReaderTests : IDisposable
{
    private const string Names = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";

    private readonly Importing _import = new();

    public void Dispose() => _import.Dispose();

    private static byte[] Batch(params byte[] labels) =>
        [.. labels.SelectMany((label, i) => Enumerable.Repeat((byte)(10 + i), 1024).Concat(Enumerable.Repeat((byte)(20 + i), 1024)).Concat(Enumerable.Repeat((byte)(30 + i), 1024)).Prepend(label))];

    private string Tar(params TarEntry[] more)
    {
        var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var entry in new[] { File("cifar-10-batches-bin/batches.meta.txt", Encoding.ASCII.GetBytes(Names)), File("cifar-10-batches-bin/data_batch_1.bin", Batch(0, 9)) }.Concat(more))
                writer.WriteEntry(entry);
        }
        return _import.Folder.Write("cifar.tar", tar.ToArray());
    }

    private static UstarTarEntry File(string name, byte[] content) => new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) };

    [Fact]
    public void A_tar_is_read_without_unpacking()
    {
        var version = _import.Run(Tar(File("cifar-10-batches-bin/test_batch.bin", Batch(9)))).Version;

        Assert.Equal(["test/truck/test_batch_00000.ppm", "train/airplane/data_batch_1_00000.ppm", "train/truck/data_batch_1_00001.ppm"], version.Samples.Select(sample => sample.Path));
        var image = _import.Store.Read(version.Samples[2]);
        Assert.Equal("P6\n32 32\n255\n"u8.ToArray(), image[..13]);
        Assert.Equal([11, 21, 31, 11, 21, 31], image[13..19]);
    }

    [Fact]
    public void A_folder_gives_the_same_version_as_the_archive()
    {
        _import.Folder.Write("bin/batches.meta.txt", Names);
        _import.Folder.Write("bin/data_batch_1.bin", Batch(0, 9));

        Assert.Equal(_import.Run(Tar()).Version.Digest, _import.Run(_import.Folder.At("bin")).Version.Digest);
    }

    // hardening.md G1
    [Theory]
    [InlineData("../data_batch_2.bin")]
    [InlineData("/etc/data_batch_2.bin")]
    [InlineData("C:\\data_batch_2.bin")]
    [InlineData("..\\\\data_batch_2.bin")]
    [InlineData("a/../../data_batch_2.bin")]
    [InlineData("a/data_batch_2.bin.")]
    [InlineData("a /data_batch_2.bin")]
    [InlineData("con/data_batch_2.bin")]
    [InlineData("NUL.txt")]
    [InlineData("cifar-10-batches-bin/data_batch_1.bin")]
    [InlineData("cifar-10-batches-bin/DATA_BATCH_1.BIN")]
    [InlineData("cifar-10-batches-bin/data\n_batch_2.bin")]
    [InlineData("cifar-10-batches-bin/malware.exe")]
    public void A_hostile_or_unexpected_name_refuses_the_whole_archive(string name) => Assert.Contains("The whole archive was refused", _import.Refused(Tar(File(name, Batch(1)))));

    [Fact]
    public void A_name_of_more_than_255_characters_refuses_the_whole_archive()
    {
        var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "batches.meta.txt") { DataStream = new MemoryStream(Encoding.ASCII.GetBytes(Names)) });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, new string('a', 300) + "/data_batch_1.bin") { DataStream = new MemoryStream(Batch(1)) });
        }
        Assert.Contains("more than 255 characters", _import.Refused(_import.Folder.Write("long.tar", tar.ToArray())));
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.Fifo)]
    [InlineData(TarEntryType.CharacterDevice)]
    public void A_link_or_device_refuses_the_whole_archive(TarEntryType type)
    {
        var entry = new UstarTarEntry(type, "cifar-10-batches-bin/data_batch_2.bin");
        if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink) entry.LinkName = "/etc/passwd";
        Assert.Contains($"an entry of type {type}", _import.Refused(Tar(entry)));
    }

    [Fact]
    public void A_batch_of_a_wrong_size_is_refused() =>
        Assert.Contains("Expected a multiple of 3,073 bytes", _import.Refused(Tar(File("data_batch_2.bin", Batch(1)[..^1]))));

    [Fact]
    public void A_label_above_9_is_refused() => Assert.Contains("got label 10 in record 1", _import.Refused(Tar(File("data_batch_2.bin", Batch(1, 10)))));

    [Fact]
    public void A_tar_that_ends_early_is_refused()
    {
        var path = Tar(File("data_batch_2.bin", Batch(1, 2, 3)));
        System.IO.File.WriteAllBytes(path, System.IO.File.ReadAllBytes(path)[..^8000]);
        _import.Refused(path);
    }

    [Fact]
    public void Without_class_names_nothing_is_read()
    {
        _import.Folder.Write("bin/data_batch_1.bin", Batch(0, 9));
        Assert.Contains("Expected batches.meta.txt", _import.Refused(_import.Folder.At("bin")));
    }
}

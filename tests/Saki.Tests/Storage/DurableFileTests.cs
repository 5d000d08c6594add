using Saki.Storage;
using Saki.Testing;

namespace Saki.Tests.Storage;

public sealed class DurableFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("saki-durable").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_failure_in_the_middle_keeps_the_old_content_and_leaves_nothing_behind()
    {
        var file = Path.Combine(_folder, "a.txt");
        DurableFile.Write(file, "old");

        Assert.Throws<InvalidOperationException>(() => DurableFile.Write(file, stream =>
        {
            stream.Write("new"u8);
            throw new InvalidOperationException();
        }));

        Assert.Equal("old", File.ReadAllText(file));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder));
    }

    [RootFact]
    public void A_full_disk_keeps_the_old_content_and_says_so()
    {
        using var disk = new SmallDisk(Path.Combine(_folder, "disk"), "256k");
        var file = Path.Combine(disk.Path, "checkpoint");
        DurableFile.Write(file, "old");

        var failure = Assert.Throws<SakiException>(() => DurableFile.Write(file, new byte[1 << 20]));

        Assert.Contains("got a full disk", failure.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(file));
        Assert.Single(Directory.EnumerateFileSystemEntries(disk.Path));
    }

    [Fact]
    public void A_folder_appears_whole_or_not_at_all()
    {
        var target = Path.Combine(_folder, "package");
        DurableFile.WriteFolder(target, folder => File.WriteAllText(Path.Combine(folder, "a"), "old"));

        Assert.Throws<InvalidOperationException>(() => DurableFile.WriteFolder(target, folder =>
        {
            File.WriteAllText(Path.Combine(folder, "a"), "new");
            throw new InvalidOperationException();
        }));

        Assert.Equal("old", File.ReadAllText(Path.Combine(target, "a")));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder));
    }
}

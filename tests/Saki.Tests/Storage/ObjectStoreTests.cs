using System.Diagnostics;
using Saki.Storage;
using Saki.Testing;

namespace Saki.Tests.Storage;

public sealed class ObjectStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_committed_is_read_back_by_another_instance()
    {
        var contents = Enumerable.Range(0, 1000).Select(i => Bytes(i, 1 + (i * 7 % 500))).ToArray();
        var digests = Store(contents);

        using var store = new ObjectStore(_folder.Root);

        Assert.Equal(1000, store.Count);
        for (var i = 0; i < contents.Length; i++)
        {
            Assert.Equal(contents[i], store.Read(digests[i]));
            Assert.Equal(contents[i].Length, store.Length(digests[i]));
            Assert.True(store.Verify(digests[i]));
        }
        Assert.False(store.Contains(Digest.Of("never stored"u8)));
    }

    [Fact]
    public void A_reader_with_its_own_buffer_gets_the_same_bytes()
    {
        var digest = Store([Bytes(1, 100)])[0];
        using var store = new ObjectStore(_folder.Root);
        var buffer = new byte[128];

        Assert.Equal(100, store.Read(digest, buffer));
        Assert.Equal(Bytes(1, 100), buffer[..100]);
        Assert.Throws<ArgumentException>(() => store.Read(digest, new byte[99]));
    }

    [Fact]
    public void An_object_is_stored_once_within_a_pack_and_across_packs()
    {
        Store([Bytes(1, 10), Bytes(2, 10), Bytes(1, 10)]);
        Store([Bytes(2, 10), Bytes(3, 10)]);

        Assert.Equal(30, Directory.EnumerateFiles(_folder.Root, "*.pack").Sum(file => new FileInfo(file).Length));
    }

    [Fact]
    public void A_pack_with_nothing_new_leaves_no_file()
    {
        Store([Bytes(1, 10)]);
        Store([Bytes(1, 10)]);

        Assert.Single(Directory.EnumerateFiles(_folder.Root, "*.idx"));
        Assert.Empty(Directory.EnumerateFiles(_folder.Root, "*.tmp"));
    }

    [Fact]
    public void A_writer_that_is_dropped_leaves_nothing()
    {
        using var store = new ObjectStore(_folder.Root);
        using (var pack = store.BeginPack()) pack.Add(Bytes(1, 5_000_000));

        Assert.Equal([".writers"], Directory.EnumerateFiles(_folder.Root).Select(Path.GetFileName));
        Assert.False(store.Contains(Digest.Of(Bytes(1, 5_000_000))));
    }

    [Fact]
    public void Leftovers_of_a_crash_are_ignored_and_swept_by_the_next_write()
    {
        var digest = Store([Bytes(1, 10)])[0];
        _folder.Write(".0123.pack.tmp", "half a pack");
        _folder.Write($"{new string('a', 64)}.pack", "a pack whose index never came");

        using (var store = new ObjectStore(_folder.Root)) Assert.Equal(1, store.Count);
        Store([Bytes(2, 10)]);

        Assert.Equal(2, Directory.EnumerateFiles(_folder.Root, "*.pack").Count());
        Assert.Empty(Directory.EnumerateFiles(_folder.Root, ".*.tmp"));
        using var after = new ObjectStore(_folder.Root);
        Assert.Equal(Bytes(1, 10), after.Read(digest));
    }

    [Fact]
    public void The_sweep_spares_a_pack_that_is_being_written()
    {
        using var store = new ObjectStore(_folder.Root);
        using var slow = store.BeginPack();
        var digest = slow.Add(Bytes(1, 10));
        Store([Bytes(2, 10)]); // another writer comes and goes

        slow.Commit();

        Assert.Equal(Bytes(1, 10), store.Read(digest));
    }

    [Fact]
    public void A_pack_that_another_instance_wrote_is_found_when_it_is_asked_for()
    {
        using var early = new ObjectStore(_folder.Root);
        var digest = Store([Bytes(1, 10)])[0];

        Assert.Equal(Bytes(1, 10), early.Read(digest));
    }

    [Fact]
    public void A_torn_index_is_told_in_one_sentence()
    {
        Store([Bytes(1, 10), Bytes(2, 10)]);
        var index = Directory.EnumerateFiles(_folder.Root, "*.idx").Single();
        File.WriteAllBytes(index, File.ReadAllBytes(index)[..70]);

        var failure = Assert.Throws<SakiException>(() => new ObjectStore(_folder.Root));
        Assert.Contains("the index is damaged", failure.Message);
    }

    [Fact]
    public void A_pack_shorter_than_its_index_says_is_refused()
    {
        Store([Bytes(1, 100)]);
        var pack = Directory.EnumerateFiles(_folder.Root, "*.pack").Single();
        File.WriteAllBytes(pack, File.ReadAllBytes(pack)[..50]);

        Assert.Contains("disagrees with its pack", Assert.Throws<SakiException>(() => new ObjectStore(_folder.Root)).Message);
    }

    [Fact]
    public void A_flipped_bit_is_found_by_verify()
    {
        var digest = Store([Bytes(1, 100)])[0];
        var pack = Directory.EnumerateFiles(_folder.Root, "*.pack").Single();
        var bytes = File.ReadAllBytes(pack);
        bytes[50] ^= 1;
        File.WriteAllBytes(pack, bytes);

        using var store = new ObjectStore(_folder.Root);
        Assert.False(store.Verify(digest));
    }

    [Fact]
    public void Kill_minus_9_at_any_moment_leaves_a_store_that_opens_and_whose_objects_are_whole()
    {
        if (OperatingSystem.IsWindows()) return;
        var random = new SeededRandom(1);
        for (var round = 0; round < 12; round++)
        {
            using var child = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [typeof(ObjectStoreTests).Assembly.Location, StoreWriter.Argument, _folder.Root, $"{round}"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Assert.Equal("writing", child.StandardOutput.ReadLine());
            Thread.Sleep(random.Next(120));
            child.Kill();
            child.WaitForExit();
            CheckEveryObject();
        }
        Store([Bytes(-1, 10)]);
        Assert.All(Directory.EnumerateFiles(_folder.Root, "*.pack"), pack => Assert.True(File.Exists(Path.ChangeExtension(pack, ".idx"))));
        Assert.Empty(Directory.EnumerateFiles(_folder.Root, ".*.tmp"));
    }

    private void CheckEveryObject()
    {
        using var store = new ObjectStore(_folder.Root);
        foreach (var index in Directory.EnumerateFiles(_folder.Root, "*.idx"))
        {
            var bytes = File.ReadAllBytes(index);
            Assert.Equal(Path.GetFileNameWithoutExtension(index), Digest.Of(bytes).ToString());
            for (var at = 16; at < bytes.Length; at += 44) Assert.True(store.Verify(Digest.FromBytes(bytes.AsSpan(at, 32))));
        }
    }

    private Digest[] Store(byte[][] contents)
    {
        using var store = new ObjectStore(_folder.Root);
        using var pack = store.BeginPack();
        var digests = Array.ConvertAll(contents, content => pack.Add(content));
        pack.Commit();
        return digests;
    }

    internal static byte[] Bytes(int seed, int length)
    {
        var random = new SeededRandom((ulong)seed);
        var bytes = new byte[length];
        for (var i = 0; i < length; i++) bytes[i] = (byte)random.NextUInt64();
        return bytes;
    }
}

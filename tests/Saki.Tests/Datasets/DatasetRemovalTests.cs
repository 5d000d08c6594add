using System.Diagnostics;
using Saki.Datasets;
using Saki.Storage;
using Saki.Tests.Storage;

namespace Saki.Tests.Datasets;

public sealed class DatasetRemovalTests : IDisposable
{
    private readonly Importing _import = new();

    public void Dispose() => _import.Dispose();

    private SakiHome Home => new(_import.Folder.At("home"));

    private DatasetVersion Import(string name, params byte[] images)
    {
        var folder = $"source{Guid.NewGuid():n}";
        foreach (var value in images) _import.Folder.Write($"{folder}/{(value % 2 == 0 ? "even" : "odd")}/{value}.pgm", Pnm.Grey([value], 1, 1));
        return _import.Run(_import.Folder.At(folder), name).Version;
    }

    private RemovalResult Remove(string reference)
    {
        using var store = new DatasetStore(Home);
        return new DatasetRemoval(store, Home).Run(DatasetReference.Parse(reference));
    }

    [Fact]
    public void Only_what_no_other_version_holds_is_freed()
    {
        Import("birds", 1, 2, 3, 4);
        var other = Import("other", 3, 4, 5, 6);

        var result = Remove("birds");

        Assert.Equal((2, 2 * Pnm.Grey([1], 1, 1).Length), (result.Freed.Objects, (int)result.Freed.Bytes));
        Assert.Equal("other", Assert.Single(_import.Store.List()).Name);
        using var fresh = new DatasetStore(Home);
        Assert.All(other.Samples, sample => Assert.True(fresh.Objects.Verify(sample.Digest)));
        Assert.Equal(4, fresh.Objects.Count);
        Assert.False(Directory.Exists(Path.Combine(Home.Datasets, "birds")));
    }

    [Fact]
    public void One_version_goes_and_the_others_stay()
    {
        var first = Import("birds", 1, 2);
        var second = Import("birds", 1, 2, 3);

        Assert.Equal(second.Digest, Assert.Single(Remove($"birds@{second.Digest.Short}").Versions).Digest);

        Assert.Equal(first.Digest, Assert.Single(_import.Store.List()).Digest);
    }

    [Fact]
    public void What_was_freed_can_be_imported_again_by_a_store_that_was_open_all_the_while()
    {
        Import("birds", 1, 2);
        Remove("birds");

        var again = Import("birds", 1, 2);

        using var fresh = new DatasetStore(Home);
        Assert.All(again.Samples, sample => Assert.True(fresh.Objects.Verify(sample.Digest)));
    }

    [Fact]
    public void A_version_that_someone_uses_is_not_removed_and_nothing_is_lost()
    {
        Import("birds", 1, 2);
        using (var training = new DatasetStore(Home))
        {
            var version = training.Load("birds");

            Assert.Contains("that nobody uses", Assert.Throws<SakiException>(() => Remove("birds")).Message);

            Assert.All(version.Samples, sample => Assert.True(training.Objects.Verify(sample.Digest)));
        }
        Assert.Single(Remove("birds").Versions);
    }

    [Fact]
    public void Nothing_is_freed_while_an_import_writes()
    {
        Import("birds", 1, 2);
        using (var pack = _import.Store.Objects.BeginPack()) Assert.True(Remove("birds").Freed.Postponed);
        Import("other", 7, 8);

        Assert.Equal(4, Remove("other").Freed.Objects);
    }

    [Fact]
    public void Decoded_samples_that_no_version_uses_any_more_are_swept()
    {
        var birds = Import("birds", 1, 2);
        var other = Import("other", 3, 4);
        Directory.CreateDirectory(Home.Cache);
        string Packed(byte key, params Digest[] versions)
        {
            var path = PackedSamples.PathOf(Home, Digest.Of([key]));
            foreach (var version in versions) PackedSamples.Note(path, version);
            File.WriteAllBytes(path, new byte[100]);
            return path;
        }
        var (ofBirds, ofBoth, ofNobody) = (Packed(1, birds.Digest), Packed(2, birds.Digest, other.Digest), Packed(3));

        Assert.Equal(200, Remove("birds").FreedCache);

        Assert.Equal((false, true, false), (File.Exists(ofBirds), File.Exists(ofBoth), File.Exists(ofNobody)));
        Assert.Equal(100, Remove("other").FreedCache);
        Assert.Empty(Directory.EnumerateFiles(Home.Cache));
    }

    [Fact]
    public void A_name_that_is_not_there_gets_a_suggestion()
    {
        Import("birds", 1, 2);
        Assert.Contains("Did you mean \"birds\"?", Assert.Throws<SakiException>(() => Remove("brids")).Message);
    }

    [Fact]
    public void A_kill_9_at_any_moment_of_a_removal_loses_nothing_that_is_still_named()
    {
        var kept = Import("kept", [.. Enumerable.Range(0, 200).Select(i => (byte)i)]);
        for (var kill = 0; kill < 6; kill++)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(StoreWriter).Assembly.Location, StoreWriter.RemoveArgument, Home.Root]) { RedirectStandardOutput = true };
            using var child = Process.Start(start)!;
            Assert.Equal("removing", child.StandardOutput.ReadLine());
            Thread.Sleep(20 + (kill * 37));
            child.Kill();
            child.WaitForExit();

            using var store = new DatasetStore(Home);
            Assert.Equal(kept.Samples, store.Load("kept").Samples);
            Assert.All(kept.Samples, sample => Assert.True(store.Objects.Verify(sample.Digest)));
        }
        foreach (var name in _import.Store.List().Select(version => version.Name).Distinct().Where(name => name != "kept").ToArray()) Remove(name);
        using var last = new DatasetStore(Home);
        last.Objects.Collect(() => kept.Samples.Select(sample => sample.Digest).ToHashSet());
        Assert.Equal(200, last.Objects.Count);
    }
}

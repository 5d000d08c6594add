using System.Security.Cryptography;
using System.Text;
using Saki.Datasets;
using Saki.Storage;

namespace Saki.Tests.Datasets;

public sealed class DatasetStoreTests : IDisposable
{
    private readonly Importing _import = new();

    public void Dispose() => _import.Dispose();

    private string Folder(string name, params (string File, byte Value)[] images)
    {
        foreach (var (file, value) in images) _import.Folder.Write($"{name}/{file}", Pnm.Grey([value], 1, 1));
        return _import.Folder.At(name);
    }

    private string Small(byte value = 3) => Folder($"small{value}", ("train/b/2.pgm", 1), ("train/a/1.pgm", 2), ("test/a/1.pgm", value));

    [Fact]
    public void The_digest_is_sha256_over_the_documented_lines()
    {
        var version = _import.Run(Small()).Version;

        string Line(string path, byte value, string label, string split) => $"{path}\t{Digest.Of(Pnm.Grey([value], 1, 1))}\t{label}\t{split}\n";
        var lines = Line("test/a/1.pgm", 3, "a", "test") + Line("train/a/1.pgm", 2, "a", "train") + Line("train/b/2.pgm", 1, "b", "train");
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines))), version.Digest.ToString());
    }

    [Fact]
    public void Paths_are_ordered_as_their_utf8_bytes()
    {
        string[] paths = ["a\uFF5Eb", "a\U0001F600b", "a", "a!", "aé", "B", "a/b", "a-b"];

        var sorted = paths.Order(DatasetDigest.PathOrder).ToArray();

        var expected = paths.OrderBy(path => Convert.ToHexString(Encoding.UTF8.GetBytes(path)), StringComparer.Ordinal);
        Assert.Equal(expected, sorted);
    }

    [Fact]
    public void Another_instance_loads_what_was_imported()
    {
        var imported = _import.Run(Small(), "birds").Version;

        using var store = new DatasetStore(new SakiHome(_import.Folder.At("home")));
        var loaded = store.Load("birds");

        Assert.Equal(imported.Samples, loaded.Samples);
        Assert.Equal(imported.Classes, loaded.Classes);
        Assert.Equal(imported.Summary.Counts, loaded.Summary.Counts);
        Assert.Equal(imported.Summary.Created, loaded.Summary.Created);
        Assert.Equal(Pnm.Grey([2], 1, 1), store.Read(loaded.Samples[1]));
        Assert.Equal(1, loaded.Summary.Count(Split.Test));
    }

    [Fact]
    public void The_newest_version_is_found_by_name_and_older_ones_by_digest()
    {
        var first = _import.Run(Small(3), "birds").Version;
        var second = _import.Run(Small(4), "birds").Version;

        Assert.NotEqual(first.Digest, second.Digest);
        Assert.Equal(second.Digest, _import.Store.Load("birds").Digest);
        Assert.Equal(first.Digest, _import.Store.Load($"birds@{first.Digest.Short}").Digest);
        Assert.Equal(first.Digest, _import.Store.Load($"birds@{first.Digest.ToString().ToUpperInvariant()}:test").Digest);
        Assert.Equal([second.Digest, first.Digest], _import.Store.List().Select(version => version.Digest));
    }

    [Fact]
    public void Importing_an_older_version_again_makes_it_the_newest()
    {
        var first = _import.Run(Small(3), "birds").Version;
        _import.Run(Small(4), "birds");

        Assert.False(_import.Run(Small(3), "birds").IsNew);

        Assert.Equal(first.Digest, _import.Store.Load("birds").Digest);
        Assert.Equal(2, _import.Store.Versions("birds").Count);
    }

    [Fact]
    public void The_same_images_under_two_names_are_stored_once()
    {
        _import.Run(Small(), "birds");
        var again = _import.Run(Small(), "other");

        Assert.Equal((0, 0L), (again.NewObjects, again.NewBytes));
        Assert.True(again.IsNew);
    }

    [Theory]
    [InlineData("bird", "Did you mean \"birds\"?")]
    [InlineData("birds@ffffffffffff", "got none")]
    [InlineData("birds@xyz", "hex digits")]
    [InlineData("birds:trian", "Did you mean \"train\"?")]
    [InlineData("../birds", "letters, digits")]
    public void A_reference_to_nothing_says_what_is_there(string reference, string said)
    {
        _import.Run(Small(), "birds");
        Assert.Contains(said, Assert.Throws<SakiException>(() => _import.Store.Load(reference)).Message);
    }

    [Fact]
    public void An_empty_home_says_how_to_begin() =>
        Assert.Contains("saki data sample emotions", Assert.Throws<SakiException>(() => _import.Store.Load("birds")).Message);

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a/b")]
    [InlineData("a.")]
    [InlineData("nul")]
    [InlineData("Con.1")]
    [InlineData("a\n")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123x")]
    public void Names_that_are_no_folder_names_are_refused_before_anything_is_read(string name)
    {
        Assert.Throws<SakiException>(() => _import.Run(Small(), name));
        Assert.Equal(0, _import.HomeBytes);
    }

    [Fact]
    public void A_name_that_differs_by_case_only_is_refused()
    {
        _import.Run(Small(), "birds");
        Assert.Contains("Birds beside birds", Assert.Throws<SakiException>(() => _import.Run(Small(), "Birds")).Message);
    }

    [Fact]
    public void A_manifest_that_was_edited_is_refused()
    {
        var version = _import.Run(Small(), "birds").Version;
        var path = _import.Folder.At($"home/datasets/birds/{version.Digest}.jsonl");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"label\":\"b\"", "\"label\":\"a\"", StringComparison.Ordinal));

        Assert.Contains("under the name", Assert.Throws<SakiException>(() => _import.Store.Load("birds")).Message);
    }

    [Fact]
    public void A_cut_manifest_is_refused()
    {
        var version = _import.Run(Small(), "birds").Version;
        var path = _import.Folder.At($"home/datasets/birds/{version.Digest}.jsonl");
        File.WriteAllText(path, File.ReadAllText(path)[..^30]);

        Assert.Throws<SakiException>(() => _import.Store.Load("birds"));
    }

    [Fact]
    public void A_cancelled_import_leaves_nothing()
    {
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        var import = new DatasetImport(_import.Store, TimeProvider.System, _ => null);

        Assert.ThrowsAny<OperationCanceledException>(() => import.Run(DatasetFormat.Open(Small()), "birds", cancel: cancel.Token));
        Assert.Equal(0, _import.HomeBytes);
    }

    [Fact]
    public void A_home_that_cannot_be_written_is_told()
    {
        var file = _import.Folder.Write("occupied", "a file where the home should be");
        using var store = new DatasetStore(new SakiHome(file));
        var import = new DatasetImport(store, TimeProvider.System, _ => null);

        Assert.Contains("a folder that can be written", Assert.Throws<SakiException>(() => import.Run(DatasetFormat.Open(Small()), "birds")).Message);
    }
}

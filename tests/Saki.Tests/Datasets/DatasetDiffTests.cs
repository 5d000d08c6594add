using Saki.Datasets;

namespace Saki.Tests.Datasets;

public sealed class DatasetDiffTests : IDisposable
{
    private readonly Importing _import = new();

    public void Dispose() => _import.Dispose();

    private DatasetVersion Import(string name, params (string Path, byte Value)[] images)
    {
        foreach (var (path, value) in images) _import.Folder.Write($"{name}/{path}", Pnm.Grey([value], 1, 1));
        return _import.Run(_import.Folder.At(name), name).Version;
    }

    [Fact]
    public void Every_kind_of_change_is_told_apart()
    {
        var first = Import("first", ("a/same.pgm", 1), ("a/gone.pgm", 2), ("b/old.pgm", 3), ("b/changed.pgm", 4));
        var second = Import("second", ("a/same.pgm", 1), ("a/came.pgm", 5), ("b/new.pgm", 3), ("b/changed.pgm", 6));

        var diff = DatasetDiff.Of(first, second);

        Assert.Equal(["a/came.pgm"], diff.Added);
        Assert.Equal(["a/gone.pgm"], diff.Removed);
        Assert.Equal([new SampleChange("b/old.pgm", "b/old.pgm", "b/new.pgm")], diff.Renamed);
        Assert.Equal(["b/changed.pgm"], diff.Changed);
        Assert.True(DatasetDiff.Of(first, first).IsEmpty);
    }

    [Fact]
    public void Labels_and_splits_are_compared_by_name()
    {
        _import.Folder.Write("x/1.pgm", Pnm.Grey([1], 1, 1));
        _import.Folder.Write("x/2.pgm", Pnm.Grey([2], 1, 1));
        _import.Folder.Write("x/3.pgm", Pnm.Grey([3], 1, 1));
        var first = _import.Run(_import.Folder.Write("x/first.csv", "path,label,split\n1.pgm,a,\n2.pgm,b,\n3.pgm,b,\n"), "x").Version;
        var second = _import.Run(_import.Folder.Write("x/second.csv", "path,label,split\n1.pgm,b,\n2.pgm,a,\n3.pgm,b,test\n"), "x").Version;

        var diff = DatasetDiff.Of(first, second);

        Assert.Equal([new SampleChange("1.pgm", "a", "b"), new SampleChange("2.pgm", "b", "a")], diff.Relabelled);
        Assert.Equal([new SampleChange("3.pgm", "train", "test")], diff.Resplit);
    }

    [Fact]
    public void An_export_imports_to_the_same_version()
    {
        var version = Import("set", ("train/a/1.pgm", 1), ("train/b/2, \"two\".pgm", 2), ("val/a/deep/3.pgm", 3));

        Assert.Equal(3, new DatasetExport(_import.Store).Run(version, null, _import.Folder.At("out")));

        Assert.Equal(version.Digest, _import.Run(_import.Folder.At("out/samples.csv"), "again").Version.Digest);
        Assert.Equal("path,label,split\ntrain/a/1.pgm,a,train\n\"train/b/2, \"\"two\"\".pgm\",b,train\nval/a/deep/3.pgm,a,val\n", File.ReadAllText(_import.Folder.At("out/samples.csv")));
    }

    [Fact]
    public void An_export_of_one_split_has_only_that_and_a_folder_with_files_is_refused()
    {
        var version = Import("set", ("train/a/1.pgm", 1), ("train/b/2.pgm", 2), ("val/a/3.pgm", 3));
        new DatasetExport(_import.Store).Run(version, Split.Val, _import.Folder.At("out"));

        Assert.Equal(["out/samples.csv", "out/val/a/3.pgm"], Directory.EnumerateFiles(_import.Folder.At("out"), "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(_import.Folder.Root, file)).Order(StringComparer.Ordinal));
        Assert.Contains("which has files", Assert.Throws<SakiException>(() => new DatasetExport(_import.Store).Run(version, null, _import.Folder.At("out"))).Message);
    }
}

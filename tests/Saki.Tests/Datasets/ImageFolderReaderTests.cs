using Saki.Datasets;

namespace Saki.Tests.Datasets;

public sealed class ImageFolderReaderTests : IDisposable
{
    private readonly Importing _import = new();

    public void Dispose() => _import.Dispose();

    private void Image(string relative, byte value = 1) => _import.Folder.Write("set/" + relative, Pnm.Grey([value], 1, 1));

    private string Failure() => Assert.Throws<SakiException>(() => _import.Run(_import.Folder.At("set"))).Message;

    [Fact]
    public void Classes_and_images_come_in_ordinal_order()
    {
        foreach (var file in new[] { "b/2.pgm", "B2/x.pgm", "a/z.pgm", "a/deep/er/1.pgm" }) Image(file);

        var reader = DatasetFormat.Open(_import.Folder.At("set"));

        Assert.Equal(["B2", "a", "b"], reader.Classes);
        Assert.Equal(["B2/x.pgm", "a/deep/er/1.pgm", "a/z.pgm", "b/2.pgm"], reader.Read().Select(image => image.Path));
    }

    [Theory]
    [InlineData("train", Split.Train)]
    [InlineData("Training", Split.Train)]
    [InlineData("val", Split.Val)]
    [InlineData("valid", Split.Val)]
    [InlineData("validation", Split.Val)]
    [InlineData("PublicTest", Split.Val)]
    [InlineData("PrivateTest", Split.Test)]
    [InlineData("test", Split.Test)]
    public void Split_folders_are_known_by_all_their_spellings(string folder, Split split)
    {
        Image($"{folder}/a/1.pgm");
        Image($"{folder}/b/1.pgm", 2);

        var version = _import.Run(_import.Folder.At("set")).Version;

        Assert.Equal(["a", "b"], version.Classes);
        Assert.Equal(2, version.Of(split).Length);
        Assert.Equal($"{folder}/a/1.pgm", version.Samples[0].Path);
    }

    [Fact]
    public void Dot_files_are_ignored_and_a_text_file_named_jpg_is_left_out_with_its_reason()
    {
        Image("a/1.pgm");
        Image("b/1.pgm", 2);
        _import.Folder.Write("set/a/.DS_Store", "x");
        _import.Folder.Write("set/.git/config", "x");
        _import.Folder.Write("set/b/notes.jpg", "not an image");
        _import.Folder.Write("set/b/nothing.jpg", "");

        var version = _import.Run(_import.Folder.At("set")).Version;

        Assert.Equal(2, version.Summary.Total);
        Assert.Equal(2, version.Summary.LeftOutCount);
        Assert.Equal([new LeftOut("b/notes.jpg", "no image in a known format"), new LeftOut("b/nothing.jpg", "an empty file")], version.LeftOut);
    }

    [Fact]
    public void Images_without_class_folders_are_counted_and_explained()
    {
        Image("1.pgm");
        Image("2.pgm");
        Assert.Equal("Import stopped. Expected a class folder per label, got 2 images at the top of set. Put each image in a folder named after its class.", Failure());
    }

    [Fact]
    public void An_empty_folder_is_told()
    {
        Directory.CreateDirectory(_import.Folder.At("set"));
        Assert.Contains("Expected a class folder per label, got an empty folder", Failure());
    }

    [Fact]
    public void A_folder_that_is_not_there_is_told_with_a_near_name()
    {
        Image("a/1.pgm");
        Assert.Contains("Did you mean \"set\"?", Assert.Throws<SakiException>(() => _import.Run(_import.Folder.At("sett"))).Message);
    }

    [Fact]
    public void A_class_folder_with_no_readable_image_is_an_error_and_nothing_is_stored()
    {
        Image("a/1.pgm");
        _import.Folder.Write("set/b/1.jpg", "text");
        _import.Folder.Write("set/b/2.jpg", "text");

        var message = Failure();

        Assert.Contains("Expected a readable image in class b, got 2 files that cannot be read (b/1.jpg: no image in a known format)", message);
        Assert.Equal(0, _import.HomeBytes);
    }

    [Fact]
    public void A_class_folder_with_nothing_in_it_is_an_error()
    {
        Image("a/1.pgm");
        Directory.CreateDirectory(_import.Folder.At("set/b"));
        Assert.Contains("Expected an image in class folder b", Failure());
    }

    [Fact]
    public void One_class_is_not_enough()
    {
        Image("a/1.pgm");
        Assert.Contains("two or more classes, got one (a)", Failure());
    }

    [Fact]
    public void Split_folders_beside_class_folders_are_refused()
    {
        Image("train/a/1.pgm");
        Image("cats/1.pgm");
        Assert.Contains("got train beside cats", Failure());
    }

    [Fact]
    public void Classes_that_differ_by_case_only_are_refused()
    {
        if (!OperatingSystem.IsLinux()) return;
        Image("Cat/1.pgm");
        Image("cat/1.pgm");
        Assert.Contains("got Cat and cat", Failure());
    }

    [Fact]
    public void Links_are_not_followed()
    {
        if (OperatingSystem.IsWindows()) return;
        Image("a/1.pgm");
        Image("b/1.pgm", 2);
        Directory.CreateSymbolicLink(_import.Folder.At("set/a/loop"), _import.Folder.At("set"));
        File.CreateSymbolicLink(_import.Folder.At("set/b/passwd.jpg"), "/etc/passwd");

        var version = _import.Run(_import.Folder.At("set")).Version;

        Assert.Equal(2, version.Summary.Total);
        Assert.Equal(["a/loop", "b/passwd.jpg"], version.LeftOut.Select(file => file.Path));
    }

    [Fact]
    public void An_unknown_format_name_gets_a_suggestion()
    {
        Image("a/1.pgm");
        Assert.Contains("Did you mean \"imagefolder\"?", Assert.Throws<SakiException>(() => DatasetFormat.Open(_import.Folder.At("set"), "imagefoldr")).Message);
    }
}

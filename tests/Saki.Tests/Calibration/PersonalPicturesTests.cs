using System.IO.Compression;
using Saki.Calibration;
using Saki.Testing;

namespace Saki.Tests.Calibration;

public sealed class PersonalPicturesTests : IDisposable
{
    private static readonly string[] Labels = ["angry", "happy", "sad"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_missing_class_and_files_that_are_no_pictures_are_told_and_the_rest_is_taken()
    {
        var found = Read(Zip(("happy/1.jpg", "picture"), ("happy/notes.txt", "text"), ("sad/1.jpg", "picture"), ("sad/empty.jpg", ""), ("README", "text"), ("__MACOSX/happy/1.jpg", "junk"), ("happy/.DS_Store", "junk")));
        Assert.Equal(["happy/1.jpg", "sad/1.jpg"], found.Pictures.Select(picture => picture.Name));
        Assert.Equal([1, 2], found.Pictures.Select(picture => picture.Label));
        Assert.Equal(["angry"], found.Missing);
        Assert.Equal([("README", "a file outside of the class folders"), ("happy/notes.txt", "no picture"), ("sad/empty.jpg", "an empty file")], found.LeftOut.Select(file => (file.Path, file.Reason)).OrderBy(file => file.Path, StringComparer.Ordinal));
    }

    [Fact]
    public void A_folder_that_is_no_class_is_named_with_the_one_that_was_meant_before_anything_is_read()
    {
        var zip = Zip(("hapy/1.jpg", "picture"), ("hapy/2.jpg", "picture"), ("sad/1.jpg", "picture"));
        var refused = Assert.Throws<SakiException>(() => PersonalPictures.Read(zip, Labels, _ => throw new InvalidOperationException("read")));
        Assert.Contains("\"hapy\" (2 files)", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Did you mean \"happy\"?", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Happy/1.jpg", "SAD/1.jpg")]
    [InlineData("my faces/happy/1.jpg", "my faces/sad/1.jpg")]
    [InlineData("happy/monday/1.jpg", "sad/tuesday/1.jpg")]
    public void Case_a_folder_around_it_all_and_folders_inside_a_class_do_not_matter(string happy, string sad) =>
        Assert.Equal([1, 2], Read(Zip((happy, "picture"), (sad, "picture"))).Pictures.Select(picture => picture.Label).Order());

    [Theory]
    [InlineData("../happy/1.jpg")]
    [InlineData("/happy/1.jpg")]
    [InlineData("happy/CON")]
    public void A_zip_that_tries_tricks_is_refused_whole(string name) =>
        Assert.Contains("whole archive was refused", Assert.Throws<SakiException>(() => Read(Zip(("sad/1.jpg", "picture"), (name, "picture")))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_zip_that_would_grow_a_hundredfold_is_refused()
    {
        var zip = Zip(("happy/1.jpg", new string('a', 30_000_000)), ("sad/1.jpg", "picture"));
        Assert.Contains("compressed size", Assert.Throws<SakiException>(() => Read(zip)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_of_one_class_alone_are_refused_since_a_model_would_learn_to_say_nothing_else()
    {
        var refused = Assert.Throws<SakiException>(() => Read(Zip(("happy/1.jpg", "picture"), ("sad/1.txt", "text"))));
        Assert.Contains("at least 2 of the classes angry, happy, sad", refused.Message, StringComparison.Ordinal);
        Assert.Contains("sad/1.txt: no picture", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_is_read_as_its_zip_is()
    {
        _folder.Write("faces/happy/1.jpg", "picture");
        _folder.Write("faces/sad/1.jpg", "picture");
        _folder.Write("faces/sad/.hidden", "junk");
        Assert.Equal(["happy/1.jpg", "sad/1.jpg"], Read(_folder.At("faces")).Pictures.Select(picture => picture.Name));
    }

    private static PersonalPictures Read(string path) => PersonalPictures.Read(path, Labels, bytes => bytes.Span.SequenceEqual("picture"u8) || bytes.Length > 1000 ? null : "no picture");

    private string Zip(params (string Name, string Content)[] files)
    {
        var path = _folder.At($"{Guid.NewGuid():N}.zip");
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, content) in files)
        {
            using var writer = new StreamWriter(zip.CreateEntry(name).Open());
            writer.Write(content);
        }
        return path;
    }
}

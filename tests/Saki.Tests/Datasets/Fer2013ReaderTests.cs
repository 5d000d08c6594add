using System.IO.Compression;
using System.Text;
using ICSharpCode.SharpZipLib.BZip2;
using Saki.Datasets;

namespace Saki.Tests.Datasets;

public sealed class Fer2013ReaderTests : IDisposable
{
    private readonly Importing _import = new();

    public void Dispose() => _import.Dispose();

    private static string Pixels(int count = 2304, string value = "7") => string.Join(' ', Enumerable.Repeat(value, count));

    private List<(string Path, Split Split, byte[] Content)> Read(string csv) => Read(Encoding.UTF8.GetBytes(csv));

    private List<(string Path, Split Split, byte[] Content)> Read(byte[] file) =>
        [.. DatasetFormat.Open(_import.Folder.Write("some.csv", file)).Read().Select(image => (image.Path, image.Split, image.Content.ToArray()))];

    private string Failure(string csv) => Assert.Throws<SakiException>(() => Read(csv)).Message;

    [Fact]
    public void Usage_becomes_the_split_and_the_row_number_the_name()
    {
        var images = Read($"emotion,pixels,Usage\n3,{Pixels()},Training\n0,{Pixels()},PublicTest\n6,{Pixels()},PrivateTest\n");

        Assert.Equal(["train/happy/00000000.pgm", "val/angry/00000001.pgm", "test/neutral/00000002.pgm"], images.Select(image => image.Path));
        Assert.Equal([Split.Train, Split.Val, Split.Test], images.Select(image => image.Split));
        Assert.Equal("P5\n48 48\n255\n"u8.ToArray().Concat(Enumerable.Repeat((byte)7, 2304)), images[0].Content);
    }

    [Theory]
    [InlineData("emotion,pixels\r\n3,\"{0}\"\r\n")] // the challenge's train.csv
    [InlineData("emotion, Usage, pixels\n3,Training,{0}\n")] // icml_face_data.csv
    [InlineData("\uFEFFemotion,pixels,Usage\n3,{0},Training")] // a spreadsheet's, without the last line end
    public void The_forms_in_the_wild_are_read(string form) =>
        Assert.Equal("train/happy/00000000.pgm", Assert.Single(Read(string.Format(null, form, Pixels()))).Path);

    [Fact]
    public void Gzip_and_bzip2_are_recognised_by_content()
    {
        var csv = Encoding.UTF8.GetBytes($"emotion,pixels,Usage\n3,{Noise()},Training\n");
        var gzip = new MemoryStream();
        using (var stream = new GZipStream(gzip, CompressionLevel.Fastest, leaveOpen: true)) stream.Write(csv);

        Assert.Single(Read(gzip.ToArray()));
        Assert.Single(Read(Bzip2(Encoding.UTF8.GetString(csv))));
    }

    // pbzip2 and concatenation make such files.
    [Fact]
    public void Every_member_of_a_bzip2_file_is_read()
    {
        Assert.Equal(2, Read([.. Bzip2($"emotion,pixels,Usage\n3,{Noise()},Training\n"), .. Bzip2($"4,{Noise()},Training\n")]).Count);
    }

    [Fact]
    public void Something_else_behind_a_bzip2_file_is_damage() =>
        Assert.Contains("a whole compressed file", Assert.Throws<SakiException>(() => Read([.. Bzip2($"emotion,pixels,Usage\n3,{Noise()},Training\n"), .. "garbage"u8])).Message);

    // SharpZipLib writes even rows in bzip2 0.9's randomised form, which nothing else does.
    private static string Noise()
    {
        var random = new SeededRandom(1);
        return string.Join(' ', Enumerable.Range(0, 2304).Select(_ => random.Next(256)));
    }

    private static byte[] Bzip2(string text)
    {
        var file = new MemoryStream();
        using (var stream = new BZip2OutputStream(file) { IsStreamOwner = false }) stream.Write(Encoding.UTF8.GetBytes(text));
        return file.ToArray();
    }

    [Fact]
    public void A_wrong_column_is_named_with_a_suggestion()
    {
        var message = Failure($"emotion,pixel,Usage\n3,{Pixels()},Training\n");

        Assert.Contains("got a column \"pixel\"", message);
        Assert.Contains("Did you mean \"pixels\"?", message);
    }

    [Fact]
    public void Columns_of_something_else_are_shown() =>
        Assert.Contains("with the columns image_id,file_name,caption", Failure("image_id,file_name,caption\n1,a.jpg,cat\n"));

    [Theory]
    [InlineData(2303, "2,303")]
    [InlineData(2305, "2,305")]
    [InlineData(0, "0")]
    public void A_wrong_number_of_pixels_says_row_and_count(int count, string said) =>
        Assert.Contains($"Expected 2,304 pixels (48x48), got {said} in row 1 (line 3).", Failure($"emotion,pixels,Usage\n3,{Pixels()},Training\n3,{Pixels(count)},Training\n"));

    [Theory]
    [InlineData("9")]
    [InlineData("-1")]
    [InlineData("happy")]
    [InlineData("")]
    public void An_emotion_outside_0_to_6_is_refused(string label) =>
        Assert.Contains($"Expected an emotion from 0 to 6, got \"{label}\" in row 0 (line 2).", Failure($"emotion,pixels,Usage\n{label},{Pixels()},Training\n"));

    [Theory]
    [InlineData("256")]
    [InlineData("-1")]
    [InlineData("1e2")]
    [InlineData("99999999999999999999")]
    public void A_pixel_outside_0_to_255_is_refused(string value) =>
        Assert.Contains($"Expected pixel values from 0 to 255, got \"{value}\" in row 0", Failure($"emotion,pixels,Usage\n3,{Pixels(2303)} {value},Training\n"));

    [Fact]
    public void An_unknown_usage_is_refused() =>
        Assert.Contains("got \"Holdout\" in row 0", Failure($"emotion,pixels,Usage\n3,{Pixels()},Holdout\n"));

    [Fact]
    public void A_missing_field_is_refused() =>
        Assert.Contains("Expected 3 fields, got 2 in row 0", Failure($"emotion,pixels,Usage\n3,{Pixels()}\n"));

    [Fact]
    public void A_line_without_end_does_not_fill_the_memory() =>
        Assert.Contains("lines of at most 65536 bytes", Failure("emotion,pixels,Usage\n" + new string('1', 1_000_000)));

    [Fact]
    public void A_gzip_bomb_is_stopped_and_nothing_is_stored()
    {
        var bomb = new MemoryStream();
        using (var stream = new GZipStream(bomb, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            stream.Write(Encoding.UTF8.GetBytes("emotion,pixels,Usage\n"));
            var row = Encoding.UTF8.GetBytes($"3,{Pixels()},Training\n");
            for (var i = 0; i < 20_000; i++) stream.Write(row);
        }
        var path = _import.Folder.Write("bomb.csv.gz", bomb.ToArray());

        Assert.Contains("100 times the compressed size", Assert.Throws<SakiException>(() => _import.Run(path)).Message);
        Assert.Empty(_import.Store.List());
        Assert.Equal(0, _import.Store.Objects.Count);
        Assert.Equal(0, _import.HomeBytes);
    }

    [Fact]
    public void A_download_that_was_cut_short_is_told()
    {
        var gzip = new MemoryStream();
        using (var stream = new GZipStream(gzip, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write("emotion,pixels,Usage\n"u8);
            for (var i = 0; i < 50; i++) stream.Write(Encoding.UTF8.GetBytes($"3,{string.Join(' ', Enumerable.Range(0, 2304).Select(k => ((k * 31) + (i * 17)) % 256))},Training\n"));
        }

        Assert.Throws<SakiException>(() => Read(gzip.ToArray()[..^600]));
    }
}

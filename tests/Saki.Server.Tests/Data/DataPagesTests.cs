using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Saki.Datasets.Emotions;
using Saki.Server.Accounts;
using Saki.Server.Tests.Labelling;

namespace Saki.Server.Tests.Data;

/// <summary>Data comes in over HTTP and is looked at.</summary>
public sealed class DataPagesTests
{
    [Fact]
    public async Task A_zip_from_the_page_becomes_a_version_whose_pictures_and_changes_are_shown()
    {
        await using var home = await LabelHome.StartAsync();
        var manager = home.As("ann", Scope.View | Scope.Manage);
        Assert.Contains("birds", (await UploadAsync(manager, "birds", "", Zip(4))).Location, StringComparison.Ordinal);
        var page = await PageAsync(manager, "/data/birds");
        Assert.Contains("8 pictures of 2 classes", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains("my birds_.zip, uploaded", page.Body.TextContent, StringComparison.Ordinal);
        Assert.Contains("1 file was left out", page.Body.TextContent, StringComparison.Ordinal);
        Assert.Equal(8, page.QuerySelectorAll(".sheet img").Length);
        using var picture = await manager.GetAsync(page.QuerySelector(".sheet img")!.GetAttribute("src"));
        Assert.Equal("image/png", picture.Content.Headers.ContentType!.MediaType);
        Assert.Equal(LabelHome.Picture(Emotion.Happy, 0), await picture.Content.ReadAsByteArrayAsync());
        Assert.Equal(4, (await PageAsync(manager, "/data/birds?class=owl")).QuerySelectorAll(".sheet img").Length);

        await UploadAsync(manager, "birds", "val=0.2", Zip(5));
        var second = await PageAsync(manager, "/data/birds?diff=yes");
        Assert.Contains("10 pictures of 2 classes", second.Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains("2 added", second.Body.TextContent, StringComparison.Ordinal);
        Assert.Equal(2, (await PageAsync(manager, "/data/birds?split=val")).QuerySelectorAll(".sheet img").Length);
        Assert.Equal(["birds", "faces"], (await PageAsync(manager, "/data")).QuerySelectorAll("tbody th").Select(cell => cell.TextContent));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(home.Home.Cache, "uploads")));
    }

    [Fact]
    public async Task A_program_puts_a_file_and_reads_what_became_of_it()
    {
        await using var home = await LabelHome.StartAsync();
        var manager = home.As("ann", Scope.View | Scope.Manage);
        using var reply = await manager.PutAsync("/api/data/birds?split=val=0.2", new ByteArrayContent(Zip(5)));
        Assert.Equal((HttpStatusCode.Created, "/api/data/birds"), (reply.StatusCode, reply.Headers.Location!.OriginalString));
        var made = JsonNode.Parse(await reply.Content.ReadAsStringAsync())!;
        Assert.Equal("""{"train":[4,4],"val":[1,1]}""", made["counts"]!.ToJsonString());
        var read = JsonNode.Parse(await manager.GetStringAsync("/api/data/birds"))!;
        Assert.Equal((string)made["digest"]!, (string)read["digest"]!);
        Assert.Equal("finch/notes.txt", (string)read["left_out_files"]![0]!["path"]!);
        Assert.Equal(2, JsonNode.Parse(await manager.GetStringAsync("/api/data"))!.AsArray().Count);
        Assert.Equal(HttpStatusCode.Forbidden, (await home.As("ben", Scope.View).PutAsync("/api/data/birds", new ByteArrayContent(Zip(1)))).StatusCode);
    }

    [Theory]
    [InlineData("birds", "", "../owl/1.png", "zip slip")]
    [InlineData("no/name", "", "owl/9.png", "Naming the data set")]
    [InlineData("Faces", "", "owl/9.png", "differs from all others by more than case")]
    [InlineData("birds", "val=2", "owl/9.png", "val=FRACTION")]
    [InlineData("birds", "", "test/owl/9.png", "")]
    public async Task What_would_make_no_data_set_is_refused_in_a_sentence_and_leaves_nothing(string name, string split, string entry, string expected)
    {
        await using var home = await LabelHome.StartAsync();
        var manager = home.As("ann", Scope.View | Scope.Manage);
        var (status, _, page) = await UploadAsync(manager, name, split, Zip(1, entry));
        Assert.InRange((int)status, 400, 499);
        var told = page.QuerySelector("[role=alert]")!.TextContent;
        if (expected != "zip slip") Assert.Contains(expected, told, StringComparison.Ordinal);
        Assert.DoesNotContain(home.Home.Root, told, StringComparison.Ordinal);
        Assert.Equal(["faces"], (await PageAsync(manager, "/data")).QuerySelectorAll("tbody th").Select(cell => cell.TextContent));
        Assert.True(!Directory.Exists(Path.Combine(home.Home.Cache, "uploads")) || !Directory.EnumerateFileSystemEntries(Path.Combine(home.Home.Cache, "uploads")).Any());
    }

    [Fact]
    public async Task Files_that_are_no_data_and_bodies_that_break_off_are_refused()
    {
        await using var home = await LabelHome.StartAsync();
        var manager = home.As("ann", Scope.View | Scope.Manage);
        Assert.Equal(HttpStatusCode.BadRequest, (await manager.PutAsync("/api/data/birds", new ByteArrayContent([]))).StatusCode);
        using var nonsense = await manager.PutAsync("/api/data/birds", new ByteArrayContent("nothing of the kind"u8.ToArray()));
        Assert.InRange((int)nonsense.StatusCode, 400, 499);
        using var torn = new ByteArrayContent("--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nbirds\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.zip\"\r\n\r\nPK"u8.ToArray());
        torn.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");
        Assert.Equal(HttpStatusCode.BadRequest, (await manager.PostAsync("/data", torn)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await manager.GetAsync("/data/birds")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await manager.GetAsync($"/data/pictures/{new string('a', 64)}")).StatusCode);
    }

    // Two classes of so many faces, and a file that is no picture.
    private static byte[] Zip(int each, string? more = null)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            void Write(string name, byte[] content)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
            for (var i = 0; i < each; i++)
            {
                Write($"finch/{i}.png", LabelHome.Picture(Emotion.Happy, i));
                Write($"owl/{i}.png", LabelHome.Picture(Emotion.Sad, i));
            }
            Write("finch/notes.txt", "a text"u8.ToArray());
            if (more is not null) Write(more, LabelHome.Picture(Emotion.Sad, 99));
        }
        return stream.ToArray();
    }

    private static async Task<(HttpStatusCode Status, string Location, IHtmlDocument Page)> UploadAsync(HttpClient who, string name, string split, byte[] zip)
    {
        using var form = new MultipartFormDataContent { { new StringContent(name), "name" }, { new StringContent(split), "split" }, { new ByteArrayContent(zip), "file", "my birds!.zip" } };
        using var reply = await who.PostAsync("/data", form);
        return (reply.StatusCode, reply.Headers.Location?.OriginalString ?? "", await new HtmlParser().ParseDocumentAsync(await reply.Content.ReadAsStringAsync()));
    }

    private static async Task<IHtmlDocument> PageAsync(HttpClient who, string path) => await new HtmlParser().ParseDocumentAsync(await who.GetStringAsync(path));
}

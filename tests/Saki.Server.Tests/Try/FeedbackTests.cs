using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using Saki.Testing;
using Saki.Vision;

namespace Saki.Server.Tests.Try;

/// <summary>A visitor says what a picture shows, sees all that is kept, and deletes it: over the real routes.</summary>
public sealed class FeedbackTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Pictures => new SakiHome(_folder.Root).Feedback;

    private int Files => Directory.Exists(Pictures) ? Directory.EnumerateFiles(Pictures, "*.bin", SearchOption.AllDirectories).Count() : 0;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Nothing_is_kept_before_the_visitor_agrees_and_nothing_when_they_say_no()
    {
        await using var server = await StartAsync();
        using var visitor = new VisitorClient(server.Address);
        var id = await visitor.AskAsync(TestModel.Face);
        var (_, asked) = await visitor.SendAsync("/feedback", ("prediction", id), ("verdict", "right"));
        Assert.Contains("May Saki keep this picture", asked.Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal(3, asked.QuerySelectorAll("[name=agree]").Length);
        Assert.Equal((0, 0), (Files, visitor.Cookies.Count));
        var (_, refused) = await visitor.SendAsync("/feedback", ("prediction", id), ("verdict", "right"), ("agree", "no"));
        Assert.Contains("Nothing was kept", refused.Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal((0, 0), (Files, visitor.Cookies.Count));
    }

    [Fact]
    public async Task After_one_consent_a_click_keeps_a_picture_and_your_data_shows_it()
    {
        await using var server = await StartAsync();
        using var visitor = new VisitorClient(server.Address);
        await AgreeAsync(visitor, "commented");
        var id = await visitor.AskAsync(TestModel.OtherFace);
        var other = TestModel.Emotions.Predict(TestModel.OtherFace, top: 2).Top[1].Class;
        var (_, said) = await visitor.SendAsync("/feedback", ("prediction", id), ("correction", other));
        Assert.Contains($"Noted: it is {other}", said.Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal(2, Files);

        var (_, page) = await visitor.GetAsync("/me");
        Assert.Equal(2, page.QuerySelectorAll(".kept > li").Length);
        Assert.Contains($"you said: {other}", page.Body!.TextContent, StringComparison.Ordinal);
        var kept = await visitor.BytesAsync(page.QuerySelector(".kept img")!.GetAttribute("src")!);
        Assert.Equal(TestModel.Emotions.Predict(TestModel.OtherFace).Top, TestModel.Emotions.Predict(kept).Top);

        using var zip = new ZipArchive(new MemoryStream(await visitor.BytesAsync("/me/download")));
        Assert.Equal(["calibrations.json", "data.json"], zip.Entries.Select(entry => entry.FullName).Where(name => name.EndsWith(".json", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(4, zip.Entries.Count);
        using var data = zip.GetEntry("data.json")!.Open();
        var answers = JsonNode.Parse(data)!["answers"]!.AsArray();
        Assert.Equal([other], answers[0]!["said"]!.AsArray().Select(word => (string)word!));
        Assert.DoesNotContain("face.png", answers.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_agrees_to_all_has_all_pictures_kept_until_the_consent_is_taken_back()
    {
        await using var server = await StartAsync();
        using var visitor = new VisitorClient(server.Address);
        await AgreeAsync(visitor, "all");
        await visitor.AskAsync(TestModel.OtherFace);
        Assert.Equal(2, Files);
        await visitor.SendAsync("/me/consent", ("extent", "none"));
        await visitor.AskAsync(Png.Encode(new byte[48], 4, 4));
        Assert.Equal(2, Files);
        Assert.Contains("not agreed to anything", (await visitor.GetAsync("/me")).Page.Body!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Undo_erases_the_picture_again()
    {
        await using var server = await StartAsync();
        using var visitor = new VisitorClient(server.Address);
        var id = await AgreeAsync(visitor, "commented");
        Assert.Equal(1, Files);
        var (_, page) = await visitor.SendAsync("/feedback/undo", ("prediction", id));
        Assert.Contains("Is this right?", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal(0, Files);
    }

    [Fact]
    public async Task Nobody_sees_comments_on_or_deletes_what_is_another_persons()
    {
        await using var server = await StartAsync();
        using var ann = new VisitorClient(server.Address);
        using var ben = new VisitorClient(server.Address);
        var id = await AgreeAsync(ann, "commented");
        await AgreeAsync(ben, "commented", TestModel.OtherFace);
        var second = await ann.AskAsync(TestModel.Face);
        Assert.Equal(HttpStatusCode.NotFound, (await ben.GetAsync($"/me/pictures/{id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await ben.SendAsync($"/me/pictures/{id}/delete")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await ben.SendAsync("/feedback", ("prediction", second), ("verdict", "right"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await ben.SendAsync("/try/why", ("prediction", second))).Status);
        Assert.Equal(2, Files);
        Assert.Single((await ann.GetAsync("/me")).Page.QuerySelectorAll(".kept > li"));
    }

    [Fact]
    public async Task Deleting_all_asks_first_and_then_leaves_nothing()
    {
        await using var server = await StartAsync();
        using var visitor = new VisitorClient(server.Address);
        var id = await AgreeAsync(visitor, "commented");
        var recent = await visitor.AskAsync(TestModel.OtherFace);
        await visitor.SendAsync("/me/delete");
        Assert.Equal(1, Files);
        await visitor.SendAsync("/me/delete", ("sure", "yes"));
        Assert.Equal(0, Files);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync($"/me/pictures/{id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.SendAsync("/try/why", ("prediction", recent))).Status); // from memory, too
        Assert.Contains("Nothing about you is kept", (await visitor.GetAsync("/me")).Page.Body!.TextContent, StringComparison.Ordinal);
        Assert.Single(File.ReadAllLines(new SakiHome(_folder.Root).ErasedPictures));
    }

    [SharedDataFact]
    public async Task What_a_camera_wrote_into_a_photo_is_not_kept()
    {
        await using var server = await StartAsync();
        using var visitor = new VisitorClient(server.Address);
        await AgreeAsync(visitor, "commented", await File.ReadAllBytesAsync(SharedData.At("photos/DSCN0010.jpg")));
        var kept = await File.ReadAllBytesAsync(Assert.Single(Directory.EnumerateFiles(Pictures, "*.bin", SearchOption.AllDirectories)));
        Assert.True(kept.AsSpan().IndexOf("Exif"u8) < 0);
        Assert.True(kept.AsSpan().IndexOf("NIKON"u8) < 0);
    }

    [Theory]
    [InlineData("wrong", "")]
    [InlineData("wrong", "no class")]
    [InlineData("<script>", "happy")]
    public async Task What_is_no_comment_is_refused_and_not_repeated(string verdict, string label)
    {
        await using var server = await StartAsync();
        using var visitor = new VisitorClient(server.Address);
        var id = await visitor.AskAsync(TestModel.Face);
        var (status, page) = await visitor.SendAsync("/feedback", ("prediction", id), ("verdict", verdict), ("label", label), ("agree", "commented"));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Empty(page.QuerySelectorAll("script"));
        Assert.Equal(0, Files);
    }

    [Fact]
    public async Task Without_scripts_the_forms_answer_with_the_whole_page()
    {
        await using var server = await StartAsync();
        using var visitor = new VisitorClient(server.Address);
        var id = await visitor.AskAsync(TestModel.Face);
        using var form = new FormUrlEncodedContent([new("prediction", id), new("verdict", "right")]);
        using var reply = await server.Client.PostAsync("/feedback", form);
        var html = await reply.Content.ReadAsStringAsync();
        Assert.Contains("<html", html, StringComparison.Ordinal);
        Assert.Contains("May Saki keep this picture", html, StringComparison.Ordinal);
        Assert.Contains("data:image/png;base64,", html, StringComparison.Ordinal);
    }

    private Task<RunningServer> StartAsync() => RunningServer.StartAsync(new ServerOptions { Models = TestModel.Serve(TestModel.Emotions), Home = new SakiHome(_folder.Root) });

    // Asks, says that the answer is right and agrees.
    private static async Task<string> AgreeAsync(VisitorClient visitor, string extent, byte[]? picture = null)
    {
        var id = await visitor.AskAsync(picture ?? TestModel.Face);
        var (status, page) = await visitor.SendAsync("/feedback", ("prediction", id), ("verdict", "right"), ("agree", extent));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("Noted", page.Body!.TextContent, StringComparison.Ordinal);
        return id;
    }
}

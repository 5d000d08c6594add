using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Saki.Inference;
using Saki.Server.Layout;

namespace Saki.Server.Tests.Try;

public sealed class TryPageTests
{
    [Fact]
    public async Task Without_a_model_the_page_says_what_to_type()
    {
        await using var server = await RunningServer.StartAsync();
        var page = await server.GetPageAsync("/");
        Assert.Contains("No model is loaded", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains("saki data sample emotions", page.QuerySelector("pre")!.TextContent, StringComparison.Ordinal);
        Assert.Null(page.QuerySelector("input[type=file]"));
    }

    [Fact]
    public async Task The_page_is_complete_without_scripts()
    {
        await using var server = await StartAsync();
        var page = await server.GetPageAsync("/");
        var form = (IHtmlFormElement)page.QuerySelector("form#ask")!;
        Assert.Equal(("post", "multipart/form-data", "/"), (form.Method, form.Enctype, form.GetAttribute("action")));
        Assert.NotNull(form.QuerySelector("input[type=file][name=image][required]"));
        Assert.NotNull(form.QuerySelector("noscript button"));
    }

    [Fact]
    public async Task A_plain_form_post_shows_the_picture_and_the_answer_of_the_predictor()
    {
        await using var server = await StartAsync();
        var expected = TestModel.Emotions.Predict(TestModel.Face, top: 7);
        var (status, page) = await PostAsync(server, "face.png", TestModel.Face);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(expected.Class, page.QuerySelector(".verdict strong")!.TextContent);
        Assert.Equal(Words.Percent(expected.Probability), page.QuerySelector(".verdict span")!.TextContent);
        Assert.Equal(expected.Top.Select(t => t.Class), page.QuerySelectorAll(".probs li > :first-child").Select(e => e.TextContent));
        Assert.Equal(expected.Top.Select(t => Words.Percent(t.Probability)), page.QuerySelectorAll(".probs .n").Select(e => e.TextContent));
        var image = page.QuerySelector(".shot img")!;
        Assert.Equal($"data:image/png;base64,{Convert.ToBase64String(TestModel.Face)}", image.GetAttribute("src"));
        Assert.Equal(("64", "64"), (image.GetAttribute("width"), image.GetAttribute("height")));
        Assert.Contains("face.png", page.QuerySelector("figcaption")!.TextContent, StringComparison.Ordinal);
        Assert.Contains(expected.Version, page.QuerySelector(".facts")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_script_gets_the_parts_that_change_and_no_copy_of_the_picture()
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = Form("face.png", TestModel.Face) };
        request.Headers.Add("Saki-Fragment", "1");
        using var reply = await server.Client.SendAsync(request);
        var html = await reply.Content.ReadAsStringAsync();
        Assert.DoesNotContain("<html", html, StringComparison.Ordinal);
        Assert.DoesNotContain("data:image", html, StringComparison.Ordinal);
        Assert.Contains("data-into=\"stage\"", html, StringComparison.Ordinal);
        Assert.Contains("data-into=\"answer\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sample_is_drawn_answered_and_marked()
    {
        await using var server = await StartAsync();
        var tiles = (await server.GetPageAsync("/")).QuerySelectorAll(".samples a");
        Assert.Equal(7, tiles.Length);
        foreach (var source in tiles.Select(tile => tile.QuerySelector("img")!.GetAttribute("src")!))
        {
            var picture = await server.Client.GetByteArrayAsync(source);
            Assert.Equal(7, TestModel.Emotions.Predict(picture, top: 7).Top.Count);
        }
        var page = await server.GetPageAsync(tiles[3].GetAttribute("href")!);
        Assert.Equal(tiles[3].GetAttribute("href"), page.QuerySelector(".samples [aria-current]")!.GetAttribute("href"));
        Assert.NotNull(page.QuerySelector(".verdict strong"));
    }

    [Fact]
    public async Task A_model_of_other_things_has_no_samples()
    {
        using var other = TestModel.Make(["cat", "dog"]);
        await using var server = await StartAsync(other);
        Assert.Empty((await server.GetPageAsync("/")).QuerySelectorAll(".samples"));
        using var reply = await server.Client.GetAsync("/?sample=happy");
        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
    }

    [Theory]
    [InlineData("..%2f..%2fetc")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("")]
    public async Task An_unknown_sample_is_refused_without_repeating_its_name(string sample)
    {
        await using var server = await StartAsync();
        using var reply = await server.Client.GetAsync($"/?sample={Uri.EscapeDataString(sample)}");
        var page = await new HtmlParser().ParseDocumentAsync(await reply.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
        Assert.Contains("stopped", page.QuerySelector("[aria-live] .note")!.TextContent, StringComparison.Ordinal);
        Assert.Empty(page.QuerySelectorAll("script:not([src])"));
    }

    [Fact]
    public async Task A_file_that_is_no_picture_is_told_where_the_answer_would_be()
    {
        await using var server = await StartAsync();
        var (status, page) = await PostAsync(server, "notes.jpg", "hello"u8.ToArray());
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, status);
        Assert.Contains("Expected a picture", page.QuerySelector("[aria-live=polite] .note.bad")!.TextContent, StringComparison.Ordinal);
        Assert.Null(page.QuerySelector(".shot img"));
        Assert.Null(page.QuerySelector(".verdict strong"));
    }

    [Fact]
    public async Task An_empty_form_is_refused_on_the_page()
    {
        await using var server = await StartAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(server, "", [])).Status);
    }

    [Fact]
    public async Task Several_pictures_are_answered_together_and_one_that_is_none_does_not_spoil_the_others()
    {
        await using var server = await StartAsync();
        using var three = Form("a.png", TestModel.Face);
        three.Add(new ByteArrayContent("no picture"u8.ToArray()), "image", "<b>notes.png");
        three.Add(new ByteArrayContent(TestModel.OtherFace), "image", "c.png");
        using var reply = await server.Client.PostAsync("/", three);
        var page = await new HtmlParser().ParseDocumentAsync(await reply.Content.ReadAsStringAsync());
        AssertHarmless(page);
        var tiles = page.QuerySelectorAll("ol.sheet li").ToList();
        Assert.Equal(3, tiles.Count);
        Assert.Contains(TestModel.Emotions.Predict(TestModel.Face).Class, tiles[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("Expected a picture", tiles[1].TextContent, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(TestModel.Emotions.Predict(TestModel.OtherFace).Class, tiles[2].TextContent, StringComparison.Ordinal);
        Assert.Equal(TestModel.Emotions.Predict(TestModel.Face).Class, page.QuerySelector(".verdict strong")!.TextContent);
    }

    public static TheoryData<string> Payloads => new()
    {
        "<script>alert(1)</script>.png", "\"><img src=x onerror=alert(1)>.png", "' onmouseover='alert(1).png", "</title><script>alert(1)<x>.png", "javascript:alert(1)", "{{7*7}}${7*7}.png",
        "&lt;b&gt;.png",
    };

    [Theory]
    [MemberData(nameof(Payloads))]
    public async Task File_names_are_text_wherever_they_appear(string name)
    {
        await using var server = await StartAsync();
        var (_, page) = await PostAsync(server, name, TestModel.Face);
        AssertHarmless(page);
        var shown = name[(name.LastIndexOf('/') + 1)..].Replace("\"", "%22", StringComparison.Ordinal);
        Assert.Contains(shown, page.QuerySelector("figcaption")!.TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Payloads))]
    public async Task Class_and_model_names_are_text_wherever_they_appear(string name)
    {
        using var model = TestModel.Make([name, "other"]);
        await using var server = await StartAsync(model);
        AssertHarmless(await server.GetPageAsync("/"));
        var (_, page) = await PostAsync(server, "face.png", TestModel.Face);
        AssertHarmless(page);
        Assert.Contains(page.QuerySelectorAll(".probs li > :first-child"), e => e.TextContent == name);
    }

    [Theory]
    [InlineData("astronaut.png", "image=@astronaut.png")]
    [InlineData("a b.png", "image=@picture.jpg")]
    [InlineData("x;rm -rf ~.png", "image=@picture.jpg")]
    [InlineData("$(id).png", "image=@picture.jpg")]
    [InlineData("-F.png", "image=@picture.jpg")]
    public async Task The_command_to_copy_names_this_server_and_only_harmless_files(string name, string part)
    {
        await using var server = await StartAsync();
        var (_, page) = await PostAsync(server, name, TestModel.Face);
        var commands = page.QuerySelectorAll(".api pre").Select(e => e.TextContent).ToList();
        Assert.Equal(3, commands.Count);
        Assert.All(commands, text => Assert.Contains($"{server.Address}predict_image", text, StringComparison.Ordinal));
        Assert.EndsWith(part, commands[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Landmarks_names_and_the_live_region_are_there()
    {
        await using var server = await StartAsync();
        var (_, page) = await PostAsync(server, "face.png", TestModel.Face);
        Assert.Single(page.QuerySelectorAll("h1"));
        Assert.Single(page.QuerySelectorAll("main#main"));
        Assert.Equal("#main", page.QuerySelector("a.skip")!.GetAttribute("href"));
        Assert.Single(page.QuerySelectorAll("[aria-live]"));
        Assert.All(page.QuerySelectorAll("img"), image => Assert.NotEmpty(image.GetAttribute("alt")!));
        Assert.All(page.QuerySelectorAll("button, a"), control => Assert.False(string.IsNullOrWhiteSpace(control.GetAttribute("aria-label") ?? control.GetAttribute("title") ?? control.TextContent)));
        Assert.Equal(page.QuerySelectorAll("[id]").Length, page.QuerySelectorAll("[id]").Select(e => e.Id).Distinct().Count());
    }

    private static void AssertHarmless(IHtmlDocument page)
    {
        Assert.Empty(page.QuerySelectorAll("script:not([src]), style, iframe, object, embed, base, [style]"));
        Assert.DoesNotContain(page.All.SelectMany(e => e.Attributes), a => a.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase));
        Assert.All(page.QuerySelectorAll("[href], [src], [action]").Select(e => e.GetAttribute("href") ?? e.GetAttribute("src") ?? e.GetAttribute("action")!),
            address => Assert.True(address.StartsWith('/') || address.StartsWith('#') || address.StartsWith("data:image/", StringComparison.Ordinal), address));
    }

    private static Task<RunningServer> StartAsync(Predictor? model = null) => RunningServer.StartAsync(new ServerOptions { Models = TestModel.Serve(model ?? TestModel.Emotions) });

    private static async Task<(HttpStatusCode Status, IHtmlDocument Page)> PostAsync(RunningServer server, string file, byte[] bytes)
    {
        using var form = Form(file, bytes);
        using var reply = await server.Client.PostAsync("/", form);
        return (reply.StatusCode, await new HtmlParser().ParseDocumentAsync(await reply.Content.ReadAsStringAsync()));
    }

    // Written by hand, as a browser writes it: HttpClient would quote and encode the names that these tests are about.
    private static MultipartFormDataContent Form(string file, byte[] bytes)
    {
        var part = new ByteArrayContent(bytes);
        part.Headers.TryAddWithoutValidation("Content-Disposition", $"form-data; name=\"image\"; filename=\"{file.Replace("\"", "%22", StringComparison.Ordinal)}\"");
        return new MultipartFormDataContent { part };
    }
}

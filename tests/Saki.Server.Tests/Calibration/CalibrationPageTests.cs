using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Saki.Server.Tests.Calibration;

public sealed class CalibrationPageTests
{
    [Fact]
    public async Task A_zip_becomes_a_version_that_answers_its_browser_alone_after_a_reload_too_and_goes_back_in_one_click()
    {
        await using var server = await CalibrationServer.StartAsync();
        using Person ann = new(server.Address), ben = new(server.Address);
        Assert.Contains("Agree and upload", (await ann.GetAsync("/calibrate")).Body!.TextContent, StringComparison.Ordinal);
        await ann.UploadAsync(CalibrationServer.Zip(("glad/notes.txt", "text"u8.ToArray())));
        var draft = await ann.GetAsync("/calibrate");
        Assert.Contains("1 file was left out: glad/notes.txt", draft.Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal(["8", "8", "8"], draft.QuerySelectorAll("[data-count]").Select(count => count.TextContent));

        Assert.Equal(HttpStatusCode.SeeOther, (await ann.PostAsync("/calibrate/save")).StatusCode);
        var outcome = await ann.UntilAsync("answers you now");
        Assert.Contains("Your own version answers you", outcome.Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains("arm=user", await ann.ServedByAsync(), StringComparison.Ordinal);
        Assert.Contains(server.Version, await ann.ServedByAsync(), StringComparison.Ordinal);
        Assert.Contains("arm=champion", await ben.ServedByAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("Your own version", (await ben.GetAsync("/calibrate")).Body!.TextContent, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.SeeOther, (await ann.PostAsync("/calibrate/back")).StatusCode);
        Assert.Contains("arm=champion", await ann.ServedByAsync(), StringComparison.Ordinal);
        Assert.Contains("Taken back by you", (await ann.GetAsync("/calibrate")).Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await ann.PostAsync("/calibrate/back")).StatusCode);
    }

    [Fact]
    public async Task A_result_that_is_not_better_is_not_taken_and_its_package_does_not_stay()
    {
        await using var server = await CalibrationServer.StartAsync();
        using Person ann = new(server.Address);
        server.Says(after: 3);
        await ann.UploadAsync(CalibrationServer.Zip());
        await ann.PostAsync("/calibrate/save");
        var outcome = await ann.UntilAsync("It was not taken");
        Assert.Contains("at least 1 more right answer on them than before (3 of 8)", outcome.Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains("arm=champion", await ann.ServedByAsync(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Assert.Single(server.Folders), "package")));
    }

    [Fact]
    public async Task Deleting_everything_about_a_person_erases_pictures_package_routing_and_the_job_that_still_runs()
    {
        await using var server = await CalibrationServer.StartAsync();
        using Person ann = new(server.Address), ben = new(server.Address);
        foreach (var person in (Person[])[ann, ben])
        {
            await person.UploadAsync(CalibrationServer.Zip());
            await person.PostAsync("/calibrate/save");
            await person.UntilAsync("answers you now");
        }
        using (server.Hold())
        {
            await ann.UploadAsync(CalibrationServer.Zip());
            await ann.PostAsync("/calibrate/save");
            await ann.UntilAsync("Calibrating");
            var page = await ann.GetAsync("/me?confirm=all");
            Assert.Contains("2 calibrations with 48 pictures", page.Body!.TextContent, StringComparison.Ordinal);
            using var zip = new ZipArchive(new MemoryStream(await ann.BytesAsync("/me/download")));
            Assert.Equal(48, zip.Entries.Count(entry => entry.FullName.StartsWith("calibrations/", StringComparison.Ordinal)));
            Assert.Equal(HttpStatusCode.SeeOther, (await ann.PostAsync("/me/delete", ("sure", "yes"))).StatusCode);
        }
        for (var tries = 0; server.Folders.Count > 1; tries++)
        {
            Assert.True(tries < 300, string.Join(' ', server.Folders)); // a process that still runs is ended first
            await Task.Delay(100);
        }
        Assert.Contains("arm=user", await ben.ServedByAsync(), StringComparison.Ordinal);
        Assert.Contains("arm=champion", await ann.ServedByAsync(), StringComparison.Ordinal);
        var left = JsonNode.Parse(await server.Client.GetStringAsync("/api/calibrations"))!["calibrations"]!.AsArray();
        Assert.Equal("accepted", (string)Assert.Single(left)!["state"]!);
    }

    [Fact]
    public async Task The_first_seeds_route_takes_a_zip_for_a_key_whose_requests_are_then_answered_by_it()
    {
        await using var server = await CalibrationServer.StartAsync();
        using var form = new MultipartFormDataContent { { new ByteArrayContent(CalibrationServer.Zip()), "zipfile", "calibration-data.zip" } };
        using var reply = await server.Client.PostAsync("/model/calibrate?user_id=socket-7", form);
        var said = JsonNode.Parse(await reply.Content.ReadAsStringAsync())!;
        Assert.True((bool)said["success"]!, said.ToJsonString());
        await server.UntilAsync((string)said["id"]!, "accepted");
        Assert.Contains("arm=user", await server.ServedByAsync("socket-7"), StringComparison.Ordinal);
        Assert.Contains("arm=champion", await server.ServedByAsync("socket-8"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hapy/1.png", "is no class")]
    [InlineData("../glad/1.png", "whole archive was refused")]
    public async Task A_zip_that_cannot_be_used_is_told_why_and_nothing_of_it_is_kept(string name, string expected)
    {
        await using var server = await CalibrationServer.StartAsync();
        using Person ann = new(server.Address);
        var page = await ann.UploadAsync(CalibrationServer.Zip((name, CalibrationServer.Face(1))));
        Assert.Contains(expected == "is no class" ? "\"hapy\" (1 file)" : expected, page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.All(server.Folders, folder => Assert.Empty(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)));
    }

    [Fact]
    public async Task A_frame_like_one_that_was_taken_does_not_count_and_too_few_pictures_begin_nothing()
    {
        await using var server = await CalibrationServer.StartAsync();
        using Person ann = new(server.Address), ben = new(server.Address);
        Assert.Equal(HttpStatusCode.Conflict, (await ann.FrameAsync("glad", CalibrationServer.Face(1))).Status); // nothing is kept before the person has agreed
        await ann.PostAsync("/calibrate/begin");
        Assert.Equal((1, null), await CountAsync(ann.FrameAsync("glad", CalibrationServer.Face(1))));
        var same = await CountAsync(ann.FrameAsync("glad", CalibrationServer.Face(1)));
        Assert.Equal(1, same.Count);
        Assert.Contains("Move a little", same.Why, StringComparison.Ordinal);
        Assert.Equal((2, null), await CountAsync(ann.FrameAsync("glad", CalibrationServer.Face(2))));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await ann.FrameAsync("unknown", CalibrationServer.Face(3))).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await ann.PostAsync("/calibrate/save")).StatusCode);

        Assert.Equal(HttpStatusCode.OK, await ann.StatusAsync("/calibrate/pictures/1/0"));
        Assert.Equal(HttpStatusCode.Conflict, await ben.StatusAsync("/calibrate/pictures/1/0")); // of others nothing is seen
        await ann.PostAsync("/calibrate/remove", ("class", "glad"));
        Assert.Equal((1, null), await CountAsync(ann.FrameAsync("glad", CalibrationServer.Face(1))));
        await ann.PostAsync("/calibrate/discard");
        Assert.Empty(server.Folders);
    }

    private static async Task<(int Count, string? Why)> CountAsync(Task<(HttpStatusCode Status, JsonNode Said)> asked)
    {
        var (status, said) = await asked;
        Assert.Equal(HttpStatusCode.OK, status);
        return ((int)said["count"]!, (string?)said["why"]);
    }

    /// <summary>A browser with cookies of its own.</summary>
    private sealed class Person(Uri address) : IDisposable
    {
        private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = address };

        public async Task<IHtmlDocument> GetAsync(string path) => await new HtmlParser().ParseDocumentAsync(await _client.GetStringAsync(path));

        public Task<byte[]> BytesAsync(string path) => _client.GetByteArrayAsync(path);

        public async Task<HttpStatusCode> StatusAsync(string path) => (await _client.GetAsync(path)).StatusCode;

        public Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields) => _client.PostAsync(path, new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))));

        public async Task<IHtmlDocument> UploadAsync(byte[] zip)
        {
            using var form = new MultipartFormDataContent { { new ByteArrayContent(zip), "zipfile", "faces.zip" } };
            using var reply = await _client.PostAsync("/calibrate/zip", form);
            return await new HtmlParser().ParseDocumentAsync(await reply.Content.ReadAsStringAsync());
        }

        public async Task<(HttpStatusCode Status, JsonNode Said)> FrameAsync(string label, byte[] frame)
        {
            using var reply = await _client.PostAsync($"/calibrate/frames?class={label}", new ByteArrayContent(frame));
            return (reply.StatusCode, JsonNode.Parse(await reply.Content.ReadAsStringAsync())!);
        }

        public async Task<string> ServedByAsync()
        {
            using var form = new MultipartFormDataContent { { new ByteArrayContent(CalibrationServer.Face(1)), "image", "face.png" } };
            using var reply = await _client.PostAsync("/", form);
            return reply.Headers.GetValues("Saki-Served-By").Single();
        }

        public async Task<IHtmlDocument> UntilAsync(string words)
        {
            for (var tries = 0; ; tries++)
            {
                var page = await GetAsync("/calibrate");
                if (page.Body!.TextContent.Contains(words, StringComparison.Ordinal)) return page;
                Assert.True(tries < 300, page.Body.TextContent);
                await Task.Delay(100);
            }
        }

        public void Dispose() => _client.Dispose();
    }
}

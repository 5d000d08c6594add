using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Microsoft.Extensions.Logging.Abstractions;
using Saki.Pipelines;
using Saki.Server.Feedback;
using Saki.Server.Jobs;
using Saki.Server.Settings;
using Saki.Server.Tests.Accounts;
using Saki.Server.Tests.Storage;
using Saki.Server.Tests.Tracking;
using Saki.Server.Tracking;
using Saki.Testing;

namespace Saki.Server.Tests.Settings;

/// <summary>What is kept for how long: the numbers that are shown before are those of what goes, and the audit says both.</summary>
public sealed class RetentionTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SettableClock _clock = new() { Now = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero) };
    private TrackingSite _tracking = null!;
    private RetentionSweeper _sweeper = null!;

    private SakiHome Home => new(_folder.Root);

    public async Task InitializeAsync()
    {
        _tracking = await TrackingSite.OpenAsync(Home, _clock);
        var rules = new RetentionRules(_tracking.Database, Home, _tracking.Feedback, _tracking.Garbage, TimeSpan.FromDays(365), _clock);
        _sweeper = new RetentionSweeper(rules, new RetentionFile(Home, TimeSpan.FromDays(365)), _tracking.Database, _clock, NullLogger.Instance);
    }

    public async Task DisposeAsync()
    {
        await _sweeper.DisposeAsync();
        await _tracking.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_the_look_counts_is_what_the_sweep_removes_and_the_rest_stays()
    {
        await KeepAsync("old", TestModel.Face);
        var (log, result) = await EndedJobAsync();
        Write("cache/packages/old/model.onnx", 1000);
        Write("cache/packages/old/SHA256SUMS", 10);
        Write("cache/packages/mixed/a", 5);
        _clock.Now = _clock.Now.AddDays(40);
        await KeepAsync("new", TestModel.OtherFace);
        Write("cache/packages/mixed/b", 5);

        var settings = Days(("feedback", 30), ("job-logs", 30), ("cache", 30), ("deleted-runs", 30), ("webhook-deliveries", 30), ("ask-usage", 30));
        var look = await _sweeper.LookAsync(settings, default);
        Assert.Equal(new RetentionReach(1, TestModel.Face.Length), look["feedback"] with { Bytes = TestModel.Face.Length });
        Assert.Equal((1L, (long?)new FileInfo(log).Length), (look["job-logs"].Items, look["job-logs"].Bytes));
        Assert.Equal(new RetentionReach(2, 1010), look["cache"]);
        Assert.Equal((0L, 0L, 0L), (look["deleted-runs"].Items, look["webhook-deliveries"].Items, look["ask-usage"].Items));
        Assert.True(File.Exists(log)); // a look changes nothing

        await _sweeper.SaveAsync("ann", settings);
        Assert.Equal(4, await _sweeper.SweepAsync("ann", default));
        Assert.Equal(["new"], _tracking.Feedback.Search(new FeedbackSearch()).Select(kept => kept.Id));
        Assert.Equal((false, true), (File.Exists(log), File.Exists(result)));
        Assert.Equal((false, true), (File.Exists(_folder.At("cache/packages/old/model.onnx")), File.Exists(_folder.At("cache/packages/mixed/a"))));
        Assert.Equal(0, await _sweeper.SweepAsync("ann", default));

        var told = _sweeper.Events(20).Select(entry => $"{entry.Who} {entry.Rule}: {entry.What} {entry.Detail}").ToList();
        Assert.Contains("ann feedback: 365 days 30 days", told);
        Assert.Contains("ann job-logs: for good 30 days", told);
        Assert.Contains(told, line => line.StartsWith("ann cache: removed 2 files, 1", StringComparison.Ordinal));
        Assert.Null(_tracking.Audit.Check().Broken);
    }

    [Fact]
    public async Task Where_nobody_said_anything_only_pictures_go_after_the_time_that_people_agreed_to()
    {
        await KeepAsync("old", TestModel.Face);
        var (log, _) = await EndedJobAsync();
        Write("cache/x", 5);
        _clock.Now = _clock.Now.AddDays(366);
        Assert.Equal(1, await _sweeper.SweepAsync("saki", default));
        Assert.Equal((true, true), (File.Exists(log), File.Exists(_folder.At("cache/x"))));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"days":{"feedback":0}}""")]
    [InlineData("""{"days":{"cache":-5}}""")]
    [InlineData("null")]
    public async Task A_file_that_cannot_be_understood_deletes_nothing(string text)
    {
        await KeepAsync("old", TestModel.Face);
        _clock.Now = _clock.Now.AddDays(4000);
        await File.WriteAllTextAsync(_folder.At("retention.json"), text);
        await Assert.ThrowsAsync<SakiException>(() => _sweeper.SweepAsync("saki", default));
        Assert.NotNull(_tracking.Feedback.Find("old"));
    }

    [Fact]
    public async Task The_page_looks_saves_refuses_and_removes()
    {
        await using var server = await MlflowServer.StartAsync();
        var page = await GetAsync(server, "/settings/retention");
        Assert.Equal("365", page.QuerySelector("[name='days.feedback']")!.GetAttribute("value"));
        string[] all = ["job-logs", "deleted-runs", "webhook-deliveries", "cache", "ask-usage"];
        (string, string)[] Fields(string verb, string feedback, string rest) => [("do", verb), ("days.feedback", feedback), .. all.Select(key => ($"days.{key}", rest))];

        var (_, looked) = await PostAsync(server, Fields("look", "10", "7"));
        Assert.Contains("Nothing is saved yet", looked.QuerySelector("[role=status]")!.TextContent, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(server.Home.Root, "retention.json")));
        await PostAsync(server, Fields("save", "10", ""));
        Assert.Equal(10, new RetentionFile(server.Home, TimeSpan.FromDays(365)).FeedbackDays);
        foreach (var (feedback, rest) in ((string, string)[])[("366", "1"), ("", "1"), ("0", "1"), ("ten", "1"), ("5", "99999999")])
        {
            var (status, refused) = await PostAsync(server, Fields("save", feedback, rest));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
            Assert.NotNull(refused.QuerySelector("[role=alert]"));
        }
        var (_, swept) = await PostAsync(server, Fields("sweep", "10", ""));
        Assert.Contains("Nothing is too old", swept.QuerySelector("[role=status]")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("from 365 days to 10 days", swept.QuerySelector("ol.small")!.TextContent, StringComparison.Ordinal);
    }

    [SqliteFact]
    public async Task The_settings_tell_parts_and_storage()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.NewRunAsync();
        var page = await GetAsync(server, "/settings");
        var parts = page.QuerySelectorAll("section[aria-labelledby=parts] tbody th").Select(part => part.TextContent).ToList();
        Assert.Equal(["Saki", "Models", "Tracking", "Jobs"], parts.Take(4));
        Assert.Contains("ONNX Runtime", parts);
        Assert.Contains("SQLite, 1 run", page.QuerySelector("section[aria-labelledby=parts]")!.TextContent, StringComparison.Ordinal);
        var kinds = page.QuerySelectorAll("section[aria-labelledby=storage] tbody th").Select(kind => kind.TextContent).ToList();
        Assert.Contains("Data sets", kinds);
        Assert.Contains("Feedback", kinds);
    }

    private static RetentionSettings Days(params (string Rule, int? Days)[] days) => new() { Days = days.ToDictionary(one => one.Rule, one => one.Days) };

    private void Write(string path, int bytes)
    {
        var file = _folder.At(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, new byte[bytes]);
        File.SetLastWriteTimeUtc(file, _clock.Now.UtcDateTime);
    }

    private async Task KeepAsync(string id, byte[] picture)
    {
        await _tracking.Feedback.AgreeAsync("browser:a", ConsentExtent.All);
        await _tracking.Feedback.KeepAsync(new StoredPrediction
        {
            Id = id,
            Person = "browser:a",
            Time = _clock.Now.ToUnixTimeMilliseconds(),
            Picture = "",
            MediaType = "image/png",
            Width = 64,
            Height = 64,
            Bytes = picture.Length,
            Source = "upload",
            Model = "m",
            Version = "1",
            Pipeline = "p",
            Class = "happy",
            Probability = 0.9,
            Top = [new ClassProbability("happy", 0.9f)],
        }, picture);
    }

    private async Task<(string Log, string Result)> EndedJobAsync()
    {
        var store = new JobStore(_tracking.Database, _clock);
        var id = await store.SubmitAsync(new NewJob("nap", "Nap", "ann", "page", new Dictionary<string, Saki.Jobs.JobValue>(), new Saki.Jobs.JobPlan { Command = ["true"] }, "local", 0));
        await _tracking.Database.WriteAsync(session => session.Execute("UPDATE jobs SET state = 'succeeded', attempt = 1, ended = @now WHERE id = @id", new { now = _clock.Now.ToUnixTimeMilliseconds(), id }));
        Write($"jobs/{id}/1/log", 123);
        Write($"jobs/{id}/1/result.json", 2);
        return (_folder.At($"jobs/{id}/1/log"), _folder.At($"jobs/{id}/1/result.json"));
    }

    private static async Task<IHtmlDocument> GetAsync(MlflowServer server, string path) => await new HtmlParser().ParseDocumentAsync(await server.Client.GetStringAsync(path));

    private static async Task<(HttpStatusCode, IHtmlDocument)> PostAsync(MlflowServer server, (string Name, string Value)[] fields)
    {
        using var reply = await server.Client.PostAsync("/settings/retention", new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))));
        return (reply.StatusCode, await new HtmlParser().ParseDocumentAsync(await reply.Content.ReadAsStringAsync()));
    }
}

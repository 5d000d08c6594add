using System.Globalization;
using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Saki.Calibration;
using Saki.Server.Accounts;
using Saki.Server.Calibration;
using Saki.Server.Feedback;
using Saki.Server.Http;
using Saki.Server.Layout;
using Saki.Server.Settings;
using Saki.Server.Try;

namespace Saki.Server.Me;

/// <summary><c>/me</c>: a person sees, downloads and deletes everything that is kept about them. Each route shows and changes the caller's own things only.</summary>
internal sealed class MeApi(FeedbackStore store, RecentAnswers recent, KeptCalibrations calibrated, ServerOptions options)
{
    private const int OnePage = 60;

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/me", Show).DemandUnlessPublic(Scope.Infer);
        app.MapGet("/me/pictures/{id}", Picture).DemandUnlessPublic(Scope.Infer);
        app.MapGet("/me/download", DownloadAsync).DemandUnlessPublic(Scope.Infer);
        app.MapPost("/me/consent", (Delegate)ConsentAsync).DemandUnlessPublic(Scope.Infer);
        app.MapPost("/me/pictures/{id}/delete", DeleteOneAsync).DemandUnlessPublic(Scope.Infer);
        app.MapPost("/me/delete", (Delegate)DeleteAllAsync).DemandUnlessPublic(Scope.Infer);
    }

    private Html<MePage> Show(HttpContext context) => new(View(context, Person.Of(context)) with { Confirm = context.Request.Query["confirm"] == "all", Done = Words(context.Request.Query["done"]) });

    private MeView View(HttpContext context, string? person)
    {
        var view = new MeView { User = context.Caller()?.User, Known = person is not null, Days = new RetentionFile(options.Home!, options.KeepFeedback).FeedbackDays };
        if (person is null) return view;
        var consent = store.ConsentOf(person);
        var (pictures, bytes) = store.Of(person);
        var page = store.Search(new FeedbackSearch { Person = person, Most = OnePage + 1, After = After(context.Request.Query["after"]) });
        var own = calibrated.Calibrations?.List(person) ?? [];
        return view with
        {
            Calibrations = own.Count,
            CalibrationPictures = own.Sum(one => calibrated.Calibrations!.Folder(one.Id).All().Count()),
            Agreed = consent?.Extent.ToString().ToLowerInvariant(),
            AgreedAt = consent?.Given ?? 0,
            Pictures = pictures,
            Bytes = bytes,
            Shown = [.. page.Take(OnePage).Select(kept =>
                new KeptPicture(kept.Id, kept.Time, kept.Model, kept.Version, kept.Class, kept.Probability, kept.Verdict, kept.Label, kept.Width <= 128 && kept.Height <= 128))],
            Next = page.Count > OnePage ? string.Create(CultureInfo.InvariantCulture, $"/me?after={page[OnePage - 1].Time}.{page[OnePage - 1].Id}") : null,
        };
    }

    private IResult Picture(HttpContext context, string id)
    {
        if (Own(context, id) is not { } kept || store.ReadPicture(kept.Picture) is not { } bytes) return Results.NotFound();
        // What people sent is only ever drawn: never a page of ours, whatever its bytes say.
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        return Results.Bytes(bytes, kept.MediaType);
    }

    private async Task<IResult> ConsentAsync(HttpContext context)
    {
        var extent = (await FormAsync(context))["extent"].ToString();
        switch (extent)
        {
            case "none" when Person.Of(context) is { } known: await store.RevokeAsync(known); break;
            case "commented": await store.AgreeAsync(Person.Know(context), ConsentExtent.Commented); break;
            case "all": await store.AgreeAsync(Person.Know(context), ConsentExtent.All); break;
            default: break;
        }
        return Back("consent");
    }

    private async Task<IResult> DeleteOneAsync(HttpContext context, string id)
    {
        var gone = Person.Of(context) is { } person && await store.Erasure.EraseAsync(person, id);
        return gone ? Back("one") : Results.NotFound();
    }

    private async Task<IResult> DeleteAllAsync(HttpContext context)
    {
        if ((await FormAsync(context))["sure"] != "yes") return new SeeOther("/me?confirm=all");
        if (Person.Of(context) is { } person)
        {
            await store.Erasure.EraseAsync(person);
            recent.Forget(person);
            Person.Forget(context);
        }
        return Back("all");
    }

    private async Task DownloadAsync(HttpContext context)
    {
        if (Person.Of(context) is not { } person) throw new RequestException(StatusCodes.Status404NotFound, "Downloading your data", "a person about whom something is kept", "nobody who is known here");
        // The zip's own headers are written synchronously, a few bytes each, whatever is awaited around them.
        context.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
        context.Response.ContentType = "application/zip";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"saki-my-data.zip\"";
        await using var zip = await ZipArchive.CreateAsync(context.Response.Body, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, context.RequestAborted);
        var records = new List<MyRecord>();
        (long, string)? after = null;
        while (store.Search(new FeedbackSearch { Person = person, After = after, Most = 100 }) is { Count: > 0 } page)
        {
            foreach (var kept in page)
            {
                var file = $"pictures/{kept.Id}.{(kept.MediaType == "image/jpeg" ? "jpg" : "png")}";
                if (store.ReadPicture(kept.Picture) is { } bytes) await WriteAsync(zip, file, bytes, context.RequestAborted);
                records.Add(MyRecord.Of(kept, file, store.History(kept.Id)));
            }
            after = (page[^1].Time, page[^1].Id);
        }
        var calibrations = calibrated.Calibrations?.List(person) ?? [];
        foreach (var one in calibrations)
        {
            var folder = calibrated.Calibrations!.Folder(one.Id);
            foreach (var (label, number) in folder.All())
                if (folder.Read(label, number) is { } bytes) await WriteAsync(zip, FormattableString.Invariant($"calibrations/{one.Id}/{label}/{number:d4}.{(bytes is [0xFF, 0xD8, ..] ? "jpg" : "png")}"), bytes, context.RequestAborted);
        }
        await WriteAsync(zip, "calibrations.json", JsonSerializer.SerializeToUtf8Bytes(new CalibrationList(calibrations), CalibrationJson.Default.CalibrationList), context.RequestAborted);
        var data = new MyData(store.ConsentOf(person) is { } consent ? new MyConsent(consent.Extent.ToString().ToLowerInvariant(), DateTimeOffset.FromUnixTimeMilliseconds(consent.Given)) : null, records);
        await WriteAsync(zip, "data.json", JsonSerializer.SerializeToUtf8Bytes(data, MyDataJson.Readable.MyData), context.RequestAborted);
    }

    private static async Task WriteAsync(ZipArchive zip, string name, byte[] bytes, CancellationToken cancellation)
    {
        await using var entry = await zip.CreateEntry(name, CompressionLevel.Fastest).OpenAsync(cancellation);
        await entry.WriteAsync(bytes, cancellation);
    }

    // The same answer for what is not there and for what is somebody else's.
    private StoredPrediction? Own(HttpContext context, string id) => Person.Of(context) is { } person && store.Find(id) is { } kept && kept.Person == person ? kept : null;

    private static async Task<IFormCollection> FormAsync(HttpContext context) => context.Request.HasFormContentType
        ? await context.Request.ReadFormAsync(context.RequestAborted)
        : throw new RequestException(StatusCodes.Status415UnsupportedMediaType, "Reading the request", "the form of the page", "another content type");

    private static (long, string)? After(string? text) =>
        text?.Split('.', 2) is [var time, var id] && long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) ? (milliseconds, id) : null;

    private static SeeOther Back(string done) => new($"/me?done={done}");

    private static string? Words(string? done) => done switch
    {
        "all" => "Everything about you is deleted.",
        "one" => "The picture is deleted.",
        "consent" => "Noted.",
        _ => null,
    };
}

/// <summary>What <c>data.json</c> of the download holds.</summary>
internal sealed record MyData([property: JsonPropertyName("consent")] MyConsent? Consent, [property: JsonPropertyName("answers")] IReadOnlyList<MyRecord> Answers);

internal sealed record MyConsent([property: JsonPropertyName("extent")] string Extent, [property: JsonPropertyName("given")] DateTimeOffset Given);

internal sealed record MyRecord
{
    [JsonPropertyName("id")] public required string Id { get; init; }
    [JsonPropertyName("picture")] public required string Picture { get; init; }
    [JsonPropertyName("time")] public required DateTimeOffset Time { get; init; }
    [JsonPropertyName("model")] public required string Model { get; init; }
    [JsonPropertyName("version")] public required string Version { get; init; }
    [JsonPropertyName("class")] public required string Class { get; init; }
    [JsonPropertyName("probability")] public required double Probability { get; init; }
    [JsonPropertyName("said")] public required IReadOnlyList<string> Said { get; init; }

    public static MyRecord Of(StoredPrediction kept, string file, IReadOnlyList<GivenLabel> history) => new()
    {
        Id = kept.Id,
        Picture = file,
        Time = DateTimeOffset.FromUnixTimeMilliseconds(kept.Time),
        Model = kept.Model,
        Version = kept.Version,
        Class = kept.Class,
        Probability = kept.Probability,
        Said = [.. history.Select(word => word.Verdict == Verdict.Other ? "none of the classes" : word.Label)],
    };
}

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(MyData))]
internal sealed partial class MyDataJson : JsonSerializerContext
{
    /// <summary>The file is read by people and programs, never shown as HTML.</summary>
    public static MyDataJson Readable { get; } = new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true });
}

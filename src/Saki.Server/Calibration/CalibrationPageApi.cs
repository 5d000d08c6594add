using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Pipelines;
using Saki.Server.Accounts;
using Saki.Server.Feedback;
using Saki.Server.Http;
using Saki.Server.Layout;
using Saki.Server.Try;
using Saki.Vision;

namespace Saki.Server.Calibration;

/// <summary><c>/calibrate</c>: a person fits the model to their own pictures. Each route shows and changes the caller's own things only.</summary>
internal sealed class CalibrationPageApi(Calibrations calibrations)
{
    private const int MostFrameBytes = 4_000_000;

    public void Map(IEndpointRouteBuilder app)
    {
        var page = app.MapGroup("/calibrate");
        page.MapGet("", (Delegate)Show).DemandUnlessPublic(Scope.Infer);
        page.MapPost("/frames", (Delegate)FrameAsync).DemandUnlessPublic(Scope.Infer);
        page.MapGet("/pictures/{index:int}/{number:int}", Picture).DemandUnlessPublic(Scope.Infer);
        Form(page, "/begin", null, context => calibrations.BeginAsync(Person.Know(context), null));
        Form(page, "/zip", "zip", UploadAsync);
        Form(page, "/remove", "removed", RemoveAsync);
        Form(page, "/save", "saved", context => calibrations.SubmitAsync(Draft(context), context.RequestAborted));
        Form(page, "/discard", "discarded", context => calibrations.EraseAsync(Draft(context).Person, Draft(context).Id));
        Form(page, "/cancel", "cancelled", context => calibrations.CancelAsync(Known(context)));
        Form(page, "/back", "back", context => calibrations.BackAsync(Known(context)));
        Form(page, "/erase", "erased", context => calibrations.EraseAsync(Known(context)));
    }

    private void Form(RouteGroupBuilder page, string route, string? done, Func<HttpContext, Task> work) =>
        page.MapPost(route, (Delegate)((HttpContext context) => DoAsync(context, work, done))).DemandUnlessPublic(Scope.Infer);

    private Html<CalibrationPage> Show(HttpContext context) => new Html<CalibrationPage>(View(context) with { Done = Words(context.Request.Query["done"]) });

    private CalibrationPageView View(HttpContext context)
    {
        var person = Person.Of(context);
        var own = person is null ? [] : calibrations.List(person);
        var view = new CalibrationPageView
        {
            Running = own.FirstOrDefault(one => one.State == CalibrationState.Running),
            Last = own.FirstOrDefault(one => one.State is CalibrationState.Accepted or CalibrationState.Refused or CalibrationState.Failed or CalibrationState.Back),
            Answering = own.FirstOrDefault(one => one.Answers),
            HasOlder = own.Count(one => one.State == CalibrationState.Accepted) > 1,
            Kept = own.Count > 0,
        };
        CalibratedModel model;
        try
        {
            model = calibrations.Model();
        }
        catch (SakiException cannot)
        {
            return view with { Problem = cannot.Message };
        }
        view = view with { Model = model.Name, Version = model.Version, Faces = model.Package.Pipeline.Faces != FaceMode.None, LeastPictures = model.LeastPictures, Policy = model.Policy };
        if (own.FirstOrDefault(one => one.State == CalibrationState.Draft && one.Model == model.Name) is not { } draft) return view;
        var folder = calibrations.Folder(draft.Id);
        return view with { Told = draft.Text, Draft = [.. model.Labels.Select((label, index) => new ClassPictures(index, label, folder.Of(label)))] };
    }

    private async Task UploadAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType) throw new RequestException(415, "Reading the request", "the form of the page", "another content type");
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (form.Files.GetFile("zipfile") is not { Length: > 0 } zip) throw new RequestException(400, "Reading the request", "a zip file", "none", "Choose one.");
        var draft = await calibrations.BeginAsync(Person.Know(context), null);
        await calibrations.UploadAsync(draft, zip, context.RequestAborted);
    }

    // One frame of the guided capture; the answer says whether it counts.
    private async Task<IResult> FrameAsync(HttpContext context)
    {
        var label = context.Request.Query["class"].ToString();
        if (context.Request.ContentLength is not (> 0 and <= MostFrameBytes)) throw new RequestException(413, "Keeping a picture", $"a picture of at most {MostFrameBytes / 1_000_000} MB", "none, or a larger one");
        var frame = new byte[context.Request.ContentLength.Value];
        await context.Request.Body.ReadExactlyAsync(frame, context.RequestAborted);
        var (count, why) = await calibrations.AddAsync(Draft(context), label, frame);
        return Results.Json(new FrameReply(count, Calibrations.Wanted, why), FrameJson.Default.FrameReply);
    }

    private IResult Picture(HttpContext context, int index, int number)
    {
        var draft = Draft(context);
        var labels = calibrations.Model(draft.Model).Labels;
        if (index >= labels.Count || calibrations.Folder(draft.Id).Read(labels[index], number) is not { } bytes) return Results.NotFound();
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        context.Response.Headers.CacheControl = "private, no-store";
        return Results.Bytes(bytes, BrowserPicture.TypeOf(ImageHeader.Read(bytes).Format) ?? "application/octet-stream");
    }

    private async Task RemoveAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        int? number = int.TryParse(form["number"], NumberStyles.None, CultureInfo.InvariantCulture, out var one) ? one : null;
        await calibrations.RemoveAsync(Draft(context), form["class"].ToString(), number);
    }

    private async Task<IResult> DoAsync(HttpContext context, Func<HttpContext, Task> work, string? done)
    {
        try
        {
            await work(context);
            return new SeeOther(done is null ? "/calibrate" : $"/calibrate?done={done}");
        }
        catch (SakiException refusal)
        {
            return new Html<CalibrationPage>(View(context) with { Error = refusal.Message }, refusal is RequestException request ? request.Status : StatusCodes.Status422UnprocessableEntity);
        }
    }

    private CalibrationRow Draft(HttpContext context) => Person.Of(context) is { } person && calibrations.DraftOf(person) is { } draft ? draft
        : throw new RequestException(409, "Keeping a picture", "a calibration that you have begun", "none", "Begin on the page /calibrate.");

    private static string Known(HttpContext context) => Person.Of(context) ?? throw new RequestException(409, "Calibrating", "a person who is known here", "nobody", "Sign in, or begin on the page /calibrate.");

    private static string? Words(string? done) => done switch
    {
        "saved" => "Your calibration waits for its turn. You may leave this page.",
        "zip" => "The pictures are in. Look at them, then calibrate.",
        "removed" => "Removed.",
        "discarded" => "The pictures are deleted.",
        "cancelled" => "Cancelled.",
        "back" => "Done: what answered you before answers you again.",
        "erased" => "Your pictures and versions are deleted.",
        _ => null,
    };
}

/// <summary>What became of a frame.</summary>
/// <param name="Count">Pictures of the class now.</param>
/// <param name="Wanted">How many the capture takes.</param>
/// <param name="Why">Why it was not taken; null when it was.</param>
internal sealed record FrameReply(int Count, int Wanted, string? Why);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FrameReply))]
internal sealed partial class FrameJson : JsonSerializerContext;

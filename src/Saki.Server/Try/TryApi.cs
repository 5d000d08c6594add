using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Saki.Inference.Serving;
using Saki.Server.Accounts;
using Saki.Server.Http;
using Saki.Server.Layout;
using Saki.Server.Serving;
using Saki.Vision;

namespace Saki.Server.Try;

/// <summary><c>/</c>: the page where a person gives a picture and sees the answer. A plain form post is answered with the whole page, its script with the parts that change.</summary>
internal static class TryApi
{
    /// <summary>Bars on the page.</summary>
    private const int Top = 10;

    public static void MapTry(this WebApplication app)
    {
        app.MapGet("/", GetAsync).DemandUnlessPublic(Scope.Infer);
        app.MapPost("/", PostAsync).DemandUnlessPublic(Scope.Infer);
        app.MapGet("/try/samples/{name}.png", GetSample).DemandUnlessPublic(Scope.Infer);
    }

    private static async Task<IResult> GetAsync(HttpContext context, ServerOptions options, Admission admission, string? sample)
    {
        var view = View(context, options);
        if (sample is null || view.Model is null) return new Html<TryPage>(view);
        return await AnswerAsync<TryPage>(context, options, view, async () =>
        {
            var picture = view.Samples.FirstOrDefault(s => s.Name == sample) is { } known ? Samples.Picture(known.Name) : null;
            if (picture is null) throw NoSample(view);
            using var ticket = admission.Enter(0);
            return await AskAsync(context, options, new UploadedImage($"{sample}.png", picture), view, sample, inline: false);
        });
    }

    private static async Task<IResult> PostAsync(HttpContext context, ServerOptions options, Admission admission)
    {
        var scripted = context.Request.Headers.ContainsKey("Saki-Fragment");
        var view = View(context, options);
        Task<TryView> Ask() => ReadAndAskAsync(context, options, admission, view, scripted);
        return scripted ? await AnswerAsync<TryFragment>(context, options, view, Ask) : await AnswerAsync<TryPage>(context, options, view, Ask);
    }

    private static async Task<TryView> ReadAndAskAsync(HttpContext context, ServerOptions options, Admission admission, TryView view, bool scripted)
    {
        if (view.Model is null) throw PredictApi.NoModel();
        using var ticket = admission.Enter(context.Request.ContentLength);
        var upload = await Upload.ReadAsync(context.Request, options, context.RequestAborted);
        if (upload.Images.Count > 1)
        {
            throw new RequestException(StatusCodes.Status400BadRequest, "Reading the request", "one picture", $"{upload.Images.Count}", "Give them one after the other, or send them together to /predict_image.");
        }
        return await AskAsync(context, options, upload.Images[0], view, sample: null, inline: !scripted);
    }

    private static async Task<TryView> AskAsync(HttpContext context, ServerOptions options, UploadedImage image, TryView view, string? sample, bool inline)
    {
        using var lease = PictureModel.Lease(options, ServedBy.UserOf(context));
        ServedBy.Tell(context, lease);
        var answer = await lease.PredictAsync(image.Bytes, image.File, Top, new CallOptions(options.Patience, 0, context.RequestAborted));
        var header = ImageHeader.Read(image.Bytes.Span);
        var type = BrowserPicture.TypeOf(header.Format);
        var source = sample is not null ? new Sample(sample, sample).Source : inline && type is not null ? BrowserPicture.DataUrl(type, image.Bytes.Span) : null;
        return view with { Answer = answer, Picture = new ShownPicture(source, image.File, header.UprightWidth, header.UprightHeight, image.Bytes.Length, type is not null, sample) };
    }

    private static async Task<IResult> AnswerAsync<TComponent>(HttpContext context, ServerOptions options, TryView view, Func<Task<TryView>> ask) where TComponent : Microsoft.AspNetCore.Components.IComponent
    {
        try
        {
            return new Html<TComponent>(await ask());
        }
        catch (Exception failure) when (failure is not OperationCanceledException && ErrorReplies.Explain(failure, options) is not null)
        {
            var known = ErrorReplies.Explain(failure, options)!;
            ErrorReplies.TellWhen(context, known);
            return new Html<TComponent>(view with { Error = ErrorBody.Of(known) }, ErrorReplies.StatusOf(known));
        }
    }

    private static IResult GetSample(HttpContext context, string name)
    {
        if (Samples.Picture(name) is not { } picture) return Results.NotFound();
        context.Response.Headers.CacheControl = "public, max-age=3600";
        return Results.Bytes(picture, "image/png");
    }

    private static TryView View(HttpContext context, ServerOptions options)
    {
        using var lease = PictureModel.TryLease(options);
        var predictor = lease?.Model.Predictor;
        return new TryView
        {
            Model = predictor is null ? null : new ShownModel(predictor.Model, predictor.Version, predictor.Pipeline.Labels, predictor.Pipeline.Faces),
            Samples = predictor is null ? [] : Samples.For(predictor.Pipeline.Labels),
            Route = $"{context.Request.Scheme}://{context.Request.Host}/predict_image",
            MaxImageBytes = options.MaxImageBytes,
        };
    }

    private static RequestException NoSample(TryView view) => new(StatusCodes.Status404NotFound, "Opening a sample",
        view.Samples.Count == 0 ? "a picture of your own, since none are drawn for this model" : $"one of {string.Join(", ", view.Samples.Select(s => s.Name))}", "another name", "Choose a picture.");
}

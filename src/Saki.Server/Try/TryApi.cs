using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Saki.Server.Accounts;
using Saki.Server.Calibration;
using Saki.Server.Feedback;
using Saki.Server.Http;
using Saki.Server.Layout;
using Saki.Server.Serving;
using Saki.Vision;

namespace Saki.Server.Try;

/// <summary><c>/</c>: the page where a person gives pictures and sees the answers. A plain form post is answered with the whole page, its script with the parts that change.</summary>
internal static class TryApi
{
    public static void MapTry(this WebApplication app)
    {
        app.MapGet("/", GetAsync).DemandUnlessPublic(Scope.Infer);
        app.MapPost("/", PostAsync).DemandUnlessPublic(Scope.Infer);
        app.MapGet("/try/samples/{name}.png", GetSample).DemandUnlessPublic(Scope.Infer);
        app.MapWhy();
        app.MapFeedback();
    }

    /// <summary>True for requests of the page's own script, which puts parts in place.</summary>
    public static bool IsScripted(HttpContext context) => context.Request.Headers.ContainsKey("Saki-Fragment");

    /// <summary>The page with a reply or with why there is none.</summary>
    public static async Task<IResult> AnswerAsync<TComponent>(HttpContext context, ServerOptions options, TryView view, Func<Task<TryView>> ask) where TComponent : IComponent
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

    /// <summary>The page before anything was asked.</summary>
    public static TryView View(HttpContext context, ServerOptions options)
    {
        using var lease = PictureModel.TryLease(options);
        var predictor = lease?.Model.Predictor;
        return new TryView
        {
            Model = predictor is null ? null : new ShownModel(predictor.Model, predictor.Version, predictor.Pipeline.Labels, predictor.Pipeline.Faces, predictor.Pipeline.Reject?.As),
            Samples = predictor is null ? [] : Samples.For(predictor.Pipeline.Labels),
            Route = $"{context.Request.Scheme}://{context.Request.Host}/predict_image",
            MaxImageBytes = options.MaxImageBytes,
            MaxImages = options.MaxImages,
            CanCalibrate = context.RequestServices.GetRequiredService<KeptCalibrations>().Calibrations is not null,
        };
    }

    /// <summary>The page with an answer on it.</summary>
    /// <param name="view">The page before.</param>
    /// <param name="asked">The answer.</param>
    /// <param name="inline">True: the picture is carried in the page; false: the page's script has it.</param>
    /// <param name="canKeep">True where feedback can be kept.</param>
    public static TryView With(TryView view, RecentAnswer asked, bool inline, bool canKeep) => view with
    {
        Answer = asked.Answer,
        Beside = asked.Beside,
        Picture = Shown(asked, inline),
        Feedback = canKeep ? FeedbackOf(asked) : null,
    };

    /// <summary>The question whether an answer is right.</summary>
    public static FeedbackView FeedbackOf(RecentAnswer asked) =>
        new(asked.Answer.Id, asked.Answer.Class, asked.Labels) { Faces = asked.Answer.Faces is { Count: > 1 } faces ? faces : [] };

    private static async Task<IResult> GetAsync(HttpContext context, ServerOptions options, Admission admission, PictureQuestion question, KeptFeedback kept, string? sample)
    {
        var view = View(context, options);
        if (sample is null || view.Model is null) return new Html<TryPage>(view);
        return await AnswerAsync<TryPage>(context, options, view, async () =>
        {
            var picture = view.Samples.FirstOrDefault(s => s.Name == sample) is { } known ? Samples.Picture(known.Name) : null;
            if (picture is null) throw NoSample(view);
            using var ticket = admission.Enter(0);
            var (asked, hints) = await question.AskAsync(context, new UploadedImage($"{sample}.png", picture), "sample");
            return With(view, asked, inline: false, kept.Store is not null) with { Hints = hints };
        });
    }

    private static async Task<IResult> PostAsync(HttpContext context, ServerOptions options, Admission admission, PictureQuestion question, KeptFeedback kept)
    {
        var view = View(context, options);
        Task<TryView> Ask() => ReadAndAskAsync(context, options, admission, question, view, kept.Store is not null);
        return IsScripted(context) ? await AnswerAsync<TryFragment>(context, options, view, Ask) : await AnswerAsync<TryPage>(context, options, view, Ask);
    }

    private static async Task<TryView> ReadAndAskAsync(HttpContext context, ServerOptions options, Admission admission, PictureQuestion question, TryView view, bool canKeep)
    {
        if (view.Model is null) throw PredictApi.NoModel();
        using var ticket = admission.Enter(context.Request.ContentLength);
        var upload = await Upload.ReadAsync(context.Request, options, context.RequestAborted);
        if (upload.Images.Count == 1)
        {
            // The page's script says when a picture is a snapshot of the live camera.
            var (asked, hints) = await question.AskAsync(context, upload.Images[0], context.Request.Headers["Saki-Source"] == "camera" ? "camera" : "upload");
            return With(view, asked, inline: !IsScripted(context), canKeep) with { Hints = hints };
        }
        var all = await Task.WhenAll(upload.Images.Select(image => AskOneOfManyAsync(context, options, question, image)));
        var first = all.FirstOrDefault(one => one.Asked is not null).Asked;
        var shown = all.Select(one => one.Shown).ToList();
        return first is null ? view with { All = shown, Error = shown[0].Error } : With(view, first, inline: true, canKeep) with { All = shown };
    }

    // One that cannot be read does not spoil the others.
    private static async Task<(ShownAnswer Shown, RecentAnswer? Asked)> AskOneOfManyAsync(HttpContext context, ServerOptions options, PictureQuestion question, UploadedImage image)
    {
        try
        {
            var (asked, _) = await question.AskAsync(context, image, "upload");
            return (new ShownAnswer(Shown(asked, inline: true), asked.Answer, image.File, null), asked);
        }
        catch (Exception failure) when (failure is not OperationCanceledException && ErrorReplies.Explain(failure, options) is { } known)
        {
            return (new ShownAnswer(null, null, image.File, ErrorBody.Of(known)), null);
        }
    }

    private static ShownPicture Shown(RecentAnswer asked, bool inline)
    {
        var header = ImageHeader.Read(asked.Bytes.Span);
        var type = BrowserPicture.TypeOf(header.Format);
        var sample = asked.Source == "sample" ? Path.GetFileNameWithoutExtension(asked.Answer.File) : null;
        var source = sample is not null ? new Sample(sample, sample).Source : inline && type is not null ? BrowserPicture.DataUrl(type, asked.Bytes.Span) : null;
        return new ShownPicture(source, asked.Answer.File, header.UprightWidth, header.UprightHeight, asked.Bytes.Length, type is not null, sample);
    }

    private static IResult GetSample(HttpContext context, string name)
    {
        if (Samples.Picture(name) is not { } picture) return Results.NotFound();
        context.Response.Headers.CacheControl = "public, max-age=3600";
        return Results.Bytes(picture, "image/png");
    }

    private static RequestException NoSample(TryView view) => new(StatusCodes.Status404NotFound, "Opening a sample",
        view.Samples.Count == 0 ? "a picture of your own, since none are drawn for this model" : $"one of {string.Join(", ", view.Samples.Select(s => s.Name))}", "another name", "Choose a picture.");
}

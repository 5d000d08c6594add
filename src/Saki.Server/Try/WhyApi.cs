using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Inference.Explaining;
using Saki.Inference.Serving;
using Saki.Server.Accounts;
using Saki.Server.Feedback;
using Saki.Server.Http;
using Saki.Server.Serving;
using Saki.Vision;

namespace Saki.Server.Try;

/// <summary><c>POST /try/why</c>: which parts of a picture an answer hangs on, for an answer that is still at hand.</summary>
internal static class WhyApi
{
    public static void MapWhy(this IEndpointRouteBuilder app) => app.MapPost("/try/why", PostAsync).DemandUnlessPublic(Scope.Infer);

    /// <summary>The answer is too old, or was never given to this person.</summary>
    public static RequestException Gone() => new(StatusCodes.Status404NotFound, "Looking the answer up", $"one of the last {RecentAnswers.Kept.TotalMinutes:0} minutes",
        "one that is not at hand any more", "Ask about the picture again.");

    /// <summary>The answer that a form names.</summary>
    public static async Task<(RecentAnswer Asked, IFormCollection Form)> FindAsync(HttpContext context, RecentAnswers recent)
    {
        if (!context.Request.HasFormContentType) throw new RequestException(StatusCodes.Status415UnsupportedMediaType, "Reading the request", "the form of the page", "another content type");
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        return recent.TryFind(context, form["prediction"].ToString(), out var asked) ? (asked, form) : throw Gone();
    }

    private static async Task<IResult> PostAsync(HttpContext context, ServerOptions options, Admission admission, RecentAnswers recent, KeptFeedback kept)
    {
        var view = TryApi.View(context, options);
        async Task<TryView> Explain()
        {
            var (asked, _) = await FindAsync(context, recent);
            using var ticket = admission.Enter(0);
            return TryApi.With(view, asked, inline: true, kept.Store is not null) with { Why = await ExplainAsync(context, options, asked) };
        }
        return TryApi.IsScripted(context) ? await TryApi.AnswerAsync<WhyMap>(context, options, view, Explain) : await TryApi.AnswerAsync<TryPage>(context, options, view, Explain);
    }

    private static async Task<ShownWhy> ExplainAsync(HttpContext context, ServerOptions options, RecentAnswer asked)
    {
        var answer = asked.Answer;
        using var lease = options.Models?.Lease(answer.Model, answer.Version) ?? throw PredictApi.NoModel();
        var face = answer.Faces is [var first, ..] ? first : null;
        Box? box = face is null ? null : new Box(face.Box[0], face.Box[1], face.Box[2], face.Box[3]);
        // The best class, also where the answer was "none of them".
        var map = await OcclusionMap.MakeAsync(lease.Model, asked.Bytes, answer.Top[0].Class, box, new CallOptions(options.Patience, 1, context.RequestAborted));
        var header = ImageHeader.Read(asked.Bytes.Span);
        return new ShownWhy(map, face?.Box ?? [0, 0, header.UprightWidth, header.UprightHeight]);
    }
}

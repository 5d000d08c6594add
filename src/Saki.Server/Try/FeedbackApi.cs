using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Feedback;
using Saki.Server.Http;
using Saki.Server.Layout;

namespace Saki.Server.Try;

/// <summary>
/// <c>POST /feedback</c>: a person says of an answer that it is right, or what the picture shows. Nothing is kept before the person has agreed to it; who has not is asked in the reply, and
/// may say no.
/// </summary>
internal static class FeedbackApi
{
    public static void MapFeedback(this IEndpointRouteBuilder app)
    {
        app.MapPost("/feedback", SayAsync).DemandUnlessPublic(Scope.Infer);
        app.MapPost("/feedback/undo", UndoAsync).DemandUnlessPublic(Scope.Infer);
    }

    private static Task<IResult> SayAsync(HttpContext context, ServerOptions options, RecentAnswers recent, KeptFeedback kept, TimeProvider time) =>
        ReplyAsync(context, options, recent, kept, async (store, asked, form, view) =>
        {
            var said = Read(asked, form, view);
            var person = Person.Of(context);
            if (person is null || store.ConsentOf(person) is null)
            {
                if (form["agree"].ToString() is not { Length: > 0 } agree) return said with { Step = FeedbackStep.Consent };
                if (agree == "no") return said with { Step = FeedbackStep.Nothing };
                person = Person.Know(context);
                await store.AgreeAsync(person, agree == "all" ? ConsentExtent.All : ConsentExtent.Commented);
            }
            var (prediction, picture) = PictureQuestion.Stored(asked, said.Face, person, time.GetUtcNow());
            await store.KeepAsync(prediction, picture);
            await store.LabelAsync(prediction.Id, person, said.Verdict, said.Label);
            return said with { Step = FeedbackStep.Kept };
        });

    private static Task<IResult> UndoAsync(HttpContext context, ServerOptions options, RecentAnswers recent, KeptFeedback kept) =>
        ReplyAsync(context, options, recent, kept, async (store, asked, form, view) =>
        {
            var face = FaceOf(asked, form);
            if (Person.Of(context) is { } person) await store.Erasure.EraseAsync(person, PictureQuestion.IdOf(asked.Answer, face));
            return view with { Face = face };
        });

    private static async Task<IResult> ReplyAsync(HttpContext context, ServerOptions options, RecentAnswers recent, KeptFeedback kept,
        Func<FeedbackStore, RecentAnswer, IFormCollection, FeedbackView, Task<FeedbackView>> answer)
    {
        if (kept.Store is not { } store) throw new RequestException(StatusCodes.Status404NotFound, "Noting what you said", "a server with a home folder", "one without, which keeps nothing");
        var view = TryApi.View(context, options);
        async Task<TryView> Say()
        {
            var (asked, form) = await WhyApi.FindAsync(context, recent);
            return TryApi.With(view, asked, inline: true, canKeep: true) with { Feedback = await answer(store, asked, form, TryApi.FeedbackOf(asked)) };
        }
        return TryApi.IsScripted(context) ? await TryApi.AnswerAsync<FeedbackPart>(context, options, view, Say) : await TryApi.AnswerAsync<TryPage>(context, options, view, Say);
    }

    private static FeedbackView Read(RecentAnswer asked, IFormCollection form, FeedbackView view)
    {
        var (face, label) = (FaceOf(asked, form), form["label"].ToString());
        var answered = asked.Answer.Faces is { Count: > 0 } faces ? faces[face].Class : asked.Answer.Class;
        view = view with { Face = face };
        // A class's own button is one click.
        if (form["correction"].ToString() is { Length: > 0 } correction && asked.Labels.Contains(correction))
            return view with { Verdict = correction == answered ? Verdict.Right : Verdict.Wrong, Label = correction };
        return form["verdict"].ToString() switch
        {
            "right" => view with { Verdict = asked.Labels.Contains(answered) ? Verdict.Right : Verdict.Other, Label = asked.Labels.Contains(answered) ? answered : "" },
            "other" => view with { Verdict = Verdict.Other },
            "wrong" when asked.Labels.Contains(label) => view with { Verdict = label == answered ? Verdict.Right : Verdict.Wrong, Label = label },
            _ => throw new RequestException(StatusCodes.Status400BadRequest, "Noting what you said", "right, other, or one of the model's classes", "something else", "Choose it on the page."),
        };
    }

    private static int FaceOf(RecentAnswer asked, IFormCollection form)
    {
        var text = form["face"].ToString();
        if (text.Length == 0) return 0;
        var most = Math.Max(1, asked.Answer.Faces?.Count ?? 1);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var face) && face < most
            ? face
            : throw new RequestException(StatusCodes.Status400BadRequest, "Noting what you said", "one of the faces in the picture", "another", "Choose it on the page.");
    }
}

using Microsoft.AspNetCore.Http;
using Saki.Inference.Serving;
using Saki.Pipelines;
using Saki.Server.Feedback;
using Saki.Server.Serving;
using Saki.Storage;
using Saki.Vision;

namespace Saki.Server.Try;

/// <summary>Asks about one picture, on both sides where there are two, and remembers the answer for what its person wants to know or say next.</summary>
internal sealed class PictureQuestion(ServerOptions options, RecentAnswers recent, KeptFeedback kept)
{
    /// <summary>Bars on the page.</summary>
    public const int Top = 10;

    /// <summary>Asks.</summary>
    /// <param name="context">The request; its person is remembered with the answer.</param>
    /// <param name="image">The picture.</param>
    /// <param name="source">See <see cref="StoredPrediction.Source"/>.</param>
    /// <exception cref="SakiException">It is no picture; no model is loaded; the queue is full.</exception>
    public async Task<(RecentAnswer Answer, IReadOnlyList<string> Hints)> AskAsync(HttpContext context, UploadedImage image, string source)
    {
        var call = new CallOptions(options.Patience, 0, context.RequestAborted);
        using var lease = PictureModel.Lease(options, ServedBy.UserOf(context)); // one person stays on one side of a canary
        ServedBy.Tell(context, lease);
        var beside = AskBesideAsync(lease.Model, image, call);
        Prediction answer;
        try
        {
            answer = await lease.PredictAsync(image.Bytes, image.File, Top, call);
        }
        catch
        {
            await beside; // it does not throw; its lease must be let go before ours
            throw;
        }
        var predictor = lease.Model.Predictor!;
        var asked = new RecentAnswer
        {
            Answer = answer,
            Beside = await beside,
            Bytes = image.Bytes,
            Labels = predictor.Pipeline.Labels,
            Source = source,
            Arm = lease.ArmName,
            Person = Person.Of(context),
            Caller = RecentAnswer.CallerOf(context),
        };
        recent.Add(asked);
        await KeepIfAgreedAsync(asked);
        using var picture = predictor.Decode(image.Bytes.Span);
        return (asked, PictureHints.Of(picture, answer.Faces));
    }

    /// <summary>The picture and the answer as they are kept.</summary>
    /// <param name="asked">The answer.</param>
    /// <param name="face">Which of its faces, from 0; 0 also where there are none.</param>
    /// <param name="person">Whose they are.</param>
    /// <param name="now">The time.</param>
    public static (StoredPrediction Prediction, byte[] Picture) Stored(RecentAnswer asked, int face, string person, DateTimeOffset now)
    {
        var answer = asked.Answer;
        var picture = PictureMetadata.Remove(asked.Bytes.Span);
        var header = ImageHeader.Read(picture);
        var judged = answer.Faces is { } faces && face < faces.Count ? faces[face] : null;
        return (new StoredPrediction
        {
            Id = IdOf(answer, face),
            Person = person,
            Time = now.ToUnixTimeMilliseconds(),
            Picture = Digest.Of(picture).ToString(),
            MediaType = BrowserPicture.TypeOf(header.Format)!,
            Width = header.UprightWidth,
            Height = header.UprightHeight,
            Bytes = picture.Length,
            Box = judged is null ? "" : string.Join(',', judged.Box),
            Source = asked.Source,
            Model = answer.Model,
            Version = answer.Version,
            Pipeline = answer.Pipeline,
            Arm = asked.Arm,
            Class = judged?.Class ?? answer.Class,
            Probability = judged?.Probability ?? answer.Probability,
            Top = judged?.Top ?? answer.Top,
        }, picture);
    }

    /// <summary>The name under which an answer about a face is kept.</summary>
    public static string IdOf(Prediction answer, int face) => face == 0 ? answer.Id : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{answer.Id}-{face + 1}");

    private async Task<Prediction?> AskBesideAsync(ServedModel main, UploadedImage image, CallOptions call)
    {
        if (Sides.TryLeaseBeside(options, main) is not { } held) return null;
        using var lease = held;
        try
        {
            return await lease.Model.PredictAsync(image.Bytes, image.File, Top, call, inline: false);
        }
        catch (Exception failure) when (failure is SakiException or OperationCanceledException)
        {
            return null; // the answer of the main version, or its failure, is what counts
        }
    }

    private async Task KeepIfAgreedAsync(RecentAnswer asked)
    {
        if (asked.Source == "sample" || asked.Person is not { } person || kept.Store is not { } store || store.ConsentOf(person)?.Extent != ConsentExtent.All) return;
        var (prediction, picture) = Stored(asked, 0, person, TimeProvider.System.GetUtcNow());
        try
        {
            await store.KeepAsync(prediction, picture);
        }
        catch (SakiException)
        {
            // Taken back meanwhile, or too many of this person: the answer is given all the same, and Your data shows what is kept.
        }
    }
}

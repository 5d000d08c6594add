using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Saki.Inference;
using Saki.Pipelines;
using Saki.Server.Accounts;
using Saki.Server.Http;

namespace Saki.Server.Serving;

/// <summary>
/// <c>POST /predict_image[?top=5]</c>: pictures in, the records of <c>saki predict --json</c> out. One picture is answered with one record,
/// several (or a list) with a list in the order sent; if one cannot be read, the request fails and names it.
/// </summary>
internal static class PredictApi
{
    private const int DefaultTop = 5, MaxTop = 1000;

    public static void MapPredict(this WebApplication app) => app.MapPost("/predict_image", AnswerAsync).DemandUnlessPublic(Scope.Infer);

    /// <summary>Nothing is loaded that could answer.</summary>
    public static RequestException NoModel() =>
        new(StatusCodes.Status503ServiceUnavailable, "Answering", "a loaded model", "none", "Type: saki data sample emotions, then saki train experiment=emotions, then saki up.");

    /// <summary>Asks the model when a core is free.</summary>
    public static Task<Prediction> PredictAsync(Predictor predictor, Admission admission, UploadedImage image, int top, CancellationToken cancellation) =>
        admission.TakeTurnAsync(() => predictor.Predict(image.Bytes, image.File, top, cancellation), cancellation);

    private static async Task AnswerAsync(HttpContext context, ServerOptions options, Admission admission)
    {
        var predictor = options.Predictor ?? throw NoModel();
        var top = ReadTop(context.Request);
        using var ticket = admission.Enter(context.Request.ContentLength);
        var upload = await Upload.ReadAsync(context.Request, options, context.RequestAborted);

        // The first failure stops the rest: their answers would not be sent.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var answers = await Task.WhenAll(upload.Images.Select(async (image, index) =>
        {
            try
            {
                return await PredictAsync(predictor, admission, image, top, stop.Token);
            }
            catch (SakiException failure) when (upload.AsList)
            {
                await stop.CancelAsync();
                throw Numbered(failure, index + 1, upload.Images.Count);
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }));
        if (upload.AsList) await context.Response.WriteAsJsonAsync(answers, PipelineJson.Default.IReadOnlyListPrediction);
        else await context.Response.WriteAsJsonAsync(answers[0], PipelineJson.Default.Prediction);
    }

    private static RequestException Numbered(SakiException failure, int number, int count) =>
        new(ErrorReplies.StatusOf(failure), $"Reading picture {number} of {count}", failure.Expected, failure.Got, failure.Next);

    private static int ReadTop(HttpRequest request)
    {
        if (!request.Query.TryGetValue("top", out var text)) return DefaultTop;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var top) && top is >= 1 and <= MaxTop
            ? top
            : throw new RequestException(StatusCodes.Status400BadRequest, "Reading the request", $"a whole number from 1 to {MaxTop} for top", "something else", "Leave ?top= out for the best five.");
    }
}

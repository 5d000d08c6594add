using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Saki.Inference.Serving;
using Saki.Pipelines;
using Saki.Server.Http;

namespace Saki.Server.Serving;

/// <summary>
/// <c>POST /predict_image[?top=5]</c> and <c>POST /v1/predict/MODEL[?top=5&amp;version=V]</c>: pictures in, the records of <c>saki predict --json</c> out. One picture is answered with one record,
/// several (or a list) with a list in the order sent; if one cannot be read, the request fails and names it.
/// </summary>
internal static class PredictApi
{
    private const int DefaultTop = 5, MaxTop = 1000;

    public static void MapPredict(this IEndpointRouteBuilder inference)
    {
        inference.MapPost("/predict_image", (RequestDelegate)(context => AnswerAsync(context, null)));
        inference.MapPost("/v1/predict/{model}", (RequestDelegate)(context => AnswerAsync(context, (string?)context.GetRouteValue("model"))));
    }

    /// <summary>Nothing is loaded that could answer.</summary>
    public static RequestException NoModel() =>
        new(StatusCodes.Status503ServiceUnavailable, "Answering", "a loaded model", "none", "Type: saki data sample emotions, then saki train experiment=emotions, then saki up.");

    private static async Task AnswerAsync(HttpContext context, string? name)
    {
        var options = context.RequestServices.GetRequiredService<ServerOptions>();
        var user = ServedBy.UserOf(context);
        string? version = context.Request.Query["version"];
        using var lease = name is null ? PictureModel.Lease(options, user) : options.Models?.Lease(name, string.IsNullOrEmpty(version) ? null : version, user) ?? throw NoModel();
        ServedBy.Tell(context, lease);
        if (await ModelCall.TurnsAwayAsync(context, lease)) return;
        var top = ReadTop(context.Request);
        using var ticket = context.RequestServices.GetRequiredService<Admission>().Enter(context.Request.ContentLength);
        var id = TraceParent.IdOf(context);
        using var upload = await Upload.ReadAsync(context.Request, options, context.RequestAborted);
        if (!upload.AsList)
        {
            var answer = await lease.PredictAsync(upload.Images[0].Bytes, upload.Images[0].File, top, new CallOptions(options.Patience, 0, context.RequestAborted) { Id = id });
            using var writing = ServingTrace.Serialise();
            await context.Response.WriteAsJsonAsync(answer, PipelineJson.Default.Prediction);
            return;
        }

        // The first failure stops the rest: their answers would not be sent.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var answers = await Task.WhenAll(upload.Images.Select(async (image, index) =>
        {
            try
            {
                return await lease.PredictAsync(image.Bytes, image.File, top, new CallOptions(options.Patience, 0, stop.Token) { Id = id is null ? null : $"{id}-{index + 1}" }, inline: false);
            }
            catch (SakiException failure)
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
        using var span = ServingTrace.Serialise();
        await context.Response.WriteAsJsonAsync(answers, PipelineJson.Default.IReadOnlyListPrediction);
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

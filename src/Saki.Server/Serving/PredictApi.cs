using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Saki.Server.Http;

namespace Saki.Server.Serving;

/// <summary><c>POST /predict_image</c>: pictures in, the records of <c>saki predict --json</c> out.</summary>
internal static class PredictApi
{
    public static void MapPredict(this WebApplication app) => app.MapPost("/predict_image", PredictAsync);

    private static async Task PredictAsync(HttpContext context, ServerOptions options, Admission admission)
    {
        using var ticket = admission.Enter(context.Request.ContentLength);
        await Upload.ReadAsync(context.Request, options, context.RequestAborted);
        throw NoModel();
    }

    /// <summary>Nothing is loaded that could answer.</summary>
    public static RequestException NoModel() => new(StatusCodes.Status503ServiceUnavailable, "Answering", "a loaded model", "none", "Type: saki data sample emotions, then saki train experiment=emotions, then saki up.");
}

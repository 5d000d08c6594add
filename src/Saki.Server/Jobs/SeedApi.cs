using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Saki.Calibration;
using Saki.Jobs;
using Saki.Server.Accounts;
using Saki.Server.Calibration;
using Saki.Server.Feedback;
using Saki.Server.Http;
using Saki.Server.Serving;

namespace Saki.Server.Jobs;

/// <summary><c>/model/train</c> and <c>/model/calibrate</c>, as pages of the first of the projects that Saki replaces call them.</summary>
internal static class SeedApi
{
    private const string Train = "train";

    public static void MapSeed(this IEndpointRouteBuilder app, JobStore store, JobDoor door)
    {
        // Its answer was the same text whether something began or not; this one says which job it is about.
        app.MapPost("/model/train", async (HttpContext context) =>
        {
            if (store.Busy(Train) is { } busy) return Told(context, busy.Id, $"Training already {(busy.State == JobState.Queued ? "waits" : "runs")} as job {busy.Id}.\n");
            var id = await door.SubmitAsync(new JobAsk { Kind = Train }, context.Caller()!, "api", context.RequestAborted);
            return Told(context, id, $"Training begins as job {id}.\n");
        }).Demand(Scope.Manage);
        app.MapPost("/model/calibrate", async (HttpContext context) =>
        {
            var (user, zip) = await CheckAsync(context);
            var site = context.RequestServices.GetRequiredService<KeptCalibrations>().Calibrations
                ?? throw new RequestException(StatusCodes.Status501NotImplemented, "Calibrating", "a server that serves models, runs jobs and keeps runs in one process", "one that does not", "Start it with: saki up");
            string? model = context.Request.Query["model"];
            var view = await site.StartAsync(Person.OfKey(user), string.IsNullOrEmpty(model) ? null : model, zip, context.RequestAborted);
            context.Response.Headers.Location = $"/api/calibrations/{view.Id}";
            return Results.Json(view, CalibrationJson.Default.CalibrationView);
        }).Demand(Scope.Manage);
    }

    private static IResult Told(HttpContext context, long id, string text)
    {
        context.Response.Headers.Location = $"/api/jobs/{id}";
        return Results.Text(text);
    }

    private static async Task<(string User, IFormFile Zip)> CheckAsync(HttpContext context)
    {
        if (context.Request.Query["user_id"].Count != 1 || ServedBy.Key(context.Request.Query["user_id"]) is not { } user) throw Wrong("user_id in the address, 1 to 200 signs", "none, or another");
        if (user.Any(char.IsControl)) throw Wrong("user_id without control characters", "one with them");
        if (!context.Request.HasFormContentType) throw Wrong("a form with the file field zipfile", "another content type");
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (form.Files.GetFile("zipfile") is not { } file) throw Wrong("the file field zipfile", "a form without it");
        await using var stream = file.OpenReadStream();
        var magic = new byte[4];
        if (await stream.ReadAtLeastAsync(magic, 4, throwOnEndOfStream: false, context.RequestAborted) < 4 || magic is not [0x50, 0x4B, 3, 4]) throw Wrong("a zip file", "another one");
        return (user, file);
    }

    private static RequestException Wrong(string expected, string got) => new(StatusCodes.Status400BadRequest, "Calibrating", expected, got);
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Calibration;
using Saki.Server.Accounts;
using Saki.Server.Feedback;
using Saki.Server.Http;
using Saki.Server.Serving;

namespace Saki.Server.Calibration;

/// <summary><c>/api/calibrations</c>: for programs that care for others' versions. People use <c>/calibrate</c>, which knows who they are.</summary>
internal static class CalibrationApi
{
    public static void Map(IEndpointRouteBuilder app, Calibrations calibrations)
    {
        var api = app.MapGroup("/api/calibrations");
        api.MapGet("", (HttpContext context) => List(calibrations.List(UserOf(context, required: false)))).Demand(Scope.Manage);
        api.MapGet("/{id}", (string id) => Results.Json(calibrations.Get(id), CalibrationJson.Default.CalibrationView)).Demand(Scope.Manage);
        // As a Delegate: what takes only the context and returns a task would be taken for a handler that writes its answer itself.
        api.MapPost("/back", (Delegate)(async (HttpContext context) => Results.Json(await calibrations.BackAsync(UserOf(context, required: true)!), CalibrationJson.Default.CalibrationView))).Demand(Scope.Manage);
        api.MapDelete("", (Delegate)(async (HttpContext context) => List(await calibrations.EraseAsync(UserOf(context, required: true)!)))).Demand(Scope.Manage);
    }

    private static IResult List(IReadOnlyList<CalibrationView> views) => Results.Json(new CalibrationList(views), CalibrationJson.Default.CalibrationList);

    private static string? UserOf(HttpContext context, bool required) => ServedBy.Key(context.Request.Query["user"]) is { } key ? Person.OfKey(key)
        : required ? throw new RequestException(400, "Reading the request", "user in the address", "none") : null;
}

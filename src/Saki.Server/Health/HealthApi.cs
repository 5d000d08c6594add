using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Saki.Server.Accounts;
using Saki.Server.Serving;

namespace Saki.Server.Health;

/// <summary>
/// <c>GET /health</c> and <c>/health/live</c>: 200 as long as requests are answered. <c>/health/startup</c>: 200 once it has started. <c>/health/ready</c>: 200 while requests should be
/// sent here. <c>GET /version</c>: the version of MLflow whose tracking and scoring servers this one stands in for; Saki's own is on every page and in <c>saki --version</c>.
/// </summary>
internal static class HealthApi
{
    private const string MlflowVersion = "3.1.0";

    public static void MapHealth(this WebApplication app)
    {
        foreach (var path in new[] { "/health", "/health/live" }) app.MapGet(path, (HttpContext context) => context.Response.WriteAsync("OK\n")).Open();
        app.MapGet("/health/startup", (HttpContext context) => SayAsync(context, context.RequestServices.GetRequiredService<Readiness>().Started)).Open();
        app.MapGet("/health/ready", (HttpContext context) => SayAsync(context, Readiness.IsReady(context))).Open();
        app.MapGet("/version", (HttpContext context) => context.Response.WriteAsync(MlflowVersion)).Open();
    }

    private static Task SayAsync(HttpContext context, bool yes)
    {
        context.Response.StatusCode = yes ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(yes ? "OK\n" : "not yet, or not any more\n");
    }
}

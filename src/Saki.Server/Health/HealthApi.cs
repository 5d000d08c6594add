using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Saki.Server.Accounts;

namespace Saki.Server.Health;

/// <summary>
/// <c>GET /health</c>: 200 as long as requests are answered. <c>GET /version</c>: the version of MLflow whose tracking and scoring servers this one stands in for;
/// Saki's own is on every page and in <c>saki --version</c>.
/// </summary>
internal static class HealthApi
{
    private const string MlflowVersion = "3.1.0";

    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/health", (HttpContext context) => context.Response.WriteAsync("OK\n")).Open();
        app.MapGet("/version", (HttpContext context) => context.Response.WriteAsync(MlflowVersion)).Open();
    }
}

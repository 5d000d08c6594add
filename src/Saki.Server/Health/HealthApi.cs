using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Saki.Server.Accounts;

namespace Saki.Server.Health;

/// <summary><c>GET /health</c>: 200 as long as requests are answered.</summary>
internal static class HealthApi
{
    public static void MapHealth(this WebApplication app) =>
        app.MapGet("/health", (HttpContext context) => context.Response.WriteAsync("ok\n")).Open();
}

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Saki.Server.Serving;

/// <summary>Whether new requests should be sent here: started, not stopping, and with a model.</summary>
internal static class Readiness
{
    public static bool IsReady(HttpContext context)
    {
        var lifetime = context.RequestServices.GetRequiredService<IHostApplicationLifetime>();
        var started = lifetime.ApplicationStarted.IsCancellationRequested && !lifetime.ApplicationStopping.IsCancellationRequested;
        return started && context.RequestServices.GetRequiredService<ServerOptions>().Models?.DefaultModel is not null;
    }
}

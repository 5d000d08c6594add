using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Saki.Server.Serving;

/// <summary>Whether new requests should be sent here: started, not stopping or draining, and with a model. One per server.</summary>
internal sealed class Readiness(IHostApplicationLifetime lifetime, ServerOptions options)
{
    private volatile bool _draining;

    /// <summary>True once the server has started; it stays so.</summary>
    public bool Started => lifetime.ApplicationStarted.IsCancellationRequested;

    private bool Ready => Started && !_draining && !lifetime.ApplicationStopping.IsCancellationRequested && options.Models?.DefaultModel is not null;

    public static bool IsReady(HttpContext context) => context.RequestServices.GetRequiredService<Readiness>().Ready;

    /// <summary>From here on it is not ready, and answers all the same.</summary>
    public void Drain() => _draining = true;
}

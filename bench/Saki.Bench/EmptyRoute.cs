using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Saki.Bench;

/// <summary>The least that ASP.NET Core can do: one route that answers with nothing. <c>empty-route PORT</c> runs until it is ended.</summary>
internal static class EmptyRoute
{
    public static void Run(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(int.Parse(args[0], CultureInfo.InvariantCulture)));
        var app = builder.Build();
        app.MapGet("/", (RequestDelegate)(_ => Task.CompletedTask));
        app.Run();
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Saki.Server.Http;

/// <summary>Keeps routes to a port of their own, by the port that the connection came in on, never by what the request says.</summary>
internal static class PortRoles
{
    /// <summary>These routes answer on <paramref name="port"/> only; null: on any.</summary>
    public static void OnPort(this RouteGroupBuilder group, int? port)
    {
        if (port is { } only) group.WithMetadata(new PortRole(only));
    }

    public static void UsePortRoles(this WebApplication app) => app.Use((context, next) =>
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<PortRole>() is { } role && role.Port != context.Connection.LocalPort) context.SetEndpoint(null);
        return next(context);
    });

    private sealed record PortRole(int Port);
}

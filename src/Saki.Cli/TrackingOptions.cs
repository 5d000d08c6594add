using System.CommandLine;
using Saki.Tracking;

namespace Saki.Cli;

/// <summary>Options of the verbs that can talk to a server, and how they reach it.</summary>
internal static class TrackingOptions
{
    private const string OfHome = "http://127.0.0.1:5252";

    /// <summary><c>--server URL</c>.</summary>
    public static Option<string?> Server() => new("--server") { Description = "Tracking server, Saki's or MLflow's (SAKI_URL, MLFLOW_TRACKING_URI)", HelpName = "URL" };

    /// <summary>The server named by <paramref name="server"/>, <c>SAKI_URL</c> or <c>MLFLOW_TRACKING_URI</c>, not yet called; null when none is.</summary>
    /// <param name="server">What the option says.</param>
    /// <param name="home">Whose own token is sent when no other is given, to this machine only.</param>
    /// <param name="patience">Longest wait for one answer; null: the client's own.</param>
    /// <exception cref="SakiException">The address is not one of a server.</exception>
    public static TrackingClient? Connect(string? server, SakiHome home, TimeSpan? patience = null)
    {
        var named = server ?? Environment.GetEnvironmentVariable("SAKI_URL") ?? Environment.GetEnvironmentVariable("MLFLOW_TRACKING_URI");
        string? Read(string name) => Environment.GetEnvironmentVariable(name) ?? (name == "MLFLOW_TRACKING_TOKEN" && Environment.GetEnvironmentVariable("MLFLOW_TRACKING_USERNAME") is null ? Token(named, home) : null);
        return patience is { } given ? TrackingClient.Find(named, Read, given) : TrackingClient.Find(named, Read);
    }

    /// <summary>Saki's own routes at the server of <see cref="Connect"/>, else at the one of this home; not yet called. The home's own token is sent to this machine only.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="server">The verb's option.</param>
    /// <param name="patience">Longest wait for one answer; null: the client's own.</param>
    /// <exception cref="SakiException">The address is not one of a server.</exception>
    public static ApiClient Api(ParseResult parsed, Option<string?> server, TimeSpan? patience = null)
    {
        var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
        using var tracking = Connect(parsed.GetValue(server), home) ?? Connect(OfHome, home)!;
        return new ApiClient(tracking, patience);
    }

    /// <summary>The token for <paramref name="server"/>: <c>SAKI_TOKEN</c>, or the home's own when the server is on this machine; null when there is none.</summary>
    public static string? Token(string? server, SakiHome home)
    {
        if (Environment.GetEnvironmentVariable("SAKI_TOKEN") is { Length: > 0 } token) return token;
        var here = Uri.TryCreate(server, UriKind.Absolute, out var address) && address.IsLoopback;
        return here && File.Exists(home.AdminToken) ? File.ReadAllText(home.AdminToken).Trim() : null;
    }
}

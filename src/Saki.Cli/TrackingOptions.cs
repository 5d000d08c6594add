using System.CommandLine;

namespace Saki.Cli;

/// <summary>Options of the verbs that can talk to a tracking server.</summary>
internal static class TrackingOptions
{
    /// <summary><c>--server URL</c>.</summary>
    public static Option<string?> Server() => new("--server") { Description = "Tracking server, Saki's or MLflow's (MLFLOW_TRACKING_URI)", HelpName = "URL" };
}

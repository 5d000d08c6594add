using System.CommandLine;
using Saki.Tracking;

namespace Saki.Cli.Verbs.Models;

/// <summary>The server whose registry a verb works on: the one named by <c>--server</c> or <c>MLFLOW_TRACKING_URI</c>, else the one of this home.</summary>
internal sealed class RegistryServer : IDisposable
{
    private const string OfHome = "http://127.0.0.1:5252";

    // A gate may measure for as long as its test set is large.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    private RegistryServer(TrackingClient client) => (Client, Models) = (client, new ModelRegistryClient(client));

    public TrackingClient Client { get; }

    public ModelRegistryClient Models { get; }

    /// <summary>Connects to nothing yet. The home's own token is sent to this machine only.</summary>
    public static RegistryServer Of(ParseResult parsed, Option<string?> server)
    {
        var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
        return new RegistryServer(TrackingOptions.Connect(parsed.GetValue(server), home, Patience) ?? TrackingOptions.Connect(OfHome, home, Patience)!);
    }

    public void Dispose() => Client.Dispose();
}

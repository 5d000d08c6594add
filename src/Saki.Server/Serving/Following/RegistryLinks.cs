using Saki.Tracking;

namespace Saki.Server.Serving.Following;

/// <summary>Makes links to registries.</summary>
public static class RegistryLinks
{
    /// <summary>The registry of a home folder, from its file.</summary>
    public static RegistryLink OfHome(SakiHome home) => new LocalRegistry(home, TimeProvider.System);

    /// <summary>The registry of a server, Saki's or MLflow's.</summary>
    /// <param name="client">Over which it is reached; owned from now on.</param>
    /// <param name="home">In whose cache fetched files are kept.</param>
    /// <param name="poll">How often a server that does not push is asked; null: every ten seconds.</param>
    public static RegistryLink OfServer(TrackingClient client, SakiHome home, TimeSpan? poll = null) => new RemoteRegistry(client, home, TimeProvider.System, poll);
}

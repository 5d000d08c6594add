using Saki.Inference.Serving;
using Saki.Server.Serving.Following;

namespace Saki.Cli;

/// <summary>The model behind <c>models:/…</c>: of the home's own registry, or fetched from the server that <c>SAKI_URL</c> or <c>MLFLOW_TRACKING_URI</c> names.</summary>
internal static class RegisteredPackage
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    /// <summary>The registry that is meant; the caller owns it.</summary>
    public static RegistryLink Registry(SakiHome home) =>
        TrackingOptions.Connect(null, home, Patience) is { } client ? RegistryLinks.OfServer(client, home) : RegistryLinks.OfHome(home);

    /// <summary>Its folder. What was fetched is kept in the cache by its digest.</summary>
    /// <exception cref="SakiException">There is no such version, or its files are no model.</exception>
    public static ReferencedModel Find(string reference, SakiHome home)
    {
        using var registry = Registry(home);
        return registry.FindAsync(reference, CancellationToken.None).GetAwaiter().GetResult();
    }
}

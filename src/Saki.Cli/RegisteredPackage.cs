using Saki.Pipelines;
using Saki.Server.Registry;
using Saki.Storage;
using Saki.Tracking;

namespace Saki.Cli;

/// <summary>The package behind <c>models:/…</c>: of the home's own registry, or fetched from the server that <c>SAKI_URL</c> or <c>MLFLOW_TRACKING_URI</c> names.</summary>
internal static class RegisteredPackage
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    /// <summary>Its folder. What was fetched is kept in the cache by its digest.</summary>
    /// <exception cref="SakiException">There is no such version, or its files are no package.</exception>
    public static string Find(ModelReference reference, SakiHome home)
    {
        using var client = TrackingOptions.Connect(null, home, Patience);
        return client is null ? HomeModels.Folder(home, reference) : FetchAsync(client, reference, home).GetAwaiter().GetResult();
    }

    private static async Task<string> FetchAsync(TrackingClient client, ModelReference reference, SakiHome home)
    {
        var registry = new ModelRegistryClient(client);
        var version = await registry.FindAsync(reference).ConfigureAwait(false);
        var place = await registry.GetDownloadUriAsync(version.Name, version.Version).ConfigureAwait(false);
        var cache = Path.Combine(home.EnsureWritable().Cache, "packages");
        Directory.CreateDirectory(cache);
        var sums = Path.Combine(cache, $"{Guid.CreateVersion7():N}.sums");
        try
        {
            await client.DownloadAsync(place, Package.SumsFile, sums).ConfigureAwait(false);
            var content = await File.ReadAllBytesAsync(sums).ConfigureAwait(false);
            var folder = Path.Combine(cache, Digest.Of(content).Short);
            if (!Directory.Exists(folder)) Fill(client, place, content, folder);
            return folder;
        }
        finally
        {
            DurableFile.TryDelete(sums);
        }
    }

    private static void Fill(TrackingClient client, string place, byte[] sums, string folder) => DurableFile.WriteFolder(folder, temporary =>
    {
        foreach (var name in Package.FilesOf(sums)) client.DownloadAsync(place, name, Path.Combine(temporary, name)).GetAwaiter().GetResult();
        File.WriteAllBytes(Path.Combine(temporary, Package.SumsFile), sums);
        Package.Open(temporary);
    });
}

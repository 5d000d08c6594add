using Saki.Pipelines;
using Saki.Server.Serving.Following;

namespace Saki.Server.Ask;

/// <summary>Finds the package behind a version that is served or registered.</summary>
internal sealed class ModelPlaces(ServerOptions options, RegistryLink link)
{
    /// <summary>The package's folder; null when the version did not come from one, or its files are away.</summary>
    public async Task<string?> FolderAsync(string name, string version, CancellationToken cancellation)
    {
        var source = options.Models?.Find(name)?.Sources.GetValueOrDefault(version) ?? $"models:/{name}/{version}";
        try
        {
            var folder = source.Contains(":/", StringComparison.Ordinal) ? (await link.FindAsync(source, cancellation)).Folder : source;
            return File.Exists(Path.Combine(folder, Package.SumsFile)) ? folder : null;
        }
        catch (Exception away) when (away is SakiException or Saki.Tracking.MlflowException or IOException)
        {
            return null;
        }
    }

    /// <summary>The opened package; null when there is none, or it is damaged.</summary>
    public async Task<Package?> PackageAsync(string name, string version, CancellationToken cancellation)
    {
        try
        {
            return await FolderAsync(name, version, cancellation) is { } folder ? Package.Open(folder) : null;
        }
        catch (Exception damaged) when (damaged is SakiException or IOException)
        {
            return null;
        }
    }
}

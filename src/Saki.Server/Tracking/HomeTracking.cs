using Saki.Tracking;

namespace Saki.Server.Tracking;

/// <summary>
/// The tracking database of a home folder for the command line, when no server runs on it. Runs that were made without a server are brought in at opening, so that what
/// is done here holds for them as well.
/// </summary>
public sealed class HomeTracking : IAsyncDisposable
{
    private readonly SakiHome _home;
    private readonly TrackingSite _site;

    private HomeTracking(SakiHome home, TrackingSite site) => (_home, _site) = (home, site);

    /// <summary>Opens or makes it.</summary>
    /// <param name="home">Whose.</param>
    /// <param name="database">As in <see cref="ServerOptions.Database"/>.</param>
    /// <param name="artifacts">As in <see cref="ServerOptions.Artifacts"/>.</param>
    /// <exception cref="SakiException">A server runs on it.</exception>
    public static async Task<HomeTracking> OpenAsync(SakiHome home, string? database, string? artifacts) =>
        new(home, await TrackingSite.OpenAsync(home, TimeProvider.System, database, artifacts));

    /// <summary>A run with all that was logged, deleted or not.</summary>
    /// <exception cref="MlflowException">There is none.</exception>
    public Run Get(string run) => _site.RunReader.Get(run);

    /// <summary>Marks a run deleted; its records stay until <see cref="CollectAsync"/>.</summary>
    public async Task DeleteAsync(string run)
    {
        await _site.Runs.DeleteAsync(run);
        new RunStore(_home, TimeProvider.System).Mark(run, "deleted");
    }

    /// <summary>Brings a deleted run back.</summary>
    public async Task RestoreAsync(string run)
    {
        await _site.Runs.RestoreAsync(run);
        new RunStore(_home, TimeProvider.System).Mark(run, "active");
    }

    /// <summary>Removes for good what was deleted.</summary>
    public Task<GarbageReport> CollectAsync(CollectGarbage asked, CancellationToken cancellation) => _site.Garbage.CollectAsync(asked, cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _site.DisposeAsync();
}

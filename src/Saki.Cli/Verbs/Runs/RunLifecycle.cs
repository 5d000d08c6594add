using System.CommandLine;
using Saki.Server.Tracking;
using Saki.Tracking;

namespace Saki.Cli.Verbs.Runs;

/// <summary>Deletes and restores at the server that was named, else in the home's own database.</summary>
internal sealed class RunLifecycle : IAsyncDisposable
{
    private readonly SakiHome _home;
    private readonly TrackingClient? _server;
    private readonly HomeTracking? _local;

    private RunLifecycle(SakiHome home, TrackingClient? server, HomeTracking? local) => (_home, _server, _local) = (home, server, local);

    /// <summary>Opens it.</summary>
    /// <exception cref="SakiException">No server was named, and one runs on the home.</exception>
    public static async Task<RunLifecycle> OpenAsync(ParseResult parsed, Option<string?> server, StoreOptions stores)
    {
        var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
        var client = TrackingOptions.Connect(parsed.GetValue(server), home, TimeSpan.FromHours(1));
        return new RunLifecycle(home, client, client is null ? await stores.OpenAsync(parsed) : null);
    }

    /// <summary>The whole id of a run.</summary>
    public string Find(string run) => run.Length == 32 || _server is not null ? run : RunReference.Find(_home, run).RunId;

    public Task DeleteAsync(string run, CancellationToken cancel) => _server?.DeleteRunAsync(run, cancel) ?? _local!.DeleteAsync(run);

    public Task RestoreAsync(string run, CancellationToken cancel) => _server?.RestoreRunAsync(run, cancel) ?? _local!.RestoreAsync(run);

    public Task<GarbageReport> CollectAsync(CollectGarbage asked, CancellationToken cancel) => _server?.CollectGarbageAsync(asked, cancel) ?? _local!.CollectAsync(asked, cancel);

    public async ValueTask DisposeAsync()
    {
        _server?.Dispose();
        if (_local is not null) await _local.DisposeAsync();
    }
}

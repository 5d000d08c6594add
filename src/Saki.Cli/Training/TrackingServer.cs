using Saki.Tracking;

namespace Saki.Cli.Training;

/// <summary>The server that a training also logs to, when one is named by <c>--server</c> or <c>MLFLOW_TRACKING_URI</c>; else nothing happens.</summary>
internal sealed class TrackingServer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly TrackingClient? _client;
    private readonly RunMirror? _mirror;
    private readonly RunLog _run;

    private TrackingServer(TrackingClient? client, RunLog run, TimeProvider time) =>
        (_client, _run, _mirror) = (client, run, client is null ? null : RunMirror.Start(client, run.Folder, time));

    /// <summary>Begins to send what <paramref name="run"/> records.</summary>
    /// <exception cref="SakiException">What is named is no address of a server.</exception>
    public static TrackingServer Follow(RunLog run, string? server, SakiHome home, TimeProvider time) => new(TrackingOptions.Connect(server, home), run, time);

    /// <summary>Fires when somebody stops the run on the server's page; never without a server.</summary>
    public CancellationToken StopAsked => _mirror?.StopAsked ?? CancellationToken.None;

    /// <summary>Sends what is left, the end of the run included, and says how it went.</summary>
    public async Task FinishAsync(Terminal.Terminal terminal)
    {
        if (_mirror is null) return;
        terminal.Say(await _mirror.FinishAsync(Patience).ConfigureAwait(false)
            ? $"Logged to {_client!.Server} as run {_mirror.ServerRunId}"
            : $"The server {_client!.Server} did not take all of it; the rest waits in the run's folder. Send it with: saki runs sync {_run.RunId[..12]}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _mirror?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _client?.Dispose();
    }
}

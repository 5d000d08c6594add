using System.Text;
using System.Text.Json;
using Saki.Storage;

namespace Saki.Tracking;

/// <summary>
/// Sends what a run folder records to a tracking server, in the background and in its order. The folder is the journal: while the server is away logging goes on,
/// and what is missing is sent when it is back, by this run or by <c>saki runs sync</c>. What was sent is kept in <c>mirror.json</c>; what a crash
/// makes it send twice (exact points, the same params) is one to the server.
/// </summary>
public sealed class RunMirror : IAsyncDisposable
{
    private const string StateFile = "mirror.json";
    private const int MostPoints = 1000, MostItems = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(30), PauseOfQuestion = TimeSpan.FromSeconds(4);
    private readonly TrackingClient _client;
    private readonly RunFolder _folder;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new(), _asked = new();
    private readonly Task _loop;
    private readonly bool _resumed;
    private MirrorState _state;
    private long? _lastQuestion;

    private RunMirror(TrackingClient client, RunFolder folder, TimeProvider time, bool background)
    {
        (_client, _folder, _time) = (client, folder, time);
        _state = ReadState(folder) ?? new MirrorState { Server = client.Server.ToString() };
        _resumed = _state.RunId is not null;
        _loop = background ? Task.Run(LoopAsync) : Task.CompletedTask;
    }

    /// <summary>Fires when somebody at the server asks for the run's end (<see cref="SakiTags.Stop"/>), which is looked for every few seconds.</summary>
    public CancellationToken StopAsked => _asked.Token;

    /// <summary>The run's id at the server; null until it was reached.</summary>
    public string? ServerRunId => _state.RunId;

    /// <summary>The id at its server of the run in a folder; null when it is not sent to one, or was not yet.</summary>
    public static string? ServerRun(string folder) => ReadState(new RunFolder(folder))?.RunId;

    /// <summary>Begins to send; the caller keeps owning the client.</summary>
    public static RunMirror Start(TrackingClient client, RunFolder folder, TimeProvider time) => new(client, folder, time, background: true);

    /// <summary>Sends all that is missing of a run, once.</summary>
    /// <exception cref="SakiException">The server is away.</exception>
    /// <exception cref="MlflowException">The server refuses.</exception>
    public static async Task SendAsync(TrackingClient client, RunFolder folder, TimeProvider time, CancellationToken cancellation)
    {
        await using var mirror = new RunMirror(client, folder, time, background: false);
        await mirror.SendAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Whether a run was to be sent to a server and is not there whole.</summary>
    public static bool Waits(RunFolder folder) => ReadState(folder) is { Done: false };

    /// <summary>Sends the rest, for at most this long.</summary>
    /// <returns>Whether all of it, the end of the run included, is at the server.</returns>
    public async Task<bool> FinishAsync(TimeSpan patience)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        using var limit = new CancellationTokenSource(patience, _time);
        try
        {
            await SendAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is SakiException or OperationCanceledException)
        {
            Keep(_state); // so that it is known to wait
        }
        return _state.Done;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
        _asked.Dispose();
    }

    private async Task LoopAsync()
    {
        var pause = Pause;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await SendAsync(_stop.Token).ConfigureAwait(false);
                await ListenAsync(_stop.Token).ConfigureAwait(false);
                pause = Pause;
            }
            catch (OperationCanceledException) { return; }
            catch (SakiException)
            {
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            try { await Task.Delay(pause, _time, _stop.Token).ConfigureAwait(false); }
            catch (OperationCanceledException) { return; }
        }
    }

    private async Task ListenAsync(CancellationToken cancellation)
    {
        if (_asked.IsCancellationRequested || _state.RunId is not { } run) return;
        if (_lastQuestion is { } last && _time.GetElapsedTime(last) < PauseOfQuestion) return;
        // What an earlier start of this run was asked was done then.
        if (_lastQuestion is null && _resumed) await ForgetStopAsync(run, cancellation).ConfigureAwait(false);
        _lastQuestion = _time.GetTimestamp();
        var asked = new SearchRuns([_folder.ReadInfo().ExperimentId]) { Filter = $"attributes.run_id = '{run}' AND tags.`{SakiTags.Stop}` LIKE '%'", MaxResults = 1 };
        if ((await _client.SearchRunsAsync(asked, cancellation).ConfigureAwait(false)).Runs.Count > 0) await _asked.CancelAsync().ConfigureAwait(false);
    }

    private async Task ForgetStopAsync(string run, CancellationToken cancellation)
    {
        try
        {
            await _client.DeleteRunTagAsync(run, SakiTags.Stop, cancellation).ConfigureAwait(false);
        }
        catch (MlflowException none) when (none.Code == MlflowException.NotThere)
        {
            // It was not asked.
        }
    }

    // 1 the run, 2 params and tags, 3 points, 4 artifacts and the end when the run has ended.
    private async Task SendAsync(CancellationToken cancellation)
    {
        var info = _folder.ReadInfo();
        var run = _state.RunId ?? await CreateAsync(info, cancellation).ConfigureAwait(false);
        var (items, tags) = (_folder.ReadParams(), _folder.ReadTags());
        foreach (var batch in items.Skip(_state.Params).Chunk(MostItems)) await _client.LogBatchAsync(new LogBatch { RunId = run, Params = batch }, cancellation).ConfigureAwait(false);
        var changed = tags.Except(_state.Tags).ToList();
        foreach (var batch in changed.Chunk(MostItems)) await _client.LogBatchAsync(new LogBatch { RunId = run, Tags = batch }, cancellation).ConfigureAwait(false);
        if (items.Count != _state.Params || changed.Count > 0) Keep(_state with { Params = items.Count, Tags = tags });
        await SendPointsAsync(run, cancellation).ConfigureAwait(false);
        if (info.Status is RunStatus.Running or RunStatus.Scheduled) return;

        await SendArtifactsAsync(cancellation).ConfigureAwait(false);
        await _client.UpdateRunAsync(new UpdateRun { RunId = run, Status = info.Status, EndTime = info.EndTime }, cancellation).ConfigureAwait(false);
        Keep(_state with { Done = true });
    }

    private async Task<string> CreateAsync(RunInfo info, CancellationToken cancellation)
    {
        // A crash between the server's answer and the note of it must not make a second run, so the server is asked first.
        var before = await _client.SearchRunsAsync(new SearchRuns([info.ExperimentId]) { Filter = $"tags.`{SakiTags.LocalRun}` = '{info.RunId}'", MaxResults = 1 }, cancellation).ConfigureAwait(false);
        var run = before.Runs is [var found, ..] ? found : await _client.CreateRunAsync(new CreateRun
        {
            ExperimentId = info.ExperimentId,
            UserId = info.UserId,
            RunName = info.RunName,
            StartTime = info.StartTime,
            Tags = [new Tag(SakiTags.LocalRun, info.RunId)],
        }, cancellation).ConfigureAwait(false);
        Keep(_state with { RunId = run.Info.RunId, ArtifactUri = run.Info.ArtifactUri });
        return run.Info.RunId;
    }

    private async Task SendPointsAsync(string run, CancellationToken cancellation)
    {
        while (true)
        {
            var (points, end) = ReadPoints(_state.Offset);
            if (end == _state.Offset) return;
            if (points.Count > 0) await _client.LogBatchAsync(new LogBatch { RunId = run, Metrics = points }, cancellation).ConfigureAwait(false);
            Keep(_state with { Offset = end });
        }
    }

    // Whole lines from an offset on, at most a batch; and where the next begin.
    private (List<Metric> Points, long End) ReadPoints(long offset)
    {
        var points = new List<Metric>();
        var file = _folder.File(RunFolder.MetricsFile);
        if (!File.Exists(file)) return (points, offset);
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
        stream.Seek(offset, SeekOrigin.Begin);
        var buffer = new byte[MostPoints * 128];
        var read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        var at = 0;
        while (points.Count < MostPoints)
        {
            var length = buffer.AsSpan(at, read - at).IndexOf((byte)'\n');
            if (length < 0) break;
            if (RunFolder.ReadPoint(Encoding.UTF8.GetString(buffer, at, length)) is { } point) points.Add(point);
            at += length + 1;
        }
        return (points, offset + at);
    }

    private async Task SendArtifactsAsync(CancellationToken cancellation)
    {
        var root = _folder.File("artifacts");
        if (!Directory.Exists(root) || _state.ArtifactUri?.StartsWith("mlflow-artifacts:", StringComparison.Ordinal) != true) return;
        foreach (var file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var path = Path.GetRelativePath(root, file).Replace('\\', '/');
            if (_state.Artifacts.Contains(path)) continue;
            await _client.UploadAsync(_state.ArtifactUri, path, file, cancellation).ConfigureAwait(false);
            Keep(_state with { Artifacts = [.. _state.Artifacts, path] });
        }
    }

    private void Keep(MirrorState state)
    {
        _state = state;
        DurableFile.Write(_folder.File(StateFile), JsonSerializer.SerializeToUtf8Bytes(state, MlflowJson.Default.MirrorState));
    }

    private static MirrorState? ReadState(RunFolder folder)
    {
        var file = folder.File(StateFile);
        return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), MlflowJson.Default.MirrorState) : null;
    }
}

/// <summary>How far a run folder was sent to a server.</summary>
public sealed record MirrorState
{
    /// <summary>The server's address.</summary>
    public string Server { get; init; } = "";

    /// <summary>The run's id there; null before it was made.</summary>
    public string? RunId { get; init; }

    /// <summary>Where its artifacts are there.</summary>
    public string? ArtifactUri { get; init; }

    /// <summary>Bytes of metrics.jsonl that were sent.</summary>
    public long Offset { get; init; }

    /// <summary>Params that were sent.</summary>
    public int Params { get; init; }

    /// <summary>Tags as they were sent last.</summary>
    public IReadOnlyList<Tag> Tags { get; init => field = value ?? []; } = [];

    /// <summary>Artifacts that were sent.</summary>
    public IReadOnlyList<string> Artifacts { get; init => field = value ?? []; } = [];

    /// <summary>The end of the run was sent, too.</summary>
    public bool Done { get; init; }
}

namespace Saki.Server.Settings;

/// <summary>What one kind of thing takes up.</summary>
/// <param name="Kind">For people.</param>
/// <param name="Bytes">Null: it lies elsewhere, in a bucket or another database.</param>
/// <param name="Files">How many.</param>
/// <param name="Free">How room is made.</param>
/// <param name="Command">What to type; null: the page does it.</param>
public sealed record StorageKind(string Kind, long? Bytes, long Files, string Free, string? Command = null);

/// <summary>What the home folder takes up, by kind, and what is left on its disk.</summary>
/// <param name="Kinds">The largest first.</param>
/// <param name="Left">Bytes.</param>
/// <param name="Cut">True: there were more files than are counted.</param>
public sealed record StorageReport(IReadOnlyList<StorageKind> Kinds, long Left, bool Cut);

/// <summary>Counts the files of the home folder. Counting is done once a minute at most, and never on a request's time: who asks gets the last count.</summary>
internal sealed class StorageUse(SakiHome home, bool databaseElsewhere, bool artifactsElsewhere, TimeProvider time) : IDisposable
{
    private const int MostFiles = 2_000_000;
    private const string Other = "Everything else";
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1), Wait = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private Task<StorageReport>? _count;
    private DateTimeOffset _counted;

    /// <summary>The count; null while the first one takes longer than two seconds.</summary>
    public async Task<StorageReport?> ReadAsync()
    {
        Task<StorageReport> count;
        lock (_gate)
        {
            if (_count is null || (_count.IsCompleted && time.GetUtcNow() - _counted > Fresh))
            {
                _counted = time.GetUtcNow();
                _count = Task.Run(() => Count(_stop.Token), _stop.Token);
            }
            count = _count;
        }
        await Task.WhenAny(count, Task.Delay(Wait, time));
        return count.IsCompletedSuccessfully ? await count : null;
    }

    /// <summary>Has the next look count anew.</summary>
    public void Forget()
    {
        lock (_gate) _counted = default;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private StorageReport Count(CancellationToken cancellation)
    {
        var sums = new Dictionary<string, (long Bytes, long Files)>(StringComparer.Ordinal);
        var left = MostFiles;
        if (Directory.Exists(home.Root))
        {
            foreach (var file in new DirectoryInfo(home.Root).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true }))
            {
                cancellation.ThrowIfCancellationRequested();
                if (--left < 0) break;
                var kind = KindOf(Path.GetRelativePath(home.Root, file.FullName).Split(Path.DirectorySeparatorChar));
                var sum = sums.GetValueOrDefault(kind);
                sums[kind] = (sum.Bytes + Length(file), sum.Files + 1);
            }
        }
        var kinds = All.Select(kind => sums.TryGetValue(kind.Kind, out var sum) ? kind with { Bytes = sum.Bytes, Files = sum.Files } : kind).Where(kind => kind.Kind != Other || kind.Bytes > 0);
        return new StorageReport([.. kinds.OrderByDescending(kind => kind.Bytes ?? 0)], new DriveInfo(Path.GetFullPath(home.Root)).AvailableFreeSpace, left < 0);
    }

    private IReadOnlyList<StorageKind> All =>
    [
        new("Data sets", 0, 0, "Remove versions that nothing uses.", "saki data remove NAME@VERSION"),
        new("Runs", 0, 0, "Delete runs, then remove for good what was deleted.", "saki gc --dry-run"),
        new("Packages", 0, 0, "They go with their runs; what a registered version stands on stays.", "saki gc --dry-run"),
        new("Artifacts", artifactsElsewhere ? null : 0, 0, artifactsElsewhere ? "They lie in a store of their own." : "They go with deleted runs and logged models.", artifactsElsewhere ? null : "saki gc --dry-run"),
        new("Database", databaseElsewhere ? null : 0, 0, databaseElsewhere ? "It is on a server of its own." : "Rows go with runs; backups beside it may be deleted by hand."),
        new("Feedback", 0, 0, "Keep pictures for fewer days."),
        new("Jobs", 0, 0, "Keep logs for fewer days."),
        new("Cache", 0, 0, "Keep cached files for fewer days; all of it is made again when needed."),
        new(Other, 0, 0, "Tokens, policies, settings."),
    ];

    private static string KindOf(string[] parts) => parts[0] switch
    {
        "objects" or "datasets" => "Data sets",
        "runs" => parts.Contains("package") ? "Packages" : "Runs",
        "tracking" => parts.Length > 2 && parts[1] == "artifacts" ? "Artifacts" : "Database",
        "feedback" => "Feedback",
        "jobs" => "Jobs",
        "cache" => "Cache",
        _ => Other,
    };

    // It may be gone since it was listed.
    private static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

using System.Globalization;
using Microsoft.Extensions.Logging;
using Saki.Server.Layout;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Settings;

/// <summary>Removes what was kept long enough: at the start, then four times a day, and when somebody asks for it. What was removed is noted in the audit.</summary>
internal sealed class RetentionSweeper(RetentionRules rules, RetentionFile file, Database database, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromHours(6);
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _alone = new(1);
    private Task _running = Task.CompletedTask;

    public RetentionRules Rules => rules;

    public RetentionFile File => file;

    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>What each rule would remove now, by its present days or by those in <paramref name="settings"/>.</summary>
    public async Task<IReadOnlyDictionary<string, RetentionReach>> LookAsync(RetentionSettings settings, CancellationToken cancellation)
    {
        var reach = new Dictionary<string, RetentionReach>(StringComparer.Ordinal);
        foreach (var rule in rules.All)
            reach[rule.Key] = RetentionFile.Days(settings, rule.Key, rule.Usual) is { } days ? await rule.FindAsync(TimeSpan.FromDays(days), cancellation) : new RetentionReach(0, 0);
        return reach;
    }

    /// <summary>Removes what is too old, and says how much that was.</summary>
    /// <param name="who">For the audit.</param>
    /// <param name="cancellation">Stops between two things.</param>
    public async Task<long> SweepAsync(string who, CancellationToken cancellation)
    {
        await _alone.WaitAsync(cancellation);
        try
        {
            var (settings, all) = (file.Read(), 0L);
            foreach (var rule in rules.All)
            {
                if (RetentionFile.Days(settings, rule.Key, rule.Usual) is not { } days) continue;
                var gone = await rule.RemoveAsync(TimeSpan.FromDays(days), cancellation);
                if (gone.Items == 0) continue;
                all += gone.Items;
                await SettingsAudit.NoteAsync(database, time, who, rule.Key, "removed", string.Create(CultureInfo.InvariantCulture, $"{gone.Items} {rule.Noun}{(gone.Bytes is { } bytes ? $", {Words.Bytes(bytes)}" : "")}, older than {days} days"));
            }
            return all;
        }
        finally
        {
            _alone.Release();
        }
    }

    /// <summary>Saves the days; each change is noted.</summary>
    public async Task SaveAsync(string who, RetentionSettings settings)
    {
        var before = Readable();
        file.Save(settings);
        foreach (var rule in rules.All)
        {
            var (old, now) = (RetentionFile.Days(before, rule.Key, rule.Usual), RetentionFile.Days(settings, rule.Key, rule.Usual));
            if (old != now) await SettingsAudit.NoteAsync(database, time, who, rule.Key, Text(old), Text(now));
        }
    }

    /// <summary>The newest rows about settings, newest first.</summary>
    public IReadOnlyList<SettingsEvent> Events(int most) => SettingsAudit.Newest(database, most);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _alone.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Between, time);
        try
        {
            do
            {
                try
                {
                    await SweepAsync("saki", _stop.Token);
                }
                catch (Exception failure) when (failure is SakiException or MlflowException or IOException or UnauthorizedAccessException)
                {
                    // A full disk now is not one in six hours; what is too old is still found then.
                    ServerLog.SweepFailed(log, failure);
                }
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The server ends.
        }
    }

    private RetentionSettings Readable()
    {
        try
        {
            return file.Read();
        }
        catch (SakiException)
        {
            return new RetentionSettings(); // what is saved now replaces what nobody could read
        }
    }

    private static string Text(int? days) => days is { } number ? string.Create(CultureInfo.InvariantCulture, $"{number} days") : "for good";
}

/// <summary>A row of the audit about settings.</summary>
public sealed record SettingsEvent
{
    /// <summary>Milliseconds since 1970.</summary>
    public long Time { get; init; }

    /// <summary>Who did it.</summary>
    public string Who { get; init; } = "";

    /// <summary>The rule.</summary>
    public string Rule { get; init; } = "";

    /// <summary><c>removed</c>, or how long it was kept before.</summary>
    public string What { get; init; } = "";

    /// <summary>What was removed, or how long it is kept now.</summary>
    public string Detail { get; init; } = "";
}

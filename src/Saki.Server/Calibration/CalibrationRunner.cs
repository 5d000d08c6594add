using System.Text.Json;
using Microsoft.Extensions.Logging;
using Saki.Calibration;
using Saki.Inference.Serving;
using Saki.Jobs;
using Saki.Server.Jobs;

namespace Saki.Server.Calibration;

/// <summary>
/// Looks every two seconds: jobs that are over are taken or refused, the versions that answer single people are made what the rows say, and what is to go is erased. Each step is found
/// done when it is done, so that a kill anywhere changes nothing but the time.
/// </summary>
internal sealed class CalibrationRunner(SakiHome home, CalibrationStore store, JobStore jobs, ModelRepository models, TimeProvider time, ILogger log) : IDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2), DraftsLive = TimeSpan.FromDays(1);
    private readonly SemaphoreSlim _turn = new(1);
    private string _said = ""; // what was logged last; the same is not said every two seconds

    /// <summary>Goes on until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Between, time);
        try
        {
            do
            {
                try
                {
                    await TickAsync();
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    // Whatever it was, everyone is answered on; the next look tries again.
                    if (_said != failure.Message) ServerLog.CalibrationFaltered(log, failure);
                    _said = failure.Message;
                }
            }
            while (await timer.WaitForNextTickAsync(cancellation));
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
    }

    /// <summary>Looks once.</summary>
    public async Task TickAsync()
    {
        await _turn.WaitAsync();
        try
        {
            var before = (time.GetUtcNow() - DraftsLive).ToUnixTimeMilliseconds();
            var rows = store.All();
            if (await ForgetAsync([.. rows.Where(row => row.State == CalibrationState.Draft && row.Created < before)]) | await FinishAsync([.. rows.Where(row => row.State == CalibrationState.Running)])) rows = store.All();
            await RouteAsync(rows);
            foreach (var row in rows.Where(row => row.State == CalibrationState.Erasing)) await EraseAsync(row);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<bool> ForgetAsync(IReadOnlyList<CalibrationRow> drafts)
    {
        foreach (var row in drafts) await store.MarkAsync(row.Person, row.Id);
        return drafts.Count > 0;
    }

    private async Task<bool> FinishAsync(IReadOnlyList<CalibrationRow> running)
    {
        var over = running.Select(row => (Row: row, Job: jobs.Get(row.Job!.Value))).Where(one => one.Job.Over).ToList();
        foreach (var (row, job) in over) await FinishAsync(row, job);
        return over.Count > 0;
    }

    private async Task FinishAsync(CalibrationRow row, Job job)
    {
        var folder = new CalibrationFolder(home, row.Id);
        var report = job.State == JobState.Succeeded ? Result(job) : null;
        if (report is { Accepted: true })
        {
            if (Version(folder) is { } version)
            {
                // Before it is told: who reads "accepted" is answered by it.
                var taken = row with { Version = version };
                if (IsServed(row.Model) && await LoadAsync(taken)) await AnswerAsync(taken.Model, taken.Person, version);
                await store.MoveAsync(row.Id, CalibrationState.Running, CalibrationState.Accepted, CalibrationGate.Sentence(report), version, Json(report));
                return;
            }
            report = null;
        }
        folder.ErasePackage();
        if (report is not null) await store.MoveAsync(row.Id, CalibrationState.Running, CalibrationState.Refused, CalibrationGate.Sentence(report), report: Json(report));
        else await store.MoveAsync(row.Id, CalibrationState.Running, CalibrationState.Failed, job.State == JobState.Cancelled ? "It was cancelled." : Why(job));
    }

    private static string Json(CalibrationReport report) => JsonSerializer.Serialize(report, CalibrationJson.Default.CalibrationReport);

    // Null for a package that is not whole: the job said more than it did.
    private static string? Version(CalibrationFolder folder)
    {
        try
        {
            return Pipelines.Package.Open(folder.Package).Version;
        }
        catch (SakiException)
        {
            return null;
        }
    }

    private CalibrationReport? Result(Job job)
    {
        try
        {
            return new JobFolder(home.Jobs, job.Id).Result(job.Attempt)?.Deserialize(CalibrationJson.Default.CalibrationReport);
        }
        catch (JsonException)
        {
            return null; // another program's answer
        }
    }

    // The program's last words say what was wrong with the pictures; without them, why the job ended.
    private string Why(Job job)
    {
        const string Mark = "saki: ";
        var last = JobLog.Read(new JobFolder(home.Jobs, job.Id).Log(job.Attempt), -4000, 4000).Text.Split('\n').LastOrDefault(line => line.StartsWith(Mark, StringComparison.Ordinal));
        if (job.State == JobState.Succeeded) return "Its result could not be used.";
        return last is not null ? PlainText.Of(last[Mark.Length..], 500) : job.Reason;
    }

    private async Task RouteAsync(IReadOnlyList<CalibrationRow> rows)
    {
        foreach (var model in rows.GroupBy(row => row.Model))
        {
            if (!IsServed(model.Key)) continue;
            foreach (var person in model.GroupBy(row => row.Person))
            {
                // A kill during a load, a version that does not load any more: its person is answered by the one for all meanwhile.
                var active = person.FirstOrDefault(row => row.State == CalibrationState.Accepted);
                if (active is not null && !await LoadAsync(active)) active = null;
                var (key, now) = (Feedback.Person.KeyOf(person.Key), models.Routes.Of(model.Key).Users);
                var answering = now.GetValueOrDefault(key);
                if (answering == active?.Version || (active is null && !person.Any(row => row.Version == answering))) continue;
                await AnswerAsync(model.Key, person.Key, active?.Version);
            }
            await UnloadAsync(model.Key, [.. model.Select(row => row.Version)]);
        }
    }

    private bool IsServed(string model) => models.Find(model) is { IsLoaded: true };

    private Task AnswerAsync(string model, string person, string? version) =>
        models.Changes.UserAsync(model, Feedback.Person.KeyOf(person), version, new ChangedBy("calibration", version is null ? "taken back" : "passed its gate"));

    private async Task<bool> LoadAsync(CalibrationRow row)
    {
        if (models.Find(row.Model)!.Versions.ContainsKey(row.Version)) return true;
        try
        {
            await models.LoadAsync(models.Open(new CalibrationFolder(home, row.Id).Package, row.Model)[0] with { Personal = true }, beside: true);
            return true;
        }
        catch (SakiException failure)
        {
            if (row.Text != failure.Message) await store.NoteAsync(row.Id, failure.Message);
            return false;
        }
    }

    private async Task UnloadAsync(string model, IReadOnlyCollection<string> ours)
    {
        var entry = models.Find(model)!;
        var wanted = models.Routes.Of(model).Users.Values.ToHashSet(StringComparer.Ordinal);
        foreach (var (version, served) in entry.Versions)
            if (served.Personal && ours.Contains(version) && !wanted.Contains(version)) await models.UnloadAsync(model, version);
    }

    // Its version answers nobody any more: that was seen to before.
    private async Task EraseAsync(CalibrationRow row)
    {
        if (row.Job is { } number)
        {
            var job = jobs.Get(number);
            if (!job.Over)
            {
                if (job.CancelledBy.Length == 0) await jobs.CancelAsync(number, "calibration");
                if (!jobs.Get(number).Over) return; // its process still writes; a job that waited is over at once
            }
            var files = new JobFolder(home.Jobs, number).Path;
            if (Directory.Exists(files)) Directory.Delete(files, recursive: true);
        }
        new CalibrationFolder(home, row.Id).Erase();
        await store.RemoveAsync(row.Id);
    }
}

using System.Globalization;
using System.Text.Json;
using Saki.Datasets;
using Saki.Jobs;
using Saki.Server.Accounts;
using Saki.Server.Charts;
using Saki.Server.Layout;

namespace Saki.Server.JobPages;

/// <summary>What the list of jobs shows.</summary>
public sealed record JobListView
{
    /// <summary>The jobs shown.</summary>
    public required JobList List { get; init; }

    /// <summary>Only jobs in this state; null: all.</summary>
    public JobState? State { get; init; }

    /// <summary>How many jobs stand in each state.</summary>
    public required IReadOnlyDictionary<JobState, long> Counts { get; init; }

    /// <summary>What can be asked for.</summary>
    public required IReadOnlyList<JobKind> Kinds { get; init; }

    /// <summary>Why descriptions in the home folder are left out.</summary>
    public required IReadOnlyList<string> Mistakes { get; init; }

    /// <summary>What starts by the clock.</summary>
    public required IReadOnlyList<JobSchedule> Schedules { get; init; }

    /// <summary>Whether who looks may start one.</summary>
    public required bool MayStart { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public required long Now { get; init; }

    /// <summary>Whether there never was one.</summary>
    public bool Empty => Counts.Count == 0;

    /// <summary>Whether something can change by itself.</summary>
    public bool Live => List.Jobs.Any(job => !job.Over);
}

/// <summary>What the page of one job shows.</summary>
public sealed record JobView
{
    /// <summary>The job with attempts and result.</summary>
    public required Job Job { get; init; }

    /// <summary>Null: there is no such kind any more.</summary>
    public JobKind? Kind { get; init; }

    /// <summary>The attempt whose log is shown; 0 before the first.</summary>
    public required int ShownAttempt { get; init; }

    /// <summary>The end of the shown attempt's log.</summary>
    public required string Log { get; init; }

    /// <summary>Where what is written next begins, bytes.</summary>
    public required long LogNext { get; init; }

    /// <summary>Of its run.</summary>
    public required IReadOnlyList<Chart> Charts { get; init; }

    /// <summary>Whether its run has a page here.</summary>
    public required bool HasRun { get; init; }

    /// <summary>Whether who looks may end it or run it again.</summary>
    public required bool MayChange { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public required long Now { get; init; }

    /// <summary>Figures of the result that the kind names.</summary>
    public IReadOnlyList<(string Name, double Value)> Figures => Kind is null || Job.Result is not { ValueKind: JsonValueKind.Object } result ? []
        : [.. Kind.Figures.Where(key => result.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number).Select(key => (key, result.GetProperty(key).GetDouble()))];

    /// <summary>How long it runs or ran; null before it began.</summary>
    public static TimeSpan? Took(Job job, long now) => job.Started is { } started ? TimeSpan.FromMilliseconds(Math.Clamp((job.Ended ?? now) - started, 0, 1e15)) : null;

    /// <summary>A limit in words.</summary>
    public string Limits => string.Join(", ", ((string?[])[
        Job.Plan.MemoryBytes is { } memory ? $"{Words.Number(memory / 1e9, "0.#")} GB" : null,
        Job.Plan.Seconds is { } seconds ? Words.Duration(TimeSpan.FromSeconds(seconds)) : null,
        Job.Plan.Cpus == 1 ? "1 processor" : $"{Job.Plan.Cpus} processors",
        Job.Plan.Gpus > 0 ? string.Create(CultureInfo.InvariantCulture, $"{Job.Plan.Gpus} GPU") : null]).OfType<string>());
}

/// <summary>What the form of a kind shows.</summary>
public sealed record JobFormView
{
    /// <summary>What can be asked for.</summary>
    public required IReadOnlyList<JobKind> Kinds { get; init; }

    /// <summary>Null: none is chosen yet.</summary>
    public JobKind? Kind { get; init; }

    /// <summary>Whether who looks may start one.</summary>
    public required bool MayStart { get; init; }

    /// <summary>Names to choose from.</summary>
    public required IReadOnlyList<string> Datasets { get; init; }

    /// <summary>What was typed before it was refused.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>Why it was refused.</summary>
    public string? Error { get; init; }

    /// <summary>An empty form.</summary>
    internal static JobFormView Of(IReadOnlyList<JobKind> all, JobKind? kind, Caller caller, DatasetStore datasets) => new()
    {
        Kinds = all,
        Kind = kind,
        MayStart = kind is null || caller.May(kind.Demands == "admin" ? Scope.Admin : Scope.Manage),
        Datasets = kind?.Arguments.Any(argument => argument.Type == JobArgumentType.Dataset) == true ? [.. datasets.List().Select(version => version.Name).Distinct()] : [],
    };

    /// <summary>What stands in the field of an argument.</summary>
    public string Value(JobArgument argument) => Values.TryGetValue(argument.Name, out var typed) ? typed : argument.Default ?? "";
}

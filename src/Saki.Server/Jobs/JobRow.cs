using System.Text.Json;
using Saki.Jobs;

namespace Saki.Server.Jobs;

/// <summary>A job as the database has it.</summary>
internal sealed record JobRow
{
    public long Id { get; init; }
    public string Kind { get; init; } = "";
    public string Title { get; init; } = "";
    public string Who { get; init; } = "";
    public string Origin { get; init; } = "";
    public string Arguments { get; init; } = "";
    public string Plan { get; init; } = "";
    public string Executor { get; init; } = "";
    public long Priority { get; init; }
    public string State { get; init; } = "";
    public string CancelledBy { get; init; } = "";
    public long Created { get; init; }
    public long? Started { get; init; }
    public long? Ended { get; init; }
    public long Attempt { get; init; }
    public long? ExitCode { get; init; }
    public string Reason { get; init; } = "";
    public string? RunId { get; init; }
    public double? Progress { get; init; }
    public string ProgressText { get; init; } = "";

    public static string Word(JobState state) => state.ToString().ToLowerInvariant();

    public static JobState StateOf(string word) => Enum.Parse<JobState>(word, ignoreCase: true);

    public Job ToJob() => new()
    {
        Id = Id,
        Kind = Kind,
        Title = Title,
        Who = Who,
        Origin = Origin,
        Arguments = JsonSerializer.Deserialize(Arguments, JobJson.Default.IReadOnlyDictionaryStringJobValue)!,
        Plan = JsonSerializer.Deserialize(Plan, JobJson.Default.JobPlan)!,
        Executor = Executor,
        Priority = (int)Priority,
        State = StateOf(State),
        CancelledBy = CancelledBy,
        Created = Created,
        Started = Started,
        Ended = Ended,
        Attempt = (int)Attempt,
        ExitCode = (int?)ExitCode,
        Reason = Reason,
        RunId = RunId,
        Progress = Progress,
        ProgressText = ProgressText,
    };
}

/// <summary>An attempt as the database has it.</summary>
internal sealed record AttemptRow
{
    public long Number { get; init; }
    public string State { get; init; } = "";
    public long? Started { get; init; }
    public long? Ended { get; init; }
    public long? ExitCode { get; init; }
    public string Reason { get; init; } = "";

    public JobAttempt ToAttempt() => new((int)Number, JobRow.StateOf(State), Started, Ended, (int?)ExitCode, Reason);
}

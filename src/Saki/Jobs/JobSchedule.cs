namespace Saki.Jobs;

/// <summary>A job that starts by the clock.</summary>
public sealed record JobSchedule
{
    /// <summary>Unique: letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, at most 64.</summary>
    public required string Name { get; init; }

    /// <summary>Five fields: minute, hour, day of the month, month, day of the week. In UTC unless <see cref="Zone"/> says another.</summary>
    public required string Cron { get; init; }

    /// <summary>A time zone such as <c>Europe/Berlin</c>; null: UTC.</summary>
    public string? Zone { get; init; }

    /// <summary>What is asked for each time. It is composed anew at each time, so that new data counts.</summary>
    public required JobAsk Ask { get; init; }

    /// <summary>False: it waits. Default: true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Who made it.</summary>
    public string Who { get; set; } = "";

    /// <summary>The next time, milliseconds since 1970; null: never.</summary>
    public long? Next { get; init; }

    /// <summary>The last time that it started something or was refused.</summary>
    public long? Last { get; init; }

    /// <summary>What came of the last time: <c>job 12</c>, or why it was refused.</summary>
    public string Outcome { get; set; } = "";
}

using System.Globalization;

namespace Saki.Server.Jobs;

/// <summary>Reads the five fields of <see cref="Cron"/> out as people say them: <c>0 3 * * 1-5</c> is “at 03:00, from Monday to Friday”.</summary>
internal static class CronWords
{
    private static readonly string[]
        Months = ["", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
        Days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        ShortMonths = ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], ShortDays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    /// <summary>The reading of text that <see cref="Cron.Parse"/> takes.</summary>
    public static string Of(string text)
    {
        var fields = text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var (minute, hour, day, month, weekday) = (fields[0], fields[1], fields[2], fields[3], fields[4]);
        var date = day == "*" ? null : $"on {(Steps(day) is { } every ? $"every {Ordinal(every)} day of the month" : $"day {List(day, "{0}", Number)} of the month")}";
        var week = weekday == "*" ? null : Steps(weekday) is { } each ? $"on every {Ordinal(each)} day of the week" : $"on {List(weekday, "{0}", value => Name(value, ShortDays, Days))}";
        // As in Vixie's cron: with a star at the start of one of the two both count, else either is enough.
        var days = (date, week) switch
        {
            (null, null) => null,
            ({ } only, null) => only,
            (null, { } only) => only,
            ({ } one, { } other) => day.StartsWith('*') || weekday.StartsWith('*') ? $"{one} and {other}" : $"{one}, and {other}",
        };
        var months = month == "*" ? null : Steps(month) is { } nth ? $"in every {Ordinal(nth)} month" : $"in {List(month, "{0}", value => Name(value, ShortMonths, Months))}";
        return string.Join(", ", ((string?[])[Times(minute, hour), days ?? (hour == "*" || Steps(hour) is not null ? null : "every day"), months]).OfType<string>());
    }

    private static string Times(string minute, string hour)
    {
        if (Plain(minute) is { } m && Plain(hour) is { } h) return $"at {Clock(h, m)}";
        if (Plain(minute) is { } same && hour.Split(',') is { Length: > 1 and <= 6 } hours && hours.All(one => Plain(one) is not null)) return $"at {Join([.. hours.Select(one => Clock(Plain(one)!.Value, same))])}";
        var minutes = minute switch
        {
            "*" => "every minute",
            _ when Steps(minute) is { } step => step == 1 ? "every minute" : $"every {step} minutes",
            _ when Plain(minute) is { } one => one == 0 && (hour == "*" || Steps(hour) is not null) ? "" : $"{one} {(one == 1 ? "minute" : "minutes")} past the hour",
            _ => $"at minute {List(minute, "{0}", Number)}",
        };
        var hours2 = hour switch
        {
            "*" => minutes.Length == 0 ? "every hour" : minute.StartsWith('*') ? "" : "every hour",
            _ when Steps(hour) is { } step => step == 1 ? "every hour" : $"every {step} hours",
            _ when Plain(hour) is { } one => $"from {Clock(one, 0)} to {Clock(one, 59)}",
            _ when hour.Split('-') is [var from, var to] && Plain(from) is { } a && Plain(to) is { } b => $"from {Clock(a, 0)} to {Clock(b, 59)}",
            _ => $"in hour {List(hour, "{0}", Number)}",
        };
        return string.Join(", ", ((string[])[minutes, hours2]).Where(part => part.Length > 0));
    }

    private static string List(string field, string form, Func<string, string> name) => Join([.. field.Split(',').Select(part => Part(part, form, name))]);

    private static string Part(string part, string form, Func<string, string> name)
    {
        var (range, step) = part.Split('/') is [var all, var each] ? (all, each) : (part, null);
        var said = range.Split('-') switch
        {
            ["*"] => "any",
            [var first, var last] => $"{name(first)} to {name(last)}",
            _ => name(range),
        };
        return string.Format(CultureInfo.InvariantCulture, form, step is null ? said : $"{said} in steps of {step}");
    }

    private static int? Steps(string field) => field.StartsWith("*/", StringComparison.Ordinal) && int.TryParse(field[2..], NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : null;

    private static int? Plain(string field) => int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string Number(string value) => value;

    private static string Name(string value, string[] written, string[] said) => Plain(value) is { } number ? said[number] : said[Array.IndexOf(written, value)];

    private static string Clock(int hour, int minute) => string.Create(CultureInfo.InvariantCulture, $"{hour:00}:{minute:00}");

    private static string Ordinal(int number) => number switch { 1 => "", 2 => "second", 3 => "third", _ => $"{number}th" };

    private static string Join(IReadOnlyList<string> parts) => parts.Count == 1 ? parts[0] : $"{string.Join(", ", parts.SkipLast(1))} and {parts[^1]}";
}

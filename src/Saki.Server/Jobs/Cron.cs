using System.Globalization;

namespace Saki.Server.Jobs;

/// <summary>
/// Times in cron's five fields: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday; names of months and days in English). Each is <c>*</c>, a number, a range <c>a-b</c>,
/// steps <c>*/n</c> and <c>a-b/n</c>, or a list of these. When both days are limited either is enough, as in Vixie's cron. A time that a clock change skips comes at
/// the end of the gap; one that comes twice counts the first time.
/// </summary>
internal sealed class Cron
{
    private const int YearsAhead = 8; // 29 February, over a year that is no leap year
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    private readonly bool[] _minutes, _hours, _days, _months, _weekdays;
    private readonly bool _anyDay, _anyWeekday;

    private Cron(string[] fields)
    {
        _minutes = Field(fields[0], "minute", 0, 59, []);
        _hours = Field(fields[1], "hour", 0, 23, []);
        _days = Field(fields[2], "day of the month", 1, 31, []);
        _months = Field(fields[3], "month", 1, 12, Months);
        _weekdays = Field(fields[4], "day of the week", 0, 7, Days);
        _weekdays[0] |= _weekdays[7];
        (_anyDay, _anyWeekday) = (fields[2].StartsWith('*'), fields[4].StartsWith('*'));
    }

    /// <summary>Reads the five fields.</summary>
    /// <exception cref="SakiException">There are not five, or one is no list of times.</exception>
    public static Cron Parse(string text)
    {
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5 || text.Length > 200) throw new SakiException("Reading the times of a schedule", "five fields: minute hour day month weekday", $"\"{text}\"", "0 3 * * * is every night at three.");
        return new Cron(fields);
    }

    /// <summary>The first time after a moment; null when there is none (30 February).</summary>
    public DateTimeOffset? After(DateTimeOffset moment, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(moment, zone).DateTime;
        for (var day = local.Date; day < local.Date.AddYears(YearsAhead); day = day.AddDays(1))
        {
            if (!IsDay(day)) continue;
            for (var minute = 0; minute < 24 * 60; minute++)
                if (_hours[minute / 60] && _minutes[minute % 60] && Moment(day.AddMinutes(minute), zone) is var time && time > moment) return time;
        }
        return null;
    }

    private bool IsDay(DateTime day)
    {
        if (!_months[day.Month]) return false;
        var (date, weekday) = (_days[day.Day], _weekdays[(int)day.DayOfWeek]);
        return _anyDay || _anyWeekday ? date && weekday : date || weekday;
    }

    private static DateTimeOffset Moment(DateTime local, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(local)) local = local.AddMinutes(1);
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset);
    }

    private static bool[] Field(string text, string name, int least, int most, string[] names)
    {
        var allowed = new bool[most + 1];
        foreach (var part in text.Split(','))
        {
            var (range, step) = part.Split('/') switch { [var all] => (all, 1), [var all, var each] => (all, Number(each, 1, most)), _ => throw Wrong() };
            var (from, to) = range.Split('-') switch
            {
                ["*"] => (least, most),
                [var one] => (Value(one), part.Contains('/') ? most : Value(one)),
                [var first, var last] => (Value(first), Value(last)),
                _ => throw Wrong(),
            };
            if (from > to) throw Wrong();
            for (var value = from; value <= to; value += step) allowed[value] = true;
        }
        return allowed;

        int Value(string word) => Array.FindIndex(names, known => known.Equals(word, StringComparison.OrdinalIgnoreCase)) is >= 0 and var at ? at + least : Number(word, least, most);

        int Number(string word, int low, int high) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= low && number <= high ? number : throw Wrong();

        SakiException Wrong() => new("Reading the times of a schedule", $"{name}: numbers from {least} to {most}, ranges, steps, lists of them, or *", $"\"{text}\"");
    }
}

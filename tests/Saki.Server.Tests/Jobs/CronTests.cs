using System.Globalization;
using Saki.Server.Jobs;

namespace Saki.Server.Tests.Jobs;

public sealed class CronTests
{
    [Theory]
    [InlineData("0 3 * * *", "2026-11-21T18:00:00Z", "2026-11-22T03:00:00Z")]
    [InlineData("*/15 * * * *", "2026-11-21T18:00:00Z", "2026-11-21T18:15:00Z")]
    [InlineData("5-10/2,40 8 * * *", "2026-11-21T08:09:30Z", "2026-11-21T08:40:00Z")]
    [InlineData("0 0 29 feb *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z")] // 2100 is no leap year
    [InlineData("0 12 * * mon-fri", "2026-11-21T18:00:00Z", "2026-11-23T12:00:00Z")]
    [InlineData("0 0 * * 7", "2026-11-21T18:00:00Z", "2026-11-22T00:00:00Z")]
    [InlineData("0 0 1 * mon", "2026-11-21T18:00:00Z", "2026-11-23T00:00:00Z")] // either day is enough when both are limited
    public void The_next_time_is_the_first_that_fits_all_fields(string cron, string after, string next) =>
        Assert.Equal(At(next), Cron.Parse(cron).After(At(after), TimeZoneInfo.Utc));

    [Fact]
    public void A_time_that_a_clock_change_skips_comes_at_its_end_and_one_that_comes_twice_counts_once()
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var nightly = Cron.Parse("30 2 * * *");
        Assert.Equal(At("2027-03-28T01:00:00Z"), nightly.After(At("2027-03-27T12:00:00Z"), berlin)); // 2:30 does not exist; 3:00 summer time
        Assert.Equal(At("2027-10-31T00:30:00Z"), nightly.After(At("2027-10-30T12:00:00Z"), berlin)); // the first 2:30
        Assert.Equal(At("2027-11-01T01:30:00Z"), nightly.After(At("2027-10-31T00:30:00Z"), berlin)); // not the second
    }

    [Fact]
    public void A_day_that_never_comes_has_no_next_time() => Assert.Null(Cron.Parse("0 0 30 2 *").After(At("2026-01-01T00:00:00Z"), TimeZoneInfo.Utc));

    [Theory]
    [InlineData("* * * *")]
    [InlineData("60 * * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("5-3 * * * *")]
    [InlineData("*/0 * * * *")]
    [InlineData("a * * * *")]
    [InlineData("1/2/3 * * * *")]
    [InlineData("-1 * * * *")]
    [InlineData("@daily")]
    public void What_is_no_time_is_refused(string cron) => Assert.Throws<SakiException>(() => Cron.Parse(cron));

    private static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);
}

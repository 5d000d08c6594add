using Saki.Server.Jobs;

namespace Saki.Server.Tests.Jobs;

public sealed class CronWordsTests
{
    [Theory]
    [InlineData("0 3 * * *", "at 03:00, every day")]
    [InlineData("30 22 * * 1-5", "at 22:30, on Monday to Friday")]
    [InlineData("0 9,17 * * *", "at 09:00 and 17:00, every day")]
    [InlineData("*/15 * * * *", "every 15 minutes")]
    [InlineData("* * * * *", "every minute")]
    [InlineData("0 * * * *", "every hour")]
    [InlineData("0 */6 * * *", "every 6 hours")]
    [InlineData("20 * * * *", "20 minutes past the hour, every hour")]
    [InlineData("*/10 8-17 * * mon-fri", "every 10 minutes, from 08:00 to 17:59, on Monday to Friday")]
    [InlineData("0 5 1 * *", "at 05:00, on day 1 of the month")]
    [InlineData("0 4 * * 0", "at 04:00, on Sunday")]
    [InlineData("0 4 * * 7", "at 04:00, on Sunday")]
    [InlineData("0 0 1 jan,jul *", "at 00:00, on day 1 of the month, in January and July")]
    [InlineData("0 6 13 * fri", "at 06:00, on day 13 of the month, and on Friday")]
    [InlineData("5 4 */2 * *", "at 04:05, on every second day of the month")]
    public void Times_are_read_out_as_people_say_them(string cron, string words)
    {
        Cron.Parse(cron);
        Assert.Equal(words, CronWords.Of(cron));
    }

    [Fact]
    public void Whatever_cron_takes_can_be_read_out()
    {
        var random = new SeededRandom(5);
        string[] fields = ["*", "*/2", "1", "1-3", "2,4", "1-5/2", "3/2", "1,2-4,5/3"];
        for (var i = 0; i < 2000; i++)
        {
            var cron = string.Join(' ', Enumerable.Range(0, 5).Select(_ => fields[random.Next(fields.Length)]));
            Cron.Parse(cron);
            Assert.NotEmpty(CronWords.Of(cron));
        }
    }
}

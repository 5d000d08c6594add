using System.Diagnostics;
using System.Globalization;
using Saki.Server.Jobs;
using Saki.Testing;

namespace Saki.Server.Tests.Jobs;

public sealed class JobLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Log => Path.Combine(_folder.Root, "log");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Parts_of_a_log_put_together_are_the_log_also_when_a_sign_is_cut()
    {
        var text = string.Concat(Enumerable.Range(0, 400).Select(i => $"{i} ä € 😀\n"));
        File.WriteAllText(Log, text);
        for (var most = 4; most < 40; most += 5)
        {
            var (read, from) = ("", 0L);
            while (JobLog.Read(Log, from, most) is { Text.Length: > 0 } part) (read, from) = (read + part.Text, part.Next);
            Assert.Equal(text, read);
        }
    }

    [Fact]
    public void Signs_that_would_steer_a_terminal_are_shown_as_such()
    {
        File.WriteAllText(Log, "a\u001b[2Jb\rc\td\0e\u009b31m");
        Assert.Equal("a\uFFFD[2Jb\nc\td\uFFFDe\uFFFD31m", JobLog.Read(Log, 0, 1000).Text);
    }

    [Fact]
    public void A_log_that_grows_without_end_keeps_its_newest_part_and_its_offsets()
    {
        using (var file = new FileStream(Log, FileMode.Append))
        {
            var block = new byte[1_000_000];
            block.AsSpan().Fill((byte)'x');
            for (var i = 0; i < 40; i++) file.Write(block);
            file.Write("the end\n"u8);
        }
        Assert.True(JobLog.Bound(Log));
        Assert.Equal(40_000_008, new FileInfo(Log).Length);
        Assert.Equal("the end\n", JobLog.Read(Log, 40_000_000, 100).Text);
        Assert.True(JobLog.Read(Log, 0, 1 << 26).From >= 20_000_000);
        using var stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%b", Log]) { RedirectStandardOutput = true })!;
        Assert.InRange(long.Parse(stat.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture) * 512, 15_000_000, 20_000_000);
    }
}

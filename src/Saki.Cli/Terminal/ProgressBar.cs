namespace Saki.Cli.Terminal;

/// <summary>
/// A bar with rate and time left: redrawn ten times a second on a terminal, a plain line every five seconds elsewhere. Time from <see cref="TimeProvider"/>.
/// </summary>
internal sealed class ProgressBar(Terminal terminal, string what, TimeProvider time) : IDisposable
{
    private readonly long _start = time.GetTimestamp();
    private long _last;

    /// <summary>Shows that <paramref name="done"/> of <paramref name="total"/> items are through; a total of 0 is unknown.</summary>
    public void Report(long done, long total)
    {
        var now = time.GetTimestamp();
        var every = terminal.Live ? 0.1 : 5;
        var final = total > 0 && done >= total;
        if (!final && time.GetElapsedTime(_last == 0 ? _start : _last, now).TotalSeconds < every) return;
        if (final && !terminal.Live && _last == 0) return;
        _last = now;
        var seconds = time.GetElapsedTime(_start, now).TotalSeconds;
        var rate = done / Math.Max(seconds, 1e-3);
        terminal.Progress(total > 0
            ? $"{what} {Draw((double)done / total)} {done:N0}/{total:N0}  {rate:N0}/s  {Format.Duration((total - done) / Math.Max(rate, 1e-9))} left"
            : $"{what} {done:N0}  {rate:N0}/s");
    }

    /// <summary>Leaves the last line standing.</summary>
    public void Dispose() => terminal.EndProgress();

    /// <summary>Twenty cells, filled in eighths.</summary>
    public static string Draw(double share)
    {
        const int cells = 20;
        var eighths = (int)Math.Round(Math.Clamp(share, 0, 1) * cells * 8);
        var full = new string('█', eighths / 8);
        var part = eighths % 8 == 0 ? "" : "▏▎▍▌▋▊▉"[(eighths % 8) - 1].ToString();
        return $"▕{(full + part).PadRight(cells)}▏";
    }
}

using System.Runtime.InteropServices;
using System.Text;

namespace Saki.Server.Jobs;

/// <summary>
/// A log that a process appends to, read by offset. It is bounded on disk: what is older than the last <see cref="Kept"/> bytes is given back to the file system as a hole, so that offsets
/// stay what they are and the process never notices.
/// </summary>
internal static partial class JobLog
{
    /// <summary>Bytes that stay when a log grows beyond twice as many. 16 MB.</summary>
    public const long Kept = 16_000_000;

    private const int KeepSize = 1, PunchHole = 2; // FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE of linux/falloc.h

    /// <summary>Part of a log as text.</summary>
    /// <param name="From">Offset of its first byte: later than asked for when older bytes are gone.</param>
    /// <param name="Next">Where the following part begins.</param>
    /// <param name="Text">Control characters but line ends and tabs are shown as �.</param>
    public sealed record Part(long From, long Next, string Text);

    /// <summary>Reads at most <paramref name="most"/> bytes from an offset on; a negative one counts from the end.</summary>
    public static Part Read(string path, long offset, int most)
    {
        if (!File.Exists(path)) return new Part(0, 0, "");
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        var from = Math.Clamp(offset < 0 ? file.Length + offset : offset, 0, file.Length);
        from = Math.Max(from, file.Length - (2 * Kept));
        var buffer = new byte[(int)Math.Min(most, file.Length - from)];
        file.Seek(from, SeekOrigin.Begin);
        // What was given back reads as zeros, and there may be more of them than one buffer holds.
        var (length, hole) = (0, -1);
        while ((length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)) > 0 && (hole = buffer.AsSpan(0, length).IndexOfAnyExcept((byte)0)) < 0) from += length;
        var bytes = buffer.AsSpan(Math.Max(0, hole)..length);
        from += Math.Max(0, hole);
        bytes = bytes[..WholeSigns(bytes)];
        return new Part(from, from + bytes.Length, Shown(Encoding.UTF8.GetString(bytes)));
    }

    /// <summary>The last line that says something, at most 300 signs.</summary>
    public static string LastLine(string path)
    {
        var lines = Read(path, -8192, 8192).Text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var line = lines.LastOrDefault(text => text.StartsWith("saki: ", StringComparison.Ordinal)) ?? lines.LastOrDefault() ?? "";
        return line.Length <= 300 ? line : $"{line[..300]}…";
    }

    /// <summary>Gives old bytes back when the log has grown too large; false when the file system cannot do that.</summary>
    public static bool Bound(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length <= 2 * Kept) return true;
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        return Allocate(handle.DangerousGetHandle().ToInt32(), PunchHole | KeepSize, 0, file.Length - Kept) == 0;
    }

    private static string Shown(string text) => string.Create(text.Length, text, (signs, from) =>
    {
        for (var i = 0; i < from.Length; i++) signs[i] = from[i] is '\n' or '\t' ? from[i] : from[i] == '\r' ? '\n' : char.IsControl(from[i]) ? '\uFFFD' : from[i];
    });

    // Up to the end of the last whole UTF-8 sign; the rest of a cut one comes with the next part.
    private static int WholeSigns(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            var lead = bytes[^back];
            if ((lead & 0xC0) == 0x80) continue;
            var length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
            return length > back ? bytes.Length - back : bytes.Length;
        }
        return bytes.Length;
    }

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Allocate(int file, int mode, long offset, long length);
}

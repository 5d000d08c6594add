using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Saki.Server.Jobs;

/// <summary>
/// The processes of this machine that belong to jobs, by <c>/proc</c>. A process belongs to a job when it began with the job's <see cref="Variable"/> in its environment: children inherit it whatever
/// group or session they make, and a number that the system gives to another process later does not have it.
/// </summary>
internal static partial class Processes
{
    /// <summary>Names the attempt's folder in the environment of its processes.</summary>
    public const string Variable = "SAKI_JOB_FOLDER";

    private static readonly byte[] Mark = Encoding.ASCII.GetBytes($"{Variable}=");

    /// <summary>Names this start of this machine: a process of another start is gone.</summary>
    public static string Boot { get; } = File.Exists("/proc/sys/kernel/random/boot_id") ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() : "";

    /// <summary>All processes of jobs: number, and the attempt's folder.</summary>
    public static IReadOnlyList<(int Id, string Folder)> OfJobs()
    {
        var found = new List<(int, string)>();
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(entry.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && FolderOf(id) is { } folder)
                found.Add((id, folder));
        return found;
    }

    /// <summary>Those under a job's folder.</summary>
    public static IReadOnlyList<int> Under(string folder) => [.. OfJobs().Where(one => one.Folder.StartsWith($"{folder}/", StringComparison.Ordinal)).Select(one => one.Id)];

    /// <summary>When a process began, in ticks since the machine did; null when there is none.</summary>
    public static long? Began(int id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            // The second field is the program's name and may hold anything, brackets and spaces too; it ends at the last bracket.
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Memory that is a process's own: anonymous and shared pages that are resident, bytes. Pages of program files are left out, since several processes share them.</summary>
    public static long OwnMemory(int id)
    {
        long kilobytes = 0;
        try
        {
            foreach (var line in File.ReadLines($"/proc/{id}/status"))
                if (line.StartsWith("RssAnon:", StringComparison.Ordinal) || line.StartsWith("RssShmem:", StringComparison.Ordinal))
                    kilobytes += long.Parse(line[(line.IndexOf(':') + 1)..^2], NumberStyles.Integer | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It has just ended.
        }
        return kilobytes * 1024;
    }

    /// <summary>Sends SIGTERM, or SIGKILL when <paramref name="force"/>.</summary>
    public static void End(IEnumerable<int> processes, bool force)
    {
        foreach (var id in processes) Kill(id, force ? 9 : 15);
    }

    // Null: not ours to see, gone, or of no job.
    private static string? FolderOf(int id)
    {
        byte[] environment;
        try
        {
            environment = File.ReadAllBytes($"/proc/{id}/environ");
        }
        catch (Exception unseen) when (unseen is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        var at = Start(environment);
        if (at < 0) return null;
        var value = environment.AsSpan(at);
        var end = value.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? value : value[..end]);
    }

    // Where the value of the variable begins; variables are separated by zeros.
    private static int Start(ReadOnlySpan<byte> environment)
    {
        for (var at = 0; at >= 0 && at < environment.Length;)
        {
            if (environment[at..].StartsWith(Mark)) return at + Mark.Length;
            var next = environment[at..].IndexOf((byte)0);
            at = next < 0 ? -1 : at + next + 1;
        }
        return -1;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int id, int signal);
}

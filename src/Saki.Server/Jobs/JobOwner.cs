using System.Globalization;

namespace Saki.Server.Jobs;

/// <summary>Names a worker: its machine, the machine's start, its process and when that began, and one worker of several in a process.</summary>
internal sealed record JobOwner(string Host, string Boot, int Process, long Began, string Mark)
{
    /// <summary>A name for a worker of this process.</summary>
    public static JobOwner New() =>
        new(Environment.MachineName, Processes.Boot, Environment.ProcessId, Processes.Began(Environment.ProcessId) ?? 0, Guid.NewGuid().ToString("N")[..8]);

    /// <summary>Of what the database holds; what is no name is nobody's.</summary>
    public static JobOwner Parse(string text)
    {
        var parts = text.Split('|');
        return parts.Length == 5 && int.TryParse(parts[2], CultureInfo.InvariantCulture, out var process) && long.TryParse(parts[3], CultureInfo.InvariantCulture, out var began)
            ? new JobOwner(parts[0], parts[1], process, began, parts[4])
            : new JobOwner("", "", 0, 0, "");
    }

    /// <summary>Whether it is known, without waiting, that this worker is no more.</summary>
    public bool IsGone => Host == Environment.MachineName && (Boot != Processes.Boot || Process == 0 || Processes.Began(Process) != Began);

    /// <summary>The name under which a worker that ends in order leaves its jobs: gone, on this machine.</summary>
    public JobOwner Released => this with { Process = 0 };

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host.Replace('|', '-')}|{Boot}|{Process}|{Began}|{Mark}");
}

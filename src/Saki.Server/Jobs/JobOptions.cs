namespace Saki.Server.Jobs;

/// <summary>How a server runs jobs.</summary>
public sealed record JobOptions
{
    /// <summary>Whose jobs: queue, files, kinds.</summary>
    public required SakiHome Home { get; init; }

    /// <summary>The program and first arguments that are this installation's <c>saki</c>.</summary>
    public required IReadOnlyList<string> Saki { get; init; }

    /// <summary>Processors that jobs of this machine may take together. Default: all but one, at least one.</summary>
    public int Cpus { get; init; } = Math.Max(1, Environment.ProcessorCount - 1);

    /// <summary>GPUs that jobs of this machine may take. Default: those that the NVIDIA driver shows.</summary>
    public int Gpus { get; init; } = Directory.Exists("/proc/driver/nvidia/gpus") ? Directory.GetDirectories("/proc/driver/nvidia/gpus").Length : 0;

    /// <summary>How long a heartbeat may stand still before another worker takes the job over. Default 15 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often the worker looks. Default twice a second.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long processes have to end after SIGTERM. Default 20 s: a training saves a checkpoint meanwhile.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How often an attempt may vanish before the job fails. Default 5.</summary>
    public int MostLosses { get; init; } = 5;

    /// <summary>The tracking server that jobs log to; null: the one in this process, or none.</summary>
    public Uri? Tracking { get; init; }
}

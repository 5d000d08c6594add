namespace Saki.Torch.Training;

/// <summary>Where a run's checkpoints are.</summary>
internal sealed class CheckpointFiles(string runFolder)
{
    /// <summary>Everything needed to go on.</summary>
    internal string Last { get; } = Path.Combine(runFolder, "checkpoints", "last.safetensors");

    /// <summary>The weights of the best epoch.</summary>
    internal string Best { get; } = Path.Combine(runFolder, "checkpoints", "best.safetensors");
}

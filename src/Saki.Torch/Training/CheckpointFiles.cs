namespace Saki.Torch.Training;

/// <summary>Where a run's checkpoints are.</summary>
internal sealed class CheckpointFiles(string runFolder)
{
    private readonly string _folder = Path.Combine(runFolder, "checkpoints");

    /// <summary>Everything needed to go on.</summary>
    internal string Last => Path.Combine(_folder, "last.safetensors");

    /// <summary>The weights of an epoch, from 1.</summary>
    internal string Of(int epoch) => Path.Combine(_folder, $"epoch-{epoch:d4}.safetensors");

    /// <summary>Removes weights that are not kept any more; also those that a kill left over.</summary>
    internal void RemoveAllBut(IReadOnlyList<KeptEpoch> kept)
    {
        var wanted = kept.Select(epoch => Of(epoch.Epoch)).ToHashSet();
        foreach (var file in Directory.EnumerateFiles(_folder, "epoch-*.safetensors"))
            if (!wanted.Contains(file)) File.Delete(file);
    }
}

using Saki.Storage;

namespace Saki.Labelling.LabelStudio;

/// <summary>One person's answer for one picture, from a file of Label Studio.</summary>
public sealed record ImportedLabel
{
    /// <summary>What the picture's key holds: an address, a path, a file name.</summary>
    public required string Image { get; init; }

    /// <summary>The sample's path, from data that Saki exported (<c>path</c>); null elsewhere.</summary>
    public string? Path { get; init; }

    /// <summary>The picture's digest, from data that Saki exported (<c>digest</c>); null elsewhere.</summary>
    public Digest? Digest { get; init; }

    /// <summary>The chosen class; null when none was chosen.</summary>
    public string? Label { get; init; }

    /// <summary>Who answered; null when the file does not say.</summary>
    public string? Annotator { get; init; }

    /// <summary>True for what counts as the truth and outvotes all others.</summary>
    public bool GroundTruth { get; init; }

    /// <summary>What tells pictures apart: the path where there is one (copies may lie under several), else the digest, else the address.</summary>
    public string Key => Path ?? Digest?.ToString() ?? Image;

    /// <summary>What each picture is called by most of its annotators, by <see cref="Key"/>; pictures without a majority are left out.</summary>
    /// <param name="labels">In any order; those without a class do not count.</param>
    public static IReadOnlyDictionary<string, (ImportedLabel Any, Consensus Consensus)> Agree(IEnumerable<ImportedLabel> labels)
    {
        var votes = new Dictionary<string, (ImportedLabel First, List<string> Labels, bool Truth)>(StringComparer.Ordinal);
        foreach (var label in labels)
        {
            if (label.Label is not { } name) continue;
            if (!votes.TryGetValue(label.Key, out var known)) votes.Add(label.Key, (label, [name], label.GroundTruth));
            else if (label.GroundTruth && !known.Truth) votes[label.Key] = (label, [name], true);
            else if (label.GroundTruth == known.Truth) known.Labels.Add(name);
        }
        return votes.ToDictionary(pair => pair.Key, pair => (pair.Value.First, Consensus.Of(pair.Value.Labels)), StringComparer.Ordinal);
    }
}

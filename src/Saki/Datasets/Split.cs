namespace Saki.Datasets;

/// <summary>What a sample is for: to learn from, to choose by while learning, or to be looked at once at the end.</summary>
public enum Split
{
    /// <summary>Learned from.</summary>
    Train,

    /// <summary>Looked at while training, to choose the best epoch and the settings.</summary>
    Val,

    /// <summary>Kept for the final figure.</summary>
    Test,
}

/// <summary>How splits are written, and how the world spells them.</summary>
public static class SplitNames
{
    /// <summary>All splits in order.</summary>
    public static IReadOnlyList<Split> All { get; } = [Split.Train, Split.Val, Split.Test];

    /// <summary>Which split may not reach into which: what is learned from or chosen by, and what is measured on.</summary>
    internal static IReadOnlyList<(Split From, Split Into)> LeakPairs { get; } = [(Split.Train, Split.Val), (Split.Train, Split.Test), (Split.Val, Split.Test)];

    /// <summary><c>train</c>, <c>val</c> or <c>test</c>: in manifests, digests and references.</summary>
    public static string Name(this Split split) => split switch
    {
        Split.Train => "train",
        Split.Val => "val",
        _ => "test",
    };

    /// <summary>Reads the exact names of <see cref="Name"/>.</summary>
    public static bool TryParse(string name, out Split split)
    {
        foreach (var known in All)
        {
            split = known;
            if (known.Name() == name) return true;
        }
        split = default;
        return false;
    }

    /// <summary>Reads the names that folders and columns of data sets in the wild carry, of any case: training, valid, PublicTest, …</summary>
    public static Split? Spelled(string name) => name.ToUpperInvariant() switch
    {
        "TRAIN" or "TRAINING" => Split.Train,
        "VAL" or "VALID" or "VALIDATION" or "PUBLICTEST" => Split.Val,
        "TEST" or "TESTING" or "PRIVATETEST" => Split.Test,
        _ => null,
    };
}

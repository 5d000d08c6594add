namespace Saki.Torch.Training;

/// <summary>In which order an epoch sees its samples.</summary>
internal sealed class SampleOrder(IReadOnlyList<int> labels, bool classBalanced)
{
    // Only classes that have samples: an empty one cannot be balanced.
    private readonly int[][] _classes = classBalanced
        ? [.. labels.Select((label, sample) => (label, sample)).GroupBy(x => x.label, x => x.sample).OrderBy(group => group.Key).Select(group => group.ToArray())]
        : [];

    /// <summary>As many indices as there are samples: each once; or class by class in turn, within a class each once before any comes again.</summary>
    internal int[] Of(SeededRandom random)
    {
        var order = new int[labels.Count];
        if (_classes.Length == 0)
        {
            for (var i = 0; i < order.Length; i++) order[i] = i;
        }
        else
        {
            var shuffled = Array.ConvertAll(_classes, samples => samples.ToArray());
            for (var i = 0; i < order.Length; i++)
            {
                var samples = shuffled[i % shuffled.Length];
                var turn = i / shuffled.Length % samples.Length;
                if (turn == 0) random.Shuffle<int>(samples);
                order[i] = samples[turn];
            }
        }
        random.Shuffle<int>(order);
        return order;
    }
}

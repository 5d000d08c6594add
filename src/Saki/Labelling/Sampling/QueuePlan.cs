namespace Saki.Labelling.Sampling;

/// <summary>Which choice a task belongs to.</summary>
public enum SamplingArm
{
    /// <summary>Chosen by the strategy.</summary>
    Strategy,

    /// <summary>Chosen at random, to measure what the strategy gains.</summary>
    Control,
}

/// <summary>A place in a queue.</summary>
/// <param name="Index">Which candidate.</param>
/// <param name="Score">What put it there; 0 in the control arm.</param>
/// <param name="Arm">Who chose it.</param>
public readonly record struct PlannedTask(int Index, double Score, SamplingArm Arm);

/// <summary>Mixes the strategy's order with a random control arm.</summary>
public static class QueuePlan
{
    /// <summary>
    /// Every place is the control arm's with probability <paramref name="control"/>, else the strategy's; each takes its next candidate that neither has taken. So at any moment
    /// the control arm is a random sample of what the strategy has left, and labellers cannot tell whose task they see.
    /// </summary>
    /// <param name="ranked">All candidates, best first.</param>
    /// <param name="count">How many places; at most all.</param>
    /// <param name="control">0 to 1.</param>
    /// <param name="random">Draws.</param>
    public static IReadOnlyList<PlannedTask> Of(IReadOnlyList<Ranked> ranked, int count, double control, SeededRandom random)
    {
        count = Math.Min(count, ranked.Count);
        var shuffled = ranked.Select(candidate => candidate.Index).ToArray();
        random.Shuffle<int>(shuffled);
        var taken = new HashSet<int>();
        var plan = new List<PlannedTask>(count);
        int best = 0, drawn = 0;
        while (plan.Count < count)
        {
            if (random.NextDouble() < control)
            {
                while (!taken.Add(shuffled[drawn])) drawn++;
                plan.Add(new PlannedTask(shuffled[drawn], 0, SamplingArm.Control));
            }
            else
            {
                while (!taken.Add(ranked[best].Index)) best++;
                plan.Add(new PlannedTask(ranked[best].Index, ranked[best].Score, SamplingArm.Strategy));
            }
        }
        return plan;
    }
}

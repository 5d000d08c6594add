using Saki.Labelling;

namespace Saki.Server.Labelling;

/// <summary>What the answers of a queue show: agreement, gold questions, what the order gains over chance, how much guesses sway.</summary>
internal static class LabelStatistics
{
    /// <param name="answers">Those that count, in the order in which they were given.</param>
    public static LabelStats Of(IReadOnlyList<AnswerRow> answers)
    {
        var labels = answers.Where(answer => answer.Kind == "label").ToArray();
        var judged = labels.Where(answer => answer.Arm != "gold").Select(answer => new Judgement(answer.Task, answer.Annotator, answer.Label)).ToArray();
        var twice = judged.CountBy(judgement => judgement.Item).Count(pair => pair.Value > 1);
        var guessed = labels.Where(answer => answer is { Guess.Length: > 0 } && answer.Arm != "gold").ToArray();
        return new LabelStats
        {
            Alpha = Agreement.Krippendorff(judged),
            LabelledTwice = twice,
            Annotators = [.. answers.GroupBy(answer => answer.Annotator).Select(person => Person(person.Key, [.. person], judged)).OrderByDescending(person => person.Labels).ThenBy(person => person.Name, StringComparer.Ordinal)],
            Arms = [Arm("strategy", guessed), Arm("control", guessed)],
            KeptShown = Kept(guessed.Where(answer => answer.Blind == 0)),
            KeptHidden = Kept(guessed.Where(answer => answer.Blind == 1)),
        };
    }

    private static AnnotatorStats Person(string name, AnswerRow[] answers, Judgement[] judged)
    {
        var labels = answers.Where(answer => answer.Kind == "label").ToArray();
        var gold = labels.Where(answer => answer.Arm == "gold").ToArray();
        return new AnnotatorStats(name, labels.Length, answers.Count(answer => answer.Kind == "skip"), answers.Count(answer => answer.Kind == "flag"),
            Median([.. labels.Where(answer => answer.Took > 0).Select(answer => answer.Took / 1000.0)]), gold.Length, gold.Count(answer => answer.Label == answer.Gold), Kappa(name, judged));
    }

    private static double? Kappa(string name, Judgement[] judged)
    {
        var mine = judged.Where(judgement => judgement.Annotator == name).Select(judgement => judgement.Item).ToHashSet();
        var other = judged.Where(judgement => judgement.Annotator != name && mine.Contains(judgement.Item)).CountBy(judgement => judgement.Annotator).OrderByDescending(pair => pair.Value).Select(pair => pair.Key).FirstOrDefault();
        return other is null ? null : Agreement.Cohen(judged, name, other);
    }

    private static ArmStats Arm(string arm, AnswerRow[] guessed)
    {
        // The first label of each task: later ones of others would count the same picture again.
        var course = new List<int>();
        foreach (var answer in guessed.Where(answer => answer.Arm == arm).DistinctBy(answer => answer.Task)) course.Add((course.Count == 0 ? 0 : course[^1]) + (answer.Label == answer.Guess ? 0 : 1));
        return new ArmStats(arm, course.Count, course.Count == 0 ? 0 : course[^1]) { Course = course };
    }

    private static double? Kept(IEnumerable<AnswerRow> answers)
    {
        var kept = answers.Select(answer => answer.Label == answer.Guess ? 1.0 : 0).ToArray();
        return kept.Length == 0 ? null : kept.Average();
    }

    private static double? Median(double[] values)
    {
        if (values.Length == 0) return null;
        Array.Sort(values);
        return values.Length % 2 == 1 ? values[values.Length / 2] : (values[(values.Length / 2) - 1] + values[values.Length / 2]) / 2;
    }
}

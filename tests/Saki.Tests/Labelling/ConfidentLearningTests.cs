using Saki.Labelling;

namespace Saki.Tests.Labelling;

public class ConfidentLearningTests
{
    /// <summary>
    /// Checked by hand from the paper's definition. Thresholds: class 0 (0.9 + 0.8 + 0.1) / 3 = 0.6, class 1 (0.7 + 0.9) / 2 = 0.8. The third sample of class 0 has 0.9 ≥ 0.8 for class 1:
    /// an off-diagonal. The sample of class 1 with 0.7 is confident for neither class, and so counts nowhere.
    /// </summary>
    [Fact]
    public void The_confident_joint_is_that_of_the_papers_definition()
    {
        var joint = ConfidentLearning.Joint([0, 0, 0, 1, 1], [[0.9f, 0.1f], [0.8f, 0.2f], [0.1f, 0.9f], [0.3f, 0.7f], [0.1f, 0.9f]], 2);
        Assert.Equal([2, 1, 0, 1], joint.Cast<int>());
        var suspect = Assert.Single(ConfidentLearning.Suspects([0, 0, 0, 1, 1], [[0.9f, 0.1f], [0.8f, 0.2f], [0.1f, 0.9f], [0.3f, 0.7f], [0.1f, 0.9f]], 2));
        Assert.Equal((2, 1), (suspect.Index, suspect.Suggested));
        Assert.Equal(-0.8, suspect.Margin, 6);
    }

    [Fact]
    public void Planted_errors_are_found_and_few_others()
    {
        var random = new SeededRandom(3);
        const int classes = 5, count = 5000;
        var (labels, rows, wrong) = (new int[count], new float[count][], new HashSet<int>());
        for (var i = 0; i < count; i++)
        {
            var truth = random.Next(classes);
            rows[i] = Answer(random, truth, classes);
            labels[i] = truth;
            if (random.NextDouble() >= 0.05) continue;
            labels[i] = (truth + 1 + random.Next(classes - 1)) % classes;
            wrong.Add(i);
        }
        var found = ConfidentLearning.Suspects(labels, rows, classes).Select(suspect => suspect.Index).ToArray();
        var hits = found.Count(wrong.Contains);
        Assert.InRange(hits / (double)wrong.Count, 0.9, 1);
        Assert.InRange(hits / (double)found.Length, 0.8, 1);
        Assert.InRange(found.Take(wrong.Count / 2).Count(wrong.Contains) / (wrong.Count / 2.0), 0.9, 1);
    }

    [Fact]
    public void Labels_that_the_model_agrees_with_are_never_suspected_and_empty_classes_do_no_harm()
    {
        Assert.Empty(ConfidentLearning.Suspects([0, 1, 0, 1], [[0.9f, 0.1f, 0], [0.2f, 0.8f, 0], [0.6f, 0.4f, 0], [0.3f, 0.7f, 0]], 3));
        Assert.Empty(ConfidentLearning.Suspects([], [], 3));
    }

    // A model that is nearly always right and mostly sure.
    private static float[] Answer(SeededRandom random, int truth, int classes)
    {
        var row = new float[classes];
        var best = random.NextDouble() < 0.995 ? truth : random.Next(classes);
        for (var c = 0; c < classes; c++) row[c] = (float)Math.Exp((c == best ? 4 : 0) + random.NextNormal());
        var sum = row.Sum();
        return [.. row.Select(value => value / sum)];
    }
}

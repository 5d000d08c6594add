using Saki.Labelling;
using Saki.Labelling.Sampling;

namespace Saki.Tests.Labelling.Sampling;

public class SamplingTests
{
    [Fact]
    public void Scores_are_those_of_the_definitions()
    {
        float[] sure = [1, 0, 0], even = [1 / 3f, 1 / 3f, 1 / 3f], between = [0.5f, 0.3f, 0.2f];
        Assert.Equal([0, 2 / 3.0, 0.5], new[] { sure, even, between }.Select(row => Uncertainty.LeastConfidence(row)), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal([0, 1, 0.8], new[] { sure, even, between }.Select(row => Uncertainty.Margin(row)), (a, b) => Math.Abs(a - b) < 1e-6);
        // scipy.stats.entropy([.5, .3, .2]) / log(3)
        Assert.Equal([0, 1, 0.9372306], new[] { sure, even, between }.Select(row => Uncertainty.Entropy(row)), (a, b) => Math.Abs(a - b) < 1e-6);
        // scipy.spatial.distance.jensenshannon([.5, .3, .2], [.2, .3, .5], 2) ** 2
        Assert.Equal(0.0958156, Uncertainty.Disagreement(between, [0.2f, 0.3f, 0.5f]), 6);
        Assert.Equal(1, Uncertainty.Disagreement([1, 0], [0, 1]), 9);
        Assert.Equal(0, Uncertainty.Disagreement(between, between), 9);
    }

    [Fact]
    public void K_centre_takes_the_furthest_each_time_and_keeps_away_from_what_is_covered()
    {
        float[][] points = [[0, 0], [10, 0], [1, 0], [0, 9], [10, 1]];
        Assert.Equal([0, 4, 3, 1, 2], KCentre.Choose(points, 5, []).Select(choice => choice.Index));
        Assert.Equal(3, KCentre.Choose(points, 1, [[10, 0], [0, 0]])[0].Index);
        Assert.Equal(2, KCentre.Choose([[1, 1], [1, 1]], 2, []).Select(choice => choice.Index).Distinct().Count());
    }

    [Fact]
    public void A_queue_holds_every_picture_once_and_its_control_arm_is_random()
    {
        var random = new SeededRandom(1);
        var ranked = Enumerable.Range(0, 2000).Select(i => new Ranked(i, 2000 - i)).ToArray();
        var plan = QueuePlan.Of(ranked, 2000, 0.2, random);
        Assert.Equal(2000, plan.Select(task => task.Index).Distinct().Count());
        var first = plan.Take(500).ToArray();
        var (strategy, control) = (first.Where(task => task.Arm == SamplingArm.Strategy).ToArray(), first.Where(task => task.Arm == SamplingArm.Control).ToArray());
        Assert.InRange(control.Length, 60, 140);
        Assert.Equal(strategy.Select(task => task.Index).Order(), strategy.Select(task => task.Index));
        Assert.True(strategy[^1].Index < 550);
        Assert.InRange(control.Average(task => task.Index), 850, 1250);
        Assert.Empty(QueuePlan.Of(ranked, 100, 0, random).Where(task => task.Arm == SamplingArm.Control));
        Assert.All(QueuePlan.Of(ranked, 100, 1, random), task => Assert.Equal(SamplingArm.Control, task.Arm));
    }

    [Fact]
    public void What_lies_away_from_the_training_comes_first_by_drift()
    {
        var random = new SeededRandom(5);
        float[] Near(int label) => [label * 10 + (float)random.NextNormal(), (float)random.NextNormal()];
        var labels = Enumerable.Range(0, 400).Select(i => i % 2).ToArray();
        var training = new TrainingDistance([.. labels.Select(Near)], labels);
        Assert.InRange(Enumerable.Range(0, 200).Average(i => training.Of(Near(i % 2))), 0.6, 1.2);
        Assert.True(training.Of([5, 0]) > 3);
        var candidates = new Candidates { Count = 3, Embeddings = [Near(0), [5, 5], Near(1)], Training = training };
        Assert.Equal(1, Ranking.Of(candidates, SamplingStrategy.Drift, random)[0].Index);
        Assert.Throws<SakiException>(() => Ranking.Of(candidates, SamplingStrategy.Margin, random));
    }

    [Fact]
    public void Pictures_that_look_the_same_are_grouped_and_different_ones_are_not()
    {
        var random = new SeededRandom(9);
        byte[] Noise() => [.. Enumerable.Range(0, 256).Select(_ => (byte)random.Next(256))];
        var (a, b) = (Noise(), Noise());
        byte[] Almost(byte[] of) => [.. of.Select(value => (byte)Math.Clamp(value + random.Next(5) - 2, 0, 255))];
        Assert.Equal([0, 1, 0, 1, 4, 5], NearDuplicates.Group([a, b, Almost(a), Almost(b), null, Noise()]));
    }

    [Fact]
    public void Labels_for_an_accuracy_are_read_between_the_points()
    {
        CurvePoint[] curve = [new(100, 0.5), new(200, 0.7), new(300, 0.7), new(400, 0.8)];
        Assert.Equal(150, LabelCurve.LabelsFor(curve, 0.6)!.Value, 9);
        Assert.Equal(350, LabelCurve.LabelsFor(curve, 0.75)!.Value, 9);
        Assert.Equal(100, LabelCurve.LabelsFor(curve, 0.2));
        Assert.Null(LabelCurve.LabelsFor(curve, 0.9));
    }
}

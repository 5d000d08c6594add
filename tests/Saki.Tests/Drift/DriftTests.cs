using Saki.Drift;

namespace Saki.Tests.Drift;

public sealed class DriftTests
{
    // By hand: (0.3-0.5)·ln(0.6) + (0.7-0.5)·ln(1.4) = 0.10217 + 0.06729.
    [Fact]
    public void Index_of_two_bins_is_the_one_worked_out_by_hand() =>
        Assert.Equal(0.16946, PopulationStability.Between([50, 50], [30, 70]), 5);

    [Fact]
    public void Equal_shares_have_no_drift_whatever_the_number() => Assert.Equal(0, PopulationStability.Between([10, 20, 30], [100, 200, 300]), 12);

    [Fact]
    public void Empty_bin_keeps_the_index_finite() => Assert.InRange(PopulationStability.Between([100, 0], [0, 100]), 5, 20);

    [Fact]
    public void Sides_without_samples_are_refused()
    {
        Assert.Throws<SakiException>(() => PopulationStability.Between([0, 0], [1, 2]));
        Assert.Throws<SakiException>(() => PopulationStability.Between([1], [1, 2]));
    }

    [Fact]
    public void Bins_hold_equal_parts_of_the_reference_and_see_a_shift()
    {
        var values = Enumerable.Range(0, 1000).Select(i => i / 1000.0).ToArray();
        var bins = QuantileBins.Of(values);
        Assert.Equal(10, bins.Reference.Count);
        Assert.All(bins.Reference, count => Assert.InRange(count, 99, 101));
        Assert.InRange(bins.Drift(values), 0, 1e-9);
        Assert.True(bins.Drift(values.Select(value => value + 0.3)) > 0.25);
        Assert.Equal(1, bins.Count([5.0, double.NaN]).Sum());
    }

    [Fact]
    public void Values_that_are_all_equal_make_one_bin() => Assert.Equal([4L], QuantileBins.Of([2, 2, 2, 2]).Reference);

    [Fact]
    public void Discrepancy_tells_a_moved_cloud_from_the_same_one()
    {
        var random = new SeededRandom(5);
        float[][] Cloud(int count, float at) => [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 8).Select(_ => (float)((random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) + at)).ToArray())];
        var before = Cloud(120, 0);
        var same = MeanDiscrepancy.Between(before, Cloud(100, 0), random);
        var moved = MeanDiscrepancy.Between(before, Cloud(100, 0.4f), random);
        Assert.True(same.PValue > 0.05 && Math.Abs(same.Squared) < 0.01, $"{same}");
        Assert.True(moved.PValue <= 0.01 && moved.Squared > 0.02, $"{moved}");
    }
}

using Saki.Server.Charts;
using Saki.Server.Tracking.Runs;

namespace Saki.Server.Tests.Charts;

public sealed class ThinningTests
{
    [Fact]
    public void A_single_spike_among_a_million_points_is_still_drawn()
    {
        var points = Enumerable.Range(0, 1_000_000).Select(i => new ChartPoint(i, i == 412_345 ? 9 : Math.Sin(i / 1000.0))).ToList();
        var thin = Thinning.Thin(points);
        Assert.InRange(thin.Count, 900, Thinning.Most);
        Assert.Contains(new ChartPoint(412_345, 9), thin);
        Assert.Equal((points[0], points[^1]), (thin[0], thin[^1]));
        Assert.Equal(thin.OrderBy(point => point.X), thin);
    }

    [Fact]
    public void Few_points_stay_as_they_are()
    {
        var points = Enumerable.Range(0, Thinning.Most).Select(i => new ChartPoint(i, i % 7)).ToList();
        Assert.Equal(points, Thinning.Thin(points));
    }

    [Fact]
    public void Smoothing_keeps_a_constant_line_and_does_not_start_at_zero()
    {
        var smooth = Thinning.Smooth([.. Enumerable.Range(0, 50).Select(i => new ChartPoint(i, 3))], 0.9);
        Assert.All(smooth, point => Assert.Equal(3, point.Y, 12));
    }

    [Fact]
    public void Values_that_cannot_be_drawn_are_counted_and_left_out()
    {
        MetricPoint[] history = [new(1, 0, 1), new(2, 1, double.NaN), new(3, 2, double.PositiveInfinity), new(4, 3, -1), new(5, 4, 10)];
        var line = ChartLine.Of("loss", history, 0, new ChartOptions { Log = true });
        Assert.Equal((5, 3, 1.0, 10.0), (line.Count, line.Left, line.Least, line.Last));
        Assert.Equal([new ChartPoint(0, 1), new ChartPoint(4, 10)], line.Points);
    }

    [Fact]
    public void Of_five_million_points_the_one_spike_and_the_count_are_kept()
    {
        var line = ChartLine.Of("loss", Enumerable.Range(0, 5_000_000).Select(i => new MetricPoint(i, i, i == 3_412_345 ? 9 : 1)), 0, new ChartOptions());
        Assert.Equal((5_000_000, 9.0, 1.0), (line.Count, line.Greatest, line.Last));
        Assert.Contains(new ChartPoint(3_412_345, 9), line.Points);
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(1_234_567)]
    public void Long_lines_are_drawn_evenly_with_their_ends_and_their_mean(int count)
    {
        var line = ChartLine.Of("loss", Enumerable.Range(0, count).Select(i => new MetricPoint(i, i, 5 + Math.Sin(i / 50.0))), 0, new ChartOptions { Smooth = 0.999 });
        Assert.Equal((0, count - 1), (line.Raw[0].X, line.Raw[^1].X));
        Assert.Equal(line.Raw.OrderBy(point => point.X), line.Raw);
        Assert.All(line.Raw.Zip(line.Raw.Skip(1)), pair => Assert.InRange(pair.Second.X - pair.First.X, 1, count / 200.0)); // nowhere a hole
        Assert.Equal((4, 6), (Math.Round(line.Least, 3), Math.Round(line.Greatest, 3)));
        Assert.All(line.Points.Skip(50), point => Assert.InRange(point.Y, 4.9, 5.1));
        Assert.Equal(5 + Math.Sin((count - 1) / 50.0), line.Last);
    }

    [Fact]
    public void A_resumed_run_whose_steps_went_back_is_drawn_from_left_to_right()
    {
        MetricPoint[] history = [new(1, 0, 1), new(2, 1, 2), new(3, 2, 3), new(4, 1, 4), new(5, 2, 5)];
        var line = ChartLine.Of("loss", history, 0, new ChartOptions());
        Assert.Equal([0, 1, 1, 2, 2], line.Points.Select(point => (int)point.X));
        Assert.Equal(5, line.Last);
    }
}

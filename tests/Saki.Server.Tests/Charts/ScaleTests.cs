using Saki.Server.Charts;

namespace Saki.Server.Tests.Charts;

public sealed class ScaleTests
{
    [Theory]
    [InlineData(0.11, 0.96)]
    [InlineData(-4.2, 12)]
    [InlineData(0, 1e-9)]
    [InlineData(1e300, 1.5e300)]
    [InlineData(99.999, 100.001)]
    [InlineData(5, 5)]
    [InlineData(0, 0)]
    [InlineData(-3, -3)]
    public void Ends_hold_all_values_and_marks_are_evenly_spaced(double low, double high)
    {
        var scale = Scale.Around(low, high);
        Assert.True(scale.Low <= low && scale.High >= high, $"{scale.Low}..{scale.High}");
        Assert.InRange(scale.Marks.Count, 2, 7);
        Assert.Equal(100.0 / (scale.Marks.Count - 1), scale.Place(scale.Marks[1]), 6);
        Assert.Equal((0.0, 100.0), (scale.Place(scale.Low), scale.Place(scale.High)));
    }

    [Theory]
    [InlineData(0, 29, "0 5 10 15 20 25 30")]
    [InlineData(0, 9, "0 2 4 6 8 10")]
    [InlineData(0, 99_999, "0 20000 40000 60000 80000 100000")]
    [InlineData(7, 7, "7 8")]
    public void Steps_are_marked_at_round_whole_numbers(double low, double high, string marks) =>
        Assert.Equal(marks, string.Join(' ', Scale.Around(low, high, whole: true).Marks));

    [Fact]
    public void A_logarithmic_scale_ends_at_powers_of_ten()
    {
        var scale = Scale.Around(0.004, 7, log: true);
        Assert.Equal((0.001, 10.0), (scale.Low, scale.High));
        Assert.Equal(50, scale.Place(0.1), 6);
    }
}

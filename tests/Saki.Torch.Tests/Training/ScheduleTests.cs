using Saki.Torch.Training;

namespace Saki.Torch.Tests.Training;

public sealed class ScheduleTests
{
    private static readonly ScheduleOptions OneCycle = new() { Name = "one_cycle", Warmup = 0.25, Start = 0.1, End = 0.01 };

    [Fact]
    public void One_cycle_starts_low_peaks_after_the_warm_up_and_ends_lowest()
    {
        Assert.Equal(0.1, Schedule.At(OneCycle, 0), 12);
        Assert.Equal(0.55, Schedule.At(OneCycle, 0.125), 12);
        Assert.Equal(1, Schedule.At(OneCycle, 0.25), 12);
        Assert.Equal(0.505, Schedule.At(OneCycle, 0.625), 12);
        Assert.Equal(0.01, Schedule.At(OneCycle, 1), 12);
        Assert.Equal(0.01, Schedule.At(OneCycle, 7), 12);
    }

    [Fact]
    public void Cosine_and_constant_warm_up_in_a_straight_line()
    {
        foreach (var name in new[] { "cosine", "constant" })
            Assert.Equal(0.55, Schedule.At(OneCycle with { Name = name }, 0.125), 12);
        Assert.Equal(1, Schedule.At(OneCycle with { Name = "constant" }, 0.9), 12);
        Assert.Equal(0.505, Schedule.At(OneCycle with { Name = "cosine" }, 0.625), 12);
    }

    [Fact]
    public void No_warm_up_starts_at_the_peak() => Assert.Equal(1, Schedule.At(OneCycle with { Warmup = 0 }, 0), 12);
}

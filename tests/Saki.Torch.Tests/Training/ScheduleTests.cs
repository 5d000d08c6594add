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

    [Fact]
    public void Linear_falls_straight_step_falls_at_its_milestones()
    {
        Assert.Equal(0.505, Schedule.At(OneCycle with { Name = "linear" }, 0.625), 12);
        var step = OneCycle with { Name = "step", Warmup = 0, Milestones = [0.5, 0.8], Gamma = 0.1 };
        Assert.Equal([1, 0.1, 0.01], new[] { 0.49, 0.5, 0.9 }.Select(p => Math.Round(Schedule.At(step, p), 12)));
    }

    [Fact]
    public void Plateau_falls_once_for_each_wait_without_a_new_best()
    {
        Assert.Equal(0, Schedule.Plateaus([1, 2, 3], 2));
        Assert.Equal(1, Schedule.Plateaus([3, 2, 2], 2));
        Assert.Equal(2, Schedule.Plateaus([3, 2, 2, 1, 1], 2));
        Assert.Equal(1, Schedule.Plateaus([3, 2, 4, 1, 1], 2));
        var plateau = OneCycle with { Name = "plateau", Warmup = 0, Gamma = 0.1, End = 0.005 };
        Assert.Equal([1, 0.1, 0.01, 0.005], new[] { 0, 1, 2, 3 }.Select(falls => Math.Round(Schedule.At(plateau, 0.5, falls), 12)));
    }
}

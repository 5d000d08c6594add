using Saki.Calibration;
using Saki.Gates;

namespace Saki.Tests.Calibration;

public sealed class CalibrationGateTests
{
    [Theory]
    [InlineData(10, 11, 900, 880, true)] // one more right answer, two points lost: the default limits
    [InlineData(10, 10, 900, 900, false)] // not better for the person
    [InlineData(10, 9, 900, 1000, false)] // worse for the person, better for all
    [InlineData(10, 20, 900, 879, false)] // better for the person, too much lost for all
    public void It_becomes_the_persons_version_only_if_it_is_better_for_them_and_not_worse_than_agreed_for_all(int before, int after, int allBefore, int allAfter, bool accepted)
    {
        var report = CalibrationGate.Judge(Report(20, before, after, allBefore, allAfter), new CalibrationPolicy());
        Assert.Equal(accepted, report.Accepted);
        Assert.Equal(accepted, !CalibrationGate.Sentence(report).Contains("Not taken", StringComparison.Ordinal));
    }

    [Fact]
    public void Too_few_held_back_pictures_prove_nothing_and_the_reason_is_plain()
    {
        var report = CalibrationGate.Judge(Report(4, 0, 4, 900, 900), new CalibrationPolicy());
        Assert.False(report.Accepted);
        Assert.Contains("too few pictures could be held back", CalibrationGate.Sentence(report), StringComparison.Ordinal);
        Assert.Contains("on the frozen test set 0.0 points", CalibrationGate.Sentence(report), StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_without_lines_was_not_judged_and_is_not_accepted() => Assert.False(Report(20, 0, 20, 900, 900).Accepted);

    [Fact]
    public void The_limits_stand_in_the_models_policy_and_read_back_as_they_were_frozen()
    {
        var policy = GatePolicy.Parse("min_accuracy: 0.5\ndata: emotions@0123456789ab:test\ncalibration: {max_loss: 0.005, min_gain: 0.1, rehearsal: 300}", "policies/emotions.yaml").Calibration;
        Assert.Equal((0.005, 0.1, 300, 0.3), (policy.MaxLoss, policy.MinGain, policy.Rehearsal, policy.HeldBack));
        Assert.Equal(policy, CalibrationPolicy.Parse(policy.ToYaml(), "calibration.yaml"));
        Assert.Contains("max_los", Assert.ThrowsAny<SakiException>(() => GatePolicy.Parse("calibration: {max_los: 1}", "p.yaml")).Message, StringComparison.Ordinal);
        Assert.False(CalibrationGate.Judge(Report(20, 10, 11, 1000, 1000), policy).Accepted); // a tenth more are two pictures
        Assert.True(CalibrationGate.Judge(Report(20, 10, 12, 1000, 995), policy).Accepted);
    }

    private static CalibrationReport Report(int held, int before, int after, int allBefore, int allAfter) => new()
    {
        Model = "emotions",
        Base = "b",
        Package = "p",
        Folder = "f",
        Pictures = 60,
        Learned = 40,
        Rehearsed = 500,
        You = new BeforeAfter(held, before, after, 0.5),
        All = new BeforeAfter(1000, allBefore, allAfter, 0.5),
        Test = "emotions@0123:test",
    };
}

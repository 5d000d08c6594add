using Saki.Torch.Nn;
using Saki.Torch.Training;

namespace Saki.Torch.Tests.Training;

public sealed class LossTests : TorchTest
{
    private static readonly int[] Labels = [0, 0, 0, 0, 0, 0, 1, 1, 2];

    [Theory]
    [InlineData("inverse_frequency")]
    [InlineData("effective_number")]
    public void Rare_classes_weigh_more_and_samples_one_on_average(string kind)
    {
        var weights = Loss.WeightsOf(new LossOptions { ClassWeights = kind }, Labels, 3);
        Assert.True(weights[0] < weights[1] && weights[1] < weights[2]);
        Assert.Equal(1, Labels.Average(label => weights[label]), 1e-6);
        if (kind == "inverse_frequency") Assert.Equal([0.5f, 1.5f, 3f], weights);
    }

    [Fact]
    public void A_beta_of_zero_weighs_all_the_same() =>
        Assert.Equal([1f, 1, 1], Loss.WeightsOf(new LossOptions { ClassWeights = "effective_number", Beta = 0 }, Labels, 3));

    [Fact]
    public void Focal_with_gamma_zero_is_cross_entropy_and_gamma_lowers_what_is_certain()
    {
        var (logits, labels) = (torch.tensor([4f, 0, 0, 0, 0.5f, 0], 2, 3), torch.tensor(new long[] { 0, 1 }));
        using var plain = new Loss(new LossOptions { LabelSmoothing = 0 }, Labels, 3, torch.CPU);
        using var zero = new Loss(new LossOptions { Name = "focal", LabelSmoothing = 0, Gamma = 0 }, Labels, 3, torch.CPU);
        using var two = new Loss(new LossOptions { Name = "focal", LabelSmoothing = 0, Gamma = 2 }, Labels, 3, torch.CPU);
        Assert.Equal(plain.Of(logits, labels).item(), zero.Of(logits, labels).item(), 1e-6);
        // By hand: mean of -(1 - p)^2 ln p.
        double p0 = Math.Exp(4) / (Math.Exp(4) + 2), p1 = Math.Exp(0.5) / (Math.Exp(0.5) + 2);
        Assert.Equal(-((Math.Pow(1 - p0, 2) * Math.Log(p0)) + (Math.Pow(1 - p1, 2) * Math.Log(p1))) / 2, two.Of(logits, labels).item(), 1e-6);
    }

    [Fact]
    public void Mixed_targets_count_by_their_part()
    {
        var (logits, labels, others) = (torch.tensor([2f, 0, 1, 0, 1, 0], 2, 3), torch.tensor(new long[] { 0, 1 }), torch.tensor(new long[] { 2, 0 }));
        using var loss = new Loss(new LossOptions(), Labels, 3, torch.CPU);
        Assert.Equal((0.7 * loss.Of(logits, labels).item()) + (0.3 * loss.Of(logits, others).item()), loss.Of(logits, labels, others, 0.7).item(), 1e-6);
    }
}

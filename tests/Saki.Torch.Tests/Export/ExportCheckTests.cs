using Saki.Torch.Export;

namespace Saki.Torch.Tests.Export;

public sealed class ExportCheckTests
{
    [Fact]
    public void The_largest_difference_is_reported()
    {
        var check = ExportCheck.Compare(2, [1f, 2, 3, 4], [1f, 2.00005f, 3, 3.99999f]);
        Assert.Equal(2, check.Samples);
        Assert.InRange(check.LargestDifference, 4e-5, 6e-5);
    }

    [Theory]
    [InlineData(4.001f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_difference_above_the_limit_names_sample_and_output(float wrong)
    {
        var failure = Assert.Throws<SakiException>(() => ExportCheck.Compare(2, [1f, 2, 3, 4], [1f, 2, 3, wrong]));
        Assert.Contains("output 1 of sample 1", failure.Message);
    }

    [Fact]
    public void Outputs_of_another_size_are_refused() => Assert.Throws<SakiException>(() => ExportCheck.Compare(2, [1f, 2], [1f, 2, 3]));
}

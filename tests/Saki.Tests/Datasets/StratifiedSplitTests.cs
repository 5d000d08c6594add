using Saki.Datasets;

namespace Saki.Tests.Datasets;

public sealed class StratifiedSplitTests
{
    private static Sample[] Samples(params int[] perClass) =>
        [.. perClass.SelectMany((count, label) => Enumerable.Range(0, count).Select(i => new Sample($"{label}/{i:d4}.pgm", default, label, Split.Train)))];

    private static Sample[] Apply(Sample[] samples, StratifiedSplit split)
    {
        split.Apply(samples, samples.Max(sample => sample.Label) + 1);
        return samples;
    }

    [Fact]
    public void Each_class_gives_its_share()
    {
        var samples = Apply(Samples(100, 55, 4, 2, 1), new StratifiedSplit(Split.Val, 0.1));
        Assert.Equal([10, 6, 1, 1, 0], Enumerable.Range(0, 5).Select(label => samples.Count(sample => sample.Label == label && sample.Split == Split.Val)));
    }

    [Fact]
    public void The_seed_decides_and_nothing_else()
    {
        string[] Taken(ulong seed) => [.. Apply(Samples(100, 100), new StratifiedSplit(Split.Val, 0.2, seed)).Where(sample => sample.Split == Split.Val).Select(sample => sample.Path)];

        Assert.Equal(Taken(1), Taken(1));
        Assert.NotEqual(Taken(1), Taken(2));
    }

    [Fact]
    public void A_source_with_its_own_split_is_not_split_again()
    {
        Sample[] samples = [.. Samples(10), new("v.pgm", default, 0, Split.Val)];
        Assert.Contains("Leave out --split", Assert.Throws<SakiException>(() => Apply(samples, new StratifiedSplit(Split.Val, 0.1))).Message);
    }

    [Theory]
    [InlineData("val")]
    [InlineData("val=0")]
    [InlineData("val=1")]
    [InlineData("val=ten")]
    [InlineData("val=NaN")]
    [InlineData("train=0.5")]
    public void Only_the_documented_form_is_read(string text) => Assert.Throws<SakiException>(() => StratifiedSplit.Parse(text));

    [Fact]
    public void The_documented_form_is_read() => Assert.Equal(new StratifiedSplit(Split.Val, 0.1, 7), StratifiedSplit.Parse("val=0.1", 7));
}

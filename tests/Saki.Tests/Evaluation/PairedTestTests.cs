using System.Text.Json;
using Saki.Evaluation;
using Saki.Testing;

namespace Saki.Tests.Evaluation;

public sealed class PairedTestTests
{
    // tests/golden/evaluation/report.py made report.json: its answers against a model that is wrong on every third sample.
    [Fact]
    public void Mcnemars_p_agrees_with_the_golden_one()
    {
        var golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "tests/golden/evaluation/report.json"))).RootElement;
        int[] labels = [.. golden.GetProperty("labels").EnumerateArray().Select(x => x.GetInt32())];
        bool[] first = [.. golden.GetProperty("probabilities").EnumerateArray().Select((row, i) => ArgMax(row) == labels[i])];
        bool[] second = [.. labels.Select((_, i) => i % 3 != 0)];

        var test = PairedTest.Of(first, second);

        var expected = golden.GetProperty("mcnemar");
        Assert.Equal(expected.GetProperty("b").GetInt64(), test.OnlyFirstRight);
        Assert.Equal(expected.GetProperty("c").GetInt64(), test.OnlySecondRight);
        Assert.Equal(1, test.PValue / expected.GetProperty("p").GetDouble(), 1e-9);
        Assert.True(test.FirstIsWorse);
        Assert.StartsWith("The first is worse", test.Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public void The_interval_of_the_difference_is_that_of_paired_counts()
    {
        // 100 and 60 discordant of 1000: 0.04 ± 1.96·sqrt(160/1000 − 0.04²)/sqrt(1000) = 0.0154 .. 0.0646
        bool[] first = [.. Enumerable.Range(0, 1000).Select(i => i is < 100 or >= 160)];
        bool[] second = [.. Enumerable.Range(0, 1000).Select(i => i >= 100)];
        var test = PairedTest.Of(first, second, seed: 5);
        Assert.Equal(0.04, test.Difference, 1e-12);
        Assert.Equal(0.0154, test.DifferenceInterval[0], 0.003);
        Assert.Equal(0.0646, test.DifferenceInterval[1], 0.003);
    }

    [Fact]
    public void Equal_models_are_no_different_and_a_hundred_thousand_discordant_samples_do_not_underflow()
    {
        var same = PairedTest.Of([true, false], [true, false]);
        Assert.Equal((1.0, 0.0), (same.PValue, same.Difference));
        Assert.False(same.FirstIsWorse);

        bool[] first = [.. Enumerable.Range(0, 100_000).Select(i => i % 2 == 0)];
        var close = PairedTest.Of(first, [.. first.Select(right => !right)]);
        Assert.InRange(close.PValue, 0.99, 1.0);
    }

    [Fact]
    public void Answers_to_different_samples_are_refused()
    {
        Assert.Throws<SakiException>(() => PairedTest.Of([true], [true, false]));
        Assert.Throws<SakiException>(() => PairedTest.Of([], []));
    }

    private static int ArgMax(JsonElement row)
    {
        float[] values = [.. row.EnumerateArray().Select(x => x.GetSingle())];
        return Array.IndexOf(values, values.Max());
    }
}

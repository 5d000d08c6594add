using Saki.Server.Layout;

namespace Saki.Server.Tests.Layout;

public sealed class WordsTests
{
    [Theory]
    [InlineData(0.0, "0 %")]
    [InlineData(0.0004, "< 0.1 %")]
    [InlineData(0.0005, "0.1 %")]
    [InlineData(0.9638, "96.4 %")]
    [InlineData(0.9994, "99.9 %")]
    [InlineData(0.99951, "> 99.9 %")]
    [InlineData(1.0, "100.0 %")]
    public void Percent_never_rounds_to_a_false_zero_or_hundred(double probability, string words) =>
        Assert.Equal(words, Words.Percent(probability).Replace('\u00a0', ' '));

    [Theory]
    [InlineData(0.34, "0.34")]
    [InlineData(5.83, "5.8")]
    [InlineData(9.96, "10")]
    [InlineData(123.4, "123")]
    public void Milliseconds_have_two_digits_that_count(double value, string words) => Assert.Equal(words, Words.Milliseconds(value));

    [Theory]
    [InlineData(999, "999 B")]
    [InlineData(52_400, "52 kB")]
    [InlineData(10_000_000, "10 MB")]
    [InlineData(1_240_000, "1.2 MB")]
    [InlineData(71_522_100_000, "71.5 GB")]
    public void Bytes_count_in_thousands(long bytes, string words) => Assert.Equal(words, Words.Bytes(bytes).Replace('\u00a0', ' '));
}

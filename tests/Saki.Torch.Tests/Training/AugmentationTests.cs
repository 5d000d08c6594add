using Saki.Pipelines;
using Saki.Torch.Training;

namespace Saki.Torch.Tests.Training;

public sealed class AugmentationTests
{
    [Fact]
    public void Every_picture_is_the_source_moved_and_mirrored_with_reflected_borders()
    {
        foreach (var color in new[] { ColorKind.Gray, ColorKind.Rgb })
        {
            var input = new InputSpec(color, 13, 9);
            var augmentation = new Augmentation(new AugmentOptions { Flip = true, Shift = 2 }, input);
            var source = Enumerable.Range(0, input.Count).Select(i => (byte)(i * 7)).ToArray();
            var seen = new HashSet<(bool, int, int)>();
            var target = new byte[input.Count];
            var random = new SeededRandom(1);
            for (var i = 0; i < 500; i++)
            {
                augmentation.Apply(source, target, random);
                seen.Add(Explain(source, target, input));
            }
            Assert.Equal(2 * 5 * 5, seen.Count); // all of them, and nothing else
        }
    }

    [Fact]
    public void Nothing_asked_for_changes_nothing()
    {
        var input = new InputSpec(ColorKind.Rgb, 8, 8);
        var source = Enumerable.Range(0, input.Count).Select(i => (byte)i).ToArray();
        var target = new byte[input.Count];
        new Augmentation(new AugmentOptions { Flip = false, Shift = 0 }, input).Apply(source, target, new SeededRandom(3));
        Assert.Equal(source, target);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(13)]
    public void A_shift_beyond_a_quarter_of_the_picture_is_refused(int shift)
    {
        var failure = Assert.Throws<SakiException>(() => new Augmentation(new AugmentOptions { Shift = shift }, new InputSpec(ColorKind.Gray, 48, 48)));
        Assert.Contains("0 to 12", failure.Message);
    }

    // The plain twin: pixel by pixel from the definition.
    private static (bool, int, int) Explain(byte[] source, byte[] target, InputSpec input)
    {
        foreach (var flip in new[] { false, true })
            for (var dy = -2; dy <= 2; dy++)
                for (var dx = -2; dx <= 2; dx++)
                    if (Matches(source, target, input, flip, dx, dy)) return (flip, dx, dy);
        throw new Xunit.Sdk.XunitException("the picture is no shift of its source");
    }

    private static bool Matches(byte[] source, byte[] target, InputSpec input, bool flip, int dx, int dy)
    {
        for (var y = 0; y < input.Height; y++)
            for (var x = 0; x < input.Width; x++)
                for (var c = 0; c < input.Channels; c++)
                {
                    var sx = Mirror((flip ? input.Width - 1 - x : x) - dx, input.Width);
                    var sy = Mirror(y - dy, input.Height);
                    if (target[(((y * input.Width) + x) * input.Channels) + c] != source[(((sy * input.Width) + sx) * input.Channels) + c]) return false;
                }
        return true;
    }

    private static int Mirror(int i, int n) => i < 0 ? -i : i < n ? i : n - 1 - (i - (n - 1));
}

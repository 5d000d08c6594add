using Saki.Pipelines;
using Saki.Torch.Training;

namespace Saki.Torch.Tests.Training;

public sealed class AugmentationTests
{
    private static readonly FlipOptions Flip = new();

    [Fact]
    public void Every_picture_is_the_source_moved_and_mirrored_with_reflected_borders()
    {
        foreach (var color in new[] { ColorKind.Gray, ColorKind.Rgb })
        {
            var (augmentation, source, input) = Make(new AugmentOptions { Flip = Flip, RandomCrop = new RandomCropOptions { Padding = 2 } }, color, 13, 9);
            var seen = new HashSet<(bool, int, int)>();
            for (var i = 0; i < 500; i++) seen.Add(Explain(source, Apply(augmentation, source, 0, i), input));
            Assert.Equal(2 * 5 * 5, seen.Count); // all of them, and nothing else
        }
    }

    [Fact]
    public void Nothing_asked_for_changes_nothing()
    {
        var (augmentation, source, _) = Make(new AugmentOptions(), ColorKind.Rgb, 8, 8);
        Assert.Equal(source, Apply(augmentation, source, 3, 5));
    }

    [Fact]
    public void The_same_epoch_and_sample_give_the_same_bits_and_others_do_not()
    {
        var everything = new AugmentOptions
        {
            Flip = Flip,
            RandomCrop = new RandomCropOptions(),
            Rotate = new RotateOptions(),
            Scale = new ScaleOptions(),
            Affine = new AffineOptions { Shear = 10, Translate = 0.1 },
            ColorJitter = new ColorJitterOptions { Brightness = 0.3, Contrast = 0.3, Saturation = 0.3, Hue = 20 },
            Erasing = new ErasingOptions(),
            Cutout = new CutoutOptions(),
        };
        var (augmentation, source, _) = Make(everything, ColorKind.Rgb, 32, 32);
        Assert.Equal(Apply(augmentation, source, 4, 7), Apply(augmentation, source, 4, 7));
        Assert.NotEqual(Apply(augmentation, source, 4, 7), Apply(augmentation, source, 5, 7));
        Assert.NotEqual(Apply(augmentation, source, 4, 7), Apply(augmentation, source, 4, 8));
    }

    [Fact]
    public void Alternating_mirrors_every_picture_in_exactly_every_second_epoch()
    {
        var (augmentation, source, _) = Make(new AugmentOptions { Flip = new FlipOptions { Alternating = true } }, ColorKind.Gray, 9, 9);
        var firsts = 0;
        for (var sample = 0; sample < 200; sample++)
        {
            var same = Enumerable.Range(0, 6).Select(epoch => Apply(augmentation, source, epoch, sample).SequenceEqual(source)).ToList();
            Assert.All(Enumerable.Range(1, 5), epoch => Assert.NotEqual(same[epoch - 1], same[epoch]));
            if (same[0]) firsts++;
        }
        Assert.InRange(firsts, 60, 140);
    }

    [Fact]
    public void A_quarter_turn_moves_every_pixel_to_where_it_belongs()
    {
        const int n = 7;
        var source = Enumerable.Range(0, n * n).Select(i => (byte)(i * 5)).ToArray();
        var target = new byte[n * n];
        new AffineWarp(n, n, 1, BorderMode.Edge, [0]).Run(source, target, AffineMatrix.Inverse(n, n, 90, 1, 0, 0, 0, flip: false));
        for (var y = 0; y < n; y++)
            for (var x = 0; x < n; x++)
                Assert.Equal(source[(y * n) + x], target[(x * n) + (n - 1 - y)]); // clockwise on screen
    }

    [Fact]
    public void The_matrix_mirrors_and_moves_exactly_as_whole_pixels_do()
    {
        var source = Enumerable.Range(0, 11 * 8).Select(i => (byte)(i * 3)).ToArray();
        foreach (var border in Enum.GetValues<BorderMode>())
        {
            foreach (var flip in new[] { false, true })
            {
                var warp = new AffineWarp(11, 8, 1, border, [77]);
                var (moved, warped) = (new byte[88], new byte[88]);
                warp.Shift(source, moved, 2, -3, flip);
                warp.Run(source, warped, AffineMatrix.Inverse(11, 8, 0, 1, 0, 2, -3, flip));
                Assert.Equal(moved, warped);
            }
        }
    }

    [Fact]
    public void Half_the_size_shows_the_mean_around_the_picture()
    {
        var source = Enumerable.Repeat((byte)200, 16 * 16).ToArray();
        var (augmentation, _, _) = Make(new AugmentOptions { Scale = new ScaleOptions { Least = 0.5, Most = 0.5 }, RandomCrop = new RandomCropOptions { Padding = 0, Border = BorderMode.Mean } }, ColorKind.Gray, 16, 16);
        var target = Apply(augmentation, source, 0, 0);
        Assert.Equal(128, target[0]);
        Assert.Equal(200, target[(8 * 16) + 8]);
        Assert.InRange(target.Count(pixel => pixel == 200), 49, 64);
    }

    [Fact]
    public void Hue_turns_red_through_all_colours_and_saturation_keeps_the_luma()
    {
        var strongest = new HashSet<int>();
        for (ulong seed = 0; seed < 200; seed++)
        {
            var pixel = Jittered(new ColorJitterOptions { Hue = 180 }, seed);
            strongest.Add(Array.IndexOf(pixel, pixel.Max()));
            pixel = Jittered(new ColorJitterOptions { Saturation = 0.5 }, seed);
            Assert.InRange((0.299 * pixel[0]) + (0.587 * pixel[1]) + (0.114 * pixel[2]), 86.8, 88.8); // 0.299·200 + 0.701·40 = 87.84
        }
        Assert.Equal([0, 1, 2], strongest.Order());
        Assert.Equal([200, 40, 40], Jittered(new ColorJitterOptions(), 1));

        static byte[] Jittered(ColorJitterOptions options, ulong seed)
        {
            byte[] pixel = [200, 40, 40];
            ColorJitter.Run(pixel, 3, options, new SeededRandom(seed));
            return pixel;
        }
    }

    [Fact]
    public void Contrast_of_a_grey_picture_keeps_its_mean()
    {
        var source = Enumerable.Range(0, 256).Select(i => (byte)(64 + (i / 2))).ToArray();
        for (ulong seed = 0; seed < 50; seed++)
        {
            byte[] picture = [.. source];
            ColorJitter.Run(picture, 1, new ColorJitterOptions { Contrast = 0.4 }, new SeededRandom(seed));
            Assert.InRange(picture.Average(pixel => (double)pixel), source.Average(pixel => (double)pixel) - 0.6, source.Average(pixel => (double)pixel) + 0.6);
        }
    }

    [Fact]
    public void Cutout_paints_a_square_of_the_mean_that_may_stick_out()
    {
        var source = new byte[20 * 20];
        var (augmentation, _, _) = Make(new AugmentOptions { Cutout = new CutoutOptions { Size = 6 } }, ColorKind.Gray, 20, 20);
        var sizes = Enumerable.Range(0, 300).Select(i => Apply(augmentation, source, 0, i).Count(pixel => pixel == 128)).ToList();
        Assert.Equal(36, sizes.Max());
        Assert.InRange(sizes.Min(), 9, 20); // a corner
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(13)]
    public void A_crop_beyond_a_quarter_of_the_picture_is_refused(int padding)
    {
        var failure = Assert.Throws<SakiException>(() => Make(new AugmentOptions { RandomCrop = new RandomCropOptions { Padding = padding } }, ColorKind.Gray, 48, 48));
        Assert.Contains("0 to 12", failure.Message);
    }

    private static (Augmentation Augmentation, byte[] Source, InputSpec Input) Make(AugmentOptions options, ColorKind color, int width, int height)
    {
        var input = new InputSpec(color, width, height);
        var pipeline = new Pipeline { Input = input, Normalize = new NormalizeSpec { Mean = [0.5f], Std = [0.25f] }, Labels = ["a", "b"] };
        return (new Augmentation(options, pipeline, 1), [.. Enumerable.Range(0, input.Count).Select(i => (byte)(i * 7))], input);
    }

    private static byte[] Apply(Augmentation augmentation, byte[] source, int epoch, int sample)
    {
        var target = new byte[source.Length];
        augmentation.Apply(source, target, epoch, sample);
        return target;
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

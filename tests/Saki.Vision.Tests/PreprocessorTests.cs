using Saki.Pipelines;
using Saki.Vision.Kernels;

namespace Saki.Vision.Tests;

public sealed class PreprocessorTests
{
    private static readonly NormalizeSpec ImageNet = new() { Scale = 1 / 255f, Mean = [0.485f, 0.456f, 0.406f], Std = [0.229f, 0.224f, 0.225f] };

    private static Pipeline Pipeline(ColorKind color, int width, int height, TensorLayout layout = TensorLayout.Nchw, ResizeMode mode = ResizeMode.Stretch, NormalizeSpec? normalize = null) =>
        new() { Input = new InputSpec(color, width, height, layout), Resize = new ResizeSpec(mode), Normalize = normalize ?? new(), Labels = ["a"] };

    [Theory]
    [InlineData(ColorKind.Gray, TensorLayout.Nchw)]
    [InlineData(ColorKind.Gray, TensorLayout.Nhwc)]
    [InlineData(ColorKind.Rgb, TensorLayout.Nchw)]
    [InlineData(ColorKind.Rgb, TensorLayout.Nhwc)]
    [InlineData(ColorKind.Bgr, TensorLayout.Nchw)]
    [InlineData(ColorKind.Bgr, TensorLayout.Nhwc)]
    public void Values_follow_the_formula_in_every_layout_and_all_variants_give_the_same_bits(ColorKind color, TensorLayout layout)
    {
        var input = new InputSpec(color, 37, 23, layout);
        var normalize = color == ColorKind.Gray ? new NormalizeSpec { Scale = 1 / 255f, Mean = [0.5f], Std = [0.25f] } : ImageNet;
        using var image = ResizeTests.Draw(37, 23, input.Channels);
        var expected = new float[input.Count];
        new PixelValues(input, normalize, ScalarKernels.Set).Run(image, expected);
        for (var i = 0; i < expected.Length; i++)
        {
            var (c, pixel) = layout == TensorLayout.Nchw ? (i / (37 * 23), i % (37 * 23)) : (i % input.Channels, i / input.Channels);
            var x = image.Pixels[(pixel * input.Channels) + (color == ColorKind.Bgr ? 2 - c : c)];
            Assert.Equal(((x * normalize.Scale) - normalize.Mean[c]) / normalize.Std[c], expected[i], 1e-6f);
        }
        foreach (var kernels in KernelSet.All)
        {
            var row = new float[input.Count + 1];
            row[^1] = 42;
            new PixelValues(input, normalize, kernels).Run(image, row);
            Assert.Equal(expected, row[..^1]);
            Assert.Equal(42, row[^1]); // nothing is written behind the row
        }
    }

    [Fact]
    public void Grey_is_Pillows_luma_in_every_variant()
    {
        using var image = ResizeTests.Draw(41, 29, 3);
        foreach (var kernels in KernelSet.All)
        {
            var grey = new byte[41 * 29];
            unsafe
            {
                fixed (byte* from = image.Pixels)
                fixed (byte* to = grey) kernels.Luma(from, to, grey.Length);
            }
            for (var i = 0; i < grey.Length; i++)
                Assert.Equal(((19595 * image.Pixels[3 * i]) + (38470 * image.Pixels[(3 * i) + 1]) + (7471 * image.Pixels[(3 * i) + 2]) + 32768) >> 16, grey[i]);
        }
    }

    [Fact]
    public void Cover_cuts_out_the_middle_and_fit_pads_with_black()
    {
        using var image = new Image(40, 20, 1);
        for (var y = 0; y < 20; y++)
            for (var x = 0; x < 40; x++) image.Pixels[(y * 40) + x] = (byte)(x < 10 ? 50 : x < 30 ? 100 : 200);
        var row = new float[100];
        new Preprocessor(Pipeline(ColorKind.Gray, 10, 10, mode: ResizeMode.Cover)).Run(image, row);
        Assert.Equal(Enumerable.Repeat(100f, 100), row);
        new Preprocessor(Pipeline(ColorKind.Gray, 10, 10, mode: ResizeMode.Fit)).Run(image, row);
        Assert.All(row[..20].Concat(row[80..]), value => Assert.Equal(0, value));
        Assert.Equal([50f, 50f, 100f], new[] { row[30], row[31], row[35] });
    }

    [Fact]
    public void A_picture_of_another_size_is_refused_where_nothing_is_resized()
    {
        using var image = new Image(40, 20, 1);
        var refused = Assert.Throws<SakiException>(() => new Preprocessor(Pipeline(ColorKind.Gray, 10, 10, mode: ResizeMode.None)).Run(image, new float[100]));
        Assert.Contains("40×20", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_box_gives_what_the_cut_out_picture_gives()
    {
        using var image = ResizeTests.Draw(60, 50, 3);
        var preprocessor = new Preprocessor(Pipeline(ColorKind.Rgb, 16, 16, normalize: ImageNet));
        var box = new Box(11, 7, 33, 21);
        using var cut = Preprocessor.Crop(image, box);
        var (direct, expected) = (new float[768], new float[768]);
        preprocessor.Run(image, box, direct);
        preprocessor.Run(cut, expected);
        Assert.Equal(expected, direct);
    }

    [Fact]
    public void Bytes_and_halves_are_the_same_values()
    {
        using var image = ResizeTests.Draw(8, 6, 3);
        var preprocessor = new Preprocessor(Pipeline(ColorKind.Bgr, 8, 6));
        var (floats, bytes, halves) = (new float[144], new byte[144], new Half[144]);
        preprocessor.Run(image, floats);
        preprocessor.Run(image, bytes);
        preprocessor.Run(image, halves);
        Assert.Equal(floats, bytes.Select(b => (float)b));
        Assert.Equal(floats, halves.Select(h => (float)h));
    }

    [Fact]
    public void A_grey_picture_fills_all_channels_of_a_colour_model()
    {
        using var image = ResizeTests.Draw(8, 6, 1);
        var row = new float[144];
        new Preprocessor(Pipeline(ColorKind.Rgb, 8, 6)).Run(image, row);
        Assert.Equal(row[..48], row[48..96]);
        Assert.Equal(image.Pixels[5], row[5]);
    }
}

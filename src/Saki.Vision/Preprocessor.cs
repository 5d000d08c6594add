using Saki.Pipelines;
using Saki.Vision.Kernels;

namespace Saki.Vision;

/// <summary>
/// Turns a decoded picture into one row of a model's input batch, exactly as <c>pipeline.yaml</c> says. Training and serving run this code.
/// Immutable and thread-safe.
/// </summary>
public sealed class Preprocessor(Pipeline pipeline)
{
    private readonly PixelValues _values = new(pipeline.Input, pipeline.Normalize);

    /// <summary>What the decoder needs to know: channels, and the size it may shrink towards.</summary>
    public DecodeOptions Decode { get; } = new()
    {
        Channels = pipeline.Input.Channels,
        Target = pipeline.Resize.Mode == ResizeMode.None || pipeline.Faces != FaceMode.None ? null : (pipeline.Input.Width, pipeline.Input.Height),
    };

    /// <summary>The whole picture into <paramref name="row"/> of <c>pipeline.Input.Count</c> values.</summary>
    /// <exception cref="SakiException">The pipeline resizes nothing and the picture has another size.</exception>
    public void Run(Image image, Span<float> row)
    {
        using var fitted = Fit(image);
        _values.Run(fitted ?? image, row);
    }

    /// <summary>As above for a model that takes 8-bit values.</summary>
    public void Run(Image image, Span<byte> row)
    {
        using var fitted = Fit(image);
        _values.Run(fitted ?? image, row);
    }

    /// <summary>As above for a model that takes 16-bit floating point.</summary>
    public void Run(Image image, Span<Half> row)
    {
        var wide = new float[row.Length];
        Run(image, wide);
        for (var i = 0; i < row.Length; i++) row[i] = (Half)wide[i];
    }

    /// <summary>Only <paramref name="box"/> of the picture, which must lie inside it.</summary>
    public void Run(Image image, in Box box, Span<float> row)
    {
        using var cut = Crop(image, box);
        Run(cut, row);
    }

    /// <summary>A copy of a part of a picture, owned by the caller.</summary>
    public static Image Crop(Image image, in Box box)
    {
        var cut = new Image(box.Width, box.Height, image.Channels);
        for (var y = 0; y < box.Height; y++) image.Row(box.Y + y).Slice(box.X * image.Channels, box.Width * image.Channels).CopyTo(cut.Row(y));
        return cut;
    }

    /// <summary>The picture at the input's size and channels; null when it has both already. Owned by the caller.</summary>
    public Image? Fit(Image image)
    {
        var input = pipeline.Input;
        if (image.Channels != input.Channels)
        {
            using var converted = Convert(image, input.Channels);
            return Fit(converted) ?? Image.FromPixels(converted.Pixels, converted.Width, converted.Height, converted.Channels);
        }
        if (image.Width == input.Width && image.Height == input.Height) return null;
        return pipeline.Resize.Mode switch
        {
            ResizeMode.Stretch => Scaled(image, input.Width, input.Height),
            ResizeMode.Cover => Cover(image),
            ResizeMode.Fit => Pad(image),
            _ => throw new SakiException("Preprocessing", $"a picture of {input.Width}×{input.Height} (resize mode none)", $"one of {image.Width}×{image.Height}", "Resize it, or set resize.mode in pipeline.yaml."),
        };
    }

    private Image Scaled(Image image, int width, int height)
    {
        var scaled = new Image(width, height, image.Channels);
        Resize.Run(image, scaled, pipeline.Resize.Interpolation, pipeline.Resize.Antialias);
        return scaled;
    }

    private Image Cover(Image image)
    {
        var input = pipeline.Input;
        var scale = Math.Max((double)input.Width / image.Width, (double)input.Height / image.Height);
        var (w, h) = (Math.Max(input.Width, (int)Math.Round(image.Width * scale)), Math.Max(input.Height, (int)Math.Round(image.Height * scale)));
        using var scaled = Scaled(image, w, h);
        return Crop(scaled, new Box((w - input.Width) / 2, (h - input.Height) / 2, input.Width, input.Height));
    }

    private Image Pad(Image image)
    {
        var input = pipeline.Input;
        var scale = Math.Min((double)input.Width / image.Width, (double)input.Height / image.Height);
        var (w, h) = (Math.Clamp((int)Math.Round(image.Width * scale), 1, input.Width), Math.Clamp((int)Math.Round(image.Height * scale), 1, input.Height));
        using var scaled = Scaled(image, w, h);
        var padded = new Image(input.Width, input.Height, image.Channels);
        padded.Pixels.Clear();
        for (var y = 0; y < h; y++) scaled.Row(y).CopyTo(padded.Row(((input.Height - h) / 2) + y)[((input.Width - w) / 2 * image.Channels)..]);
        return padded;
    }

    internal static Image Convert(Image image, int channels)
    {
        var converted = new Image(image.Width, image.Height, channels);
        var from = image.Pixels;
        var to = converted.Pixels;
        if (channels == 1)
        {
            unsafe
            {
                fixed (byte* rgb = from)
                fixed (byte* grey = to) KernelSet.Active.Luma(rgb, grey, to.Length);
            }
        }
        else
            for (int i = 0, j = 0; i < from.Length; i++, j += 3) to[j] = to[j + 1] = to[j + 2] = from[i];
        return converted;
    }
}

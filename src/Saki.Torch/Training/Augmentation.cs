using Saki.Pipelines;

namespace Saki.Torch.Training;

/// <summary>
/// Varies one u8 picture (rows of interleaved channels) as <see cref="AugmentOptions"/> says, all but the mixing of pictures (<see cref="BatchMix"/>).
/// What is drawn depends on seed, epoch and sample only, so the number of workers and the order of samples change nothing. Thread-safe.
/// </summary>
public sealed class Augmentation
{
    private readonly AugmentOptions _options;
    private readonly InputSpec _input;
    private readonly ulong _seed;
    private readonly byte[] _mean;
    private readonly AffineWarp _warp;

    /// <param name="options">What is varied.</param>
    /// <param name="pipeline">Size, channels and mean colour of the pictures.</param>
    /// <param name="seed">Decides everything that is drawn.</param>
    /// <exception cref="SakiException">A change does not fit the picture.</exception>
    public Augmentation(AugmentOptions options, Pipeline pipeline, ulong seed)
    {
        (_options, _input, _seed) = (options, pipeline.Input, seed);
        Check(options, _input);
        _mean = new byte[_input.Channels];
        for (var c = 0; c < _mean.Length; c++)
            _mean[c] = (byte)Math.Round(255 * pipeline.Normalize.Mean[pipeline.Normalize.Mean.Count == 1 ? 0 : c]);
        if (_input.Color == ColorKind.Bgr) Array.Reverse(_mean); // packed pixels are red, green, blue always
        _warp = new AffineWarp(_input.Width, _input.Height, _input.Channels, options.RandomCrop?.Border ?? BorderMode.Reflect, _mean);
    }

    /// <summary>Writes the varied <paramref name="source"/> into <paramref name="target"/>; both hold one whole picture and do not overlap.</summary>
    /// <param name="source">The sample's pixels.</param>
    /// <param name="target">Takes the result.</param>
    /// <param name="epoch">From 0.</param>
    /// <param name="sample">The sample's index in its split.</param>
    public void Apply(ReadOnlySpan<byte> source, Span<byte> target, int epoch, int sample)
    {
        var random = new SeededRandom(_seed ^ ((ulong)(epoch + 1) * 0xD1342543DE82EF95) ^ ((ulong)(sample + 1) * 0x2545F4914F6CDD1D));
        var flip = Flipped(random, epoch, sample);
        var padding = _options.RandomCrop?.Padding ?? 0;
        var (dx, dy) = padding == 0 ? (0, 0) : (random.Next((2 * padding) + 1) - padding, random.Next((2 * padding) + 1) - padding);
        if (Matrix(random, flip, dx, dy) is { } matrix) _warp.Run(source, target, matrix);
        else _warp.Shift(source, target, dx, dy, flip);
        if (_options.ColorJitter is { } jitter && Happens(random, jitter.P)) ColorJitter.Run(target, _input.Channels, jitter, random);
        if (_options.Erasing is { } erasing && Happens(random, erasing.P)) Erase(target, erasing, random);
        if (_options.Cutout is { } cutout && Happens(random, cutout.P)) Cut(target, cutout, random);
    }

    private bool Flipped(SeededRandom random, int epoch, int sample)
    {
        if (_options.Flip is not { } flip) return false;
        if (!flip.Alternating) return Happens(random, flip.P);
        var first = new SeededRandom(_seed ^ ((ulong)(sample + 1) * 0x9E3779B97F4A7C15)).NextUInt64() >> 63;
        return (((ulong)epoch + first) & 1) == 1;
    }

    private static bool Happens(SeededRandom random, double p) => random.NextDouble() < p;

    // Null where whole pixels are enough: then rows are copied and nothing is interpolated.
    private AffineMatrix? Matrix(SeededRandom random, bool flip, int dx, int dy)
    {
        double angle = 0, scale = 1, shear = 0, x = dx, y = dy;
        var needed = false;
        if (_options.Rotate is { } rotate && Happens(random, rotate.P))
            (angle, needed) = (random.Uniform(-rotate.Degrees, rotate.Degrees), true);
        if (_options.Scale is { } scaling && Happens(random, scaling.P))
            (scale, needed) = (Math.Exp(random.Uniform(Math.Log(scaling.Least), Math.Log(scaling.Most))), true);
        if (_options.Affine is { } affine && Happens(random, affine.P))
        {
            (shear, needed) = (random.Uniform(-affine.Shear, affine.Shear), true);
            x += random.Uniform(-affine.Translate, affine.Translate) * _input.Width;
            y += random.Uniform(-affine.Translate, affine.Translate) * _input.Height;
        }
        return needed ? AffineMatrix.Inverse(_input.Width, _input.Height, angle, scale, shear, x, y, flip) : null;
    }

    private void Erase(Span<byte> picture, ErasingOptions erasing, SeededRandom random)
    {
        var area = random.Uniform(erasing.Least, erasing.Most) * _input.Width * _input.Height;
        var aspect = Math.Exp(random.Uniform(-Math.Log(erasing.Aspect), Math.Log(erasing.Aspect)));
        var width = Math.Clamp((int)Math.Round(Math.Sqrt(area * aspect)), 1, _input.Width);
        var height = Math.Clamp((int)Math.Round(Math.Sqrt(area / aspect)), 1, _input.Height);
        Paint(picture, random.Next(_input.Width - width + 1), random.Next(_input.Height - height + 1), width, height);
    }

    // The middle is drawn, so that the border is covered as often as the rest.
    private void Cut(Span<byte> picture, CutoutOptions cutout, SeededRandom random) =>
        Paint(picture, random.Next(_input.Width) - (cutout.Size / 2), random.Next(_input.Height) - (cutout.Size / 2), cutout.Size, cutout.Size);

    private void Paint(Span<byte> picture, int left, int top, int width, int height)
    {
        var (x0, x1) = (Math.Max(0, left), Math.Min(_input.Width, left + width));
        var (y0, y1) = (Math.Max(0, top), Math.Min(_input.Height, top + height));
        for (var y = y0; y < y1; y++)
        {
            var row = picture.Slice(((y * _input.Width) + x0) * _input.Channels, (x1 - x0) * _input.Channels);
            if (_mean.Length == 1) row.Fill(_mean[0]);
            else for (var i = 0; i < row.Length; i++) row[i] = _mean[i % 3];
        }
    }

    private static void Check(AugmentOptions options, InputSpec input)
    {
        var most = Math.Min(input.Width, input.Height) / 4;
        if (options.RandomCrop is { } crop && (crop.Padding < 0 || crop.Padding > most))
            throw Wrong("random_crop.padding", $"0 to {most} pixels for pictures of {input.Width}x{input.Height}", $"{crop.Padding}");
        if (options.Scale is { } scale && scale.Least > scale.Most) throw Wrong("scale.least", $"at most scale.most, {scale.Most}", $"{scale.Least}");
        if (options.Erasing is { } erasing && erasing.Least > erasing.Most) throw Wrong("erasing.least", $"at most erasing.most, {erasing.Most}", $"{erasing.Least}");
        if (options.ColorJitter is { } jitter && input.Channels == 1 && (jitter.Saturation > 0 || jitter.Hue > 0))
            throw Wrong("color_jitter", "brightness and contrast only for grey pictures", "saturation or hue");
    }

    private static SakiException Wrong(string key, string expected, string got) => new($"Reading augment.{key}", expected, got, "Correct it in conf/augment or on the command line.");
}

using Saki.Pipelines;

namespace Saki.Torch.Training;

/// <summary>
/// Varies one u8 picture (rows of interleaved channels): mirrored, then moved with reflected borders. What is drawn depends only on the generator
/// passed in, so the order of workers changes nothing.
/// </summary>
public sealed class Augmentation
{
    private readonly AugmentOptions _options;
    private readonly InputSpec _input;

    /// <param name="options">What is varied.</param>
    /// <param name="input">Size and channels of the pictures.</param>
    /// <exception cref="SakiException">The shift does not fit the picture.</exception>
    public Augmentation(AugmentOptions options, InputSpec input)
    {
        var most = Math.Min(input.Width, input.Height) / 4;
        if (options.Shift < 0 || options.Shift > most)
            throw new SakiException("Reading augment.shift", $"0 to {most} pixels for pictures of {input.Width}x{input.Height}", $"{options.Shift}", "Correct it in conf/augment or on the command line.");
        (_options, _input) = (options, input);
    }

    /// <summary>Writes the varied <paramref name="source"/> into <paramref name="target"/>; both hold one whole picture and do not overlap.</summary>
    public void Apply(ReadOnlySpan<byte> source, Span<byte> target, SeededRandom random)
    {
        var flip = _options.Flip && (random.NextUInt64() >> 63) == 1;
        var (dx, dy) = _options.Shift == 0
            ? (0, 0)
            : (random.Next((2 * _options.Shift) + 1) - _options.Shift, random.Next((2 * _options.Shift) + 1) - _options.Shift);
        var stride = _input.Width * _input.Channels;
        for (var y = 0; y < _input.Height; y++)
        {
            var row = source.Slice(Reflect(y - dy, _input.Height) * stride, stride);
            var output = target.Slice(y * stride, stride);
            MoveRow(row, output, dx);
            if (flip) MirrorRow(output);
        }
    }

    // Rows are moved by block copies (the runtime's are vectorised); only the few border pixels go one by one.
    private void MoveRow(ReadOnlySpan<byte> row, Span<byte> output, int dx)
    {
        var (width, channels) = (_input.Width, _input.Channels);
        var kept = width - Math.Abs(dx);
        row.Slice(Math.Max(0, -dx) * channels, kept * channels).CopyTo(output[(Math.Max(0, dx) * channels)..]);
        var (from, to) = dx > 0 ? (0, dx) : (kept, width);
        for (var x = from; x < to; x++)
            row.Slice(Reflect(x - dx, width) * channels, channels).CopyTo(output[(x * channels)..]);
    }

    private void MirrorRow(Span<byte> row)
    {
        row.Reverse(); // vectorised
        if (_input.Channels == 1) return;
        for (var x = 0; x < row.Length; x += 3) (row[x], row[x + 2]) = (row[x + 2], row[x]); // back to the channels' order
    }

    // ... 2 1 | 0 1 2 ... n-1 | n-2 n-3 ...
    private static int Reflect(int i, int n) => i < 0 ? -i : i >= n ? (2 * (n - 1)) - i : i;
}

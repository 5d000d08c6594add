namespace Saki.Torch.Training;

/// <summary>From target to source pixels: x' = Xx·x + Xy·y + X0, y' = Yx·x + Yy·y + Y0.</summary>
internal readonly record struct AffineMatrix(double Xx, double Xy, double X0, double Yx, double Yy, double Y0)
{
    /// <summary>
    /// Undoes, around the middle: scale, then shear along x, then rotation (degrees, clockwise on screen), then moving by (dx, dy); and before all of them the mirror.
    /// With A = R·Sh·s the source of target t is A⁻¹(t − m − d) + m, mirrored in x where asked.
    /// </summary>
    internal static AffineMatrix Inverse(int width, int height, double degrees, double scale, double shear, double dx, double dy, bool flip)
    {
        var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
        var slope = Math.Tan(shear * Math.PI / 180);
        // R·Sh with R = [cos −sin; sin cos], Sh = [1 slope; 0 1]; its determinant is 1, so the inverse needs no division but by the scale.
        var (a, b, c, d) = (cos, (cos * slope) - sin, sin, (sin * slope) + cos);
        var (xx, xy, yx, yy) = (d / scale, -b / scale, -c / scale, a / scale);
        var (mx, my) = ((width - 1) / 2.0, (height - 1) / 2.0);
        var x0 = mx - (xx * (mx + dx)) - (xy * (my + dy));
        var y0 = my - (yx * (mx + dx)) - (yy * (my + dy));
        return flip ? new(-xx, -xy, width - 1 - x0, yx, yy, y0) : new(xx, xy, x0, yx, yy, y0);
    }
}

/// <summary>Moves, mirrors and bends u8 pictures of one size. Thread-safe.</summary>
internal sealed class AffineWarp(int width, int height, int channels, BorderMode border, byte[] mean)
{
    private const int Outside = -1;

    /// <summary>Whole pixels: rows are block copies (the runtime's are vectorised), only the few border pixels go one by one. The mirror comes last.</summary>
    internal void Shift(ReadOnlySpan<byte> source, Span<byte> target, int dx, int dy, bool flip)
    {
        if (flip) dx = -dx; // as in the matrix: mirrored first, then moved
        var stride = width * channels;
        for (var y = 0; y < height; y++)
        {
            var output = target.Slice(y * stride, stride);
            var from = Inside(y - dy, height);
            if (from == Outside) Fill(output);
            else MoveRow(source.Slice(from * stride, stride), output, dx);
            if (flip) MirrorRow(output);
        }
    }

    /// <summary>Bilinear, in 16.16 fixed point: the same bits on every machine.</summary>
    internal void Run(ReadOnlySpan<byte> source, Span<byte> target, in AffineMatrix matrix)
    {
        var (stepX, stepY) = (Fixed(matrix.Xx), Fixed(matrix.Yx));
        for (var y = 0; y < height; y++)
        {
            var (x16, y16) = (Fixed((matrix.Xy * y) + matrix.X0), Fixed((matrix.Yy * y) + matrix.Y0));
            var at = y * width * channels;
            for (var x = 0; x < width; x++, x16 += stepX, y16 += stepY, at += channels)
                Sample(source, target.Slice(at, channels), x16, y16);
        }
    }

    private static long Fixed(double value) => (long)Math.Round(value * 65536);

    private void Sample(ReadOnlySpan<byte> source, Span<byte> pixel, long x16, long y16)
    {
        int x = (int)(x16 >> 16), y = (int)(y16 >> 16);
        int fx = (int)(x16 >> 8) & 255, fy = (int)(y16 >> 8) & 255;
        int x0 = Inside(x, width), x1 = Inside(x + 1, width), y0 = Inside(y, height), y1 = Inside(y + 1, height);
        for (var c = 0; c < pixel.Length; c++)
        {
            var top = (At(source, x0, y0, c) * (256 - fx)) + (At(source, x1, y0, c) * fx);
            var bottom = (At(source, x0, y1, c) * (256 - fx)) + (At(source, x1, y1, c) * fx);
            pixel[c] = (byte)(((top * (256 - fy)) + (bottom * fy) + 32768) >> 16);
        }
    }

    private int At(ReadOnlySpan<byte> source, int x, int y, int c) => (x | y) < 0 ? mean[c] : source[(((y * width) + x) * channels) + c];

    private void MoveRow(ReadOnlySpan<byte> row, Span<byte> output, int dx)
    {
        var kept = width - Math.Abs(dx);
        row.Slice(Math.Max(0, -dx) * channels, kept * channels).CopyTo(output[(Math.Max(0, dx) * channels)..]);
        var (from, to) = dx > 0 ? (0, dx) : (kept, width);
        for (var x = from; x < to; x++)
        {
            var inside = Inside(x - dx, width);
            var pixel = output.Slice(x * channels, channels);
            if (inside == Outside) mean.CopyTo(pixel);
            else row.Slice(inside * channels, channels).CopyTo(pixel);
        }
    }

    private void MirrorRow(Span<byte> row)
    {
        row.Reverse(); // vectorised
        if (channels == 1) return;
        for (var x = 0; x < row.Length; x += 3) (row[x], row[x + 2]) = (row[x + 2], row[x]); // back to the channels' order
    }

    private void Fill(Span<byte> row)
    {
        for (var i = 0; i < row.Length; i++) row[i] = mean[i % channels];
    }

    // Reflect: ... 2 1 | 0 1 2 ... n-1 | n-2 n-3 ..., as often as needed.
    private int Inside(int i, int n)
    {
        if ((uint)i < (uint)n) return i;
        if (border == BorderMode.Mean) return Outside;
        if (border == BorderMode.Edge || n == 1) return i < 0 ? 0 : n - 1;
        var period = 2 * (n - 1);
        i %= period;
        if (i < 0) i += period;
        return i < n ? i : period - i;
    }
}

using Saki.Evaluation;
using Saki.Vision.Kernels;

namespace Saki.Vision;

/// <summary>Measures what makes a picture hard to recognise: too dark, too bright, blurred, small.</summary>
public static class PictureQuality
{
    /// <summary>Figures of an upright picture, as it was decoded (a large JPEG may have been shrunk while it was read).</summary>
    public static PictureFigures Measure(Image image)
    {
        var (width, height) = (image.Width, image.Height);
        byte[] above = new byte[width], row = new byte[width], below = new byte[width];
        long sum = 0, light = 0, laplacian = 0, squares = 0;
        Grey(image, 0, row);
        Add(row, ref sum, ref light);
        if (height > 1) Grey(image, 1, below);
        for (var y = 1; y < height; y++)
        {
            (above, row, below) = (row, below, above);
            Add(row, ref sum, ref light);
            if (y + 1 == height) break;
            Grey(image, y + 1, below);
            for (var x = 1; x + 1 < width; x++)
            {
                var edge = above[x] + below[x] + row[x - 1] + row[x + 1] - (4 * row[x]);
                laplacian += edge;
                squares += edge * edge;
            }
        }
        var inner = (double)Math.Max(0, width - 2) * Math.Max(0, height - 2);
        var mean = inner == 0 ? 0 : laplacian / inner;
        var (pixels, brightness) = ((double)width * height, (double)sum / ((long)width * height));
        return new PictureFigures(width, height, brightness, inner == 0 ? 0 : (squares / inner) - (mean * mean)) { Contrast = Math.Sqrt(Math.Max(0, (light / pixels) - (brightness * brightness))) };
    }

    private static void Add(ReadOnlySpan<byte> row, ref long sum, ref long squares)
    {
        foreach (var value in row)
        {
            sum += value;
            squares += value * value;
        }
    }

    private static void Grey(Image image, int y, Span<byte> into)
    {
        var row = image.Row(y);
        if (image.Channels == 1)
        {
            row.CopyTo(into);
            return;
        }
        for (var x = 0; x < into.Length; x++) into[x] = Luma.Of(row[3 * x], row[(3 * x) + 1], row[(3 * x) + 2]);
    }
}

using Saki.Datasets;
using Saki.Vision.Kernels;

namespace Saki.Vision;

/// <summary>Mean luma over the fields of a grid laid on a picture; a pixel that several fields share counts for each by its part. Of large pictures every so many pixels are looked at.</summary>
internal static class LumaFields
{
    private const int Enough = 256; // pixels on a side that say as much about 16 fields as thousands

    internal static PictureSketch? Sketch(Image image)
    {
        Span<float> coarse = stackalloc float[PictureSketch.HashWidth * PictureSketch.HashHeight], fine = stackalloc float[PictureSketch.Side * PictureSketch.Side];
        Mean(image, PictureSketch.HashWidth, PictureSketch.HashHeight, coarse);
        Mean(image, PictureSketch.Side, PictureSketch.Side, fine);
        return PictureSketch.Of(coarse, fine);
    }

    private static void Mean(Image image, int across, int down, Span<float> means)
    {
        Span<float> row = stackalloc float[across];
        means.Clear();
        var step = Math.Max(1, Math.Min(image.Width, image.Height) / Enough);
        var (width, height) = (image.Width / step, image.Height / step);
        for (var y = 0; y < height; y++)
        {
            row.Clear();
            AddRow(image, y * step, width, step, row);
            for (var field = First(y, height, down); field <= Last(y, height, down); field++)
            {
                var part = Part(y, height, down, field);
                for (var x = 0; x < across; x++) means[(field * across) + x] += part * row[x];
            }
        }
        var area = (float)width * height / (across * down);
        foreach (ref var mean in means) mean /= area;
    }

    private static void AddRow(Image image, int y, int width, int step, Span<float> fields)
    {
        var pixels = image.Row(y);
        for (var x = 0; x < width; x++)
        {
            var at = x * step * image.Channels;
            var luma = image.Channels == 1 ? pixels[at] : Luma.Of(pixels[at], pixels[at + 1], pixels[at + 2]);
            for (var field = First(x, width, fields.Length); field <= Last(x, width, fields.Length); field++)
                fields[field] += luma * Part(x, width, fields.Length, field);
        }
    }

    // Pixel p covers [p, p + 1) * fields / size of the grid.
    private static int First(int pixel, int size, int fields) => (int)((long)pixel * fields / size);

    private static int Last(int pixel, int size, int fields) => (int)(((((long)pixel + 1) * fields) - 1) / size);

    // The part of the pixel that lies in the field, 0..1.
    private static float Part(int pixel, int size, int fields, int field)
    {
        var from = Math.Max((long)pixel * fields, (long)field * size);
        var to = Math.Min(((long)pixel + 1) * fields, ((long)field + 1) * size);
        return (float)(to - from) / fields;
    }
}

namespace Saki.Datasets.Emotions;

/// <summary>
/// The procedural sample data set as a source: balanced classes, PPM images under <c>train/happy/00007.ppm</c> and so on. Each image has a random
/// stream of its own, so the first images stay the same when more are asked for.
/// </summary>
/// <param name="seed">Any value; 0 by default.</param>
/// <param name="train">Training images, spread evenly over the classes.</param>
/// <param name="val">Validation images.</param>
/// <param name="test">Test images.</param>
/// <param name="size">Width and height in pixels.</param>
public sealed class EmotionFacesReader(ulong seed = 0, int train = 2800, int val = 350, int test = 350, int size = EmotionFaces.DefaultSize) : IDatasetReader
{
    private const int Batch = 64;

    /// <inheritdoc/>
    public string Format => "emotions";

    /// <inheritdoc/>
    public string Source => $"saki data sample emotions (drawn, seed {seed}, {size}x{size})";

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes => EmotionFaces.Classes;

    /// <inheritdoc/>
    public long? ExpectedCount => (long)train + val + test;

    /// <inheritdoc/>
    public IEnumerable<SourceImage> Read()
    {
        foreach (var (split, count) in new[] { (Split.Train, train), (Split.Val, val), (Split.Test, test) })
        {
            var stream = new SeededRandom(seed).Fork((ulong)split + 1);
            for (var from = 0; from < count; from += Batch)
            {
                var images = new byte[Math.Min(Batch, count - from)][];
                Parallel.For(0, images.Length, i =>
                    images[i] = Pnm.Rgb(EmotionFaces.Draw(stream.Fork((ulong)(from + i)), (Emotion)((from + i) % 7), size), size, size));
                for (var i = 0; i < images.Length; i++)
                {
                    var label = (from + i) % 7;
                    yield return new SourceImage($"{split.Name()}/{Classes[label]}/{from + i:d5}.ppm", label, split, images[i]);
                }
            }
        }
    }
}

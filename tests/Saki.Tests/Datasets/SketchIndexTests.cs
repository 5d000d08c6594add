using System.Numerics;
using Saki.Datasets;

namespace Saki.Tests.Datasets;

public sealed class SketchIndexTests
{
    [Fact]
    public void Every_pair_that_comparing_each_with_each_finds_is_found_once()
    {
        var random = new SeededRandom(4);
        // Families: a picture and versions of it with some fields changed; hashes within a family differ in 0 to 20 bits.
        var sketches = new List<PictureSketch?> { null };
        for (var family = 0; family < 300; family++)
        {
            var (coarse, fine) = (Fields(random, 72), Fields(random, 256));
            for (var member = 0; member < 4; member++)
            {
                sketches.Add(PictureSketch.Of(coarse, fine));
                for (var change = 0; change < 3; change++) coarse[random.Next(72)] = random.Next(256);
                fine[random.Next(256)] = random.Next(256);
            }
        }
        var index = new SketchIndex(sketches);
        var pairs = 0;
        for (var i = 1; i < sketches.Count; i++)
        {
            var expected = Enumerable.Range(1, sketches.Count - 1).Where(other => sketches[i]!.IsLike(sketches[other]!));
            var found = index.Like(sketches[i]!).ToArray();
            Assert.Equal(expected, found.Order());
            pairs += found.Length - 1;
        }
        Assert.True(pairs > 300, $"{pairs} pairs");
    }

    [Fact]
    public void Brightness_and_contrast_change_nothing_and_a_flat_picture_has_no_sketch()
    {
        var random = new SeededRandom(5);
        var (coarse, fine) = (Fields(random, 72), Fields(random, 256));
        var picture = PictureSketch.Of(coarse, fine)!;
        var darker = PictureSketch.Of([.. coarse.Select(x => (x / 2) + 10)], [.. fine.Select(x => (x / 2) + 10)])!;

        Assert.Equal(0, BitOperations.PopCount(picture.Hash ^ darker.Hash));
        Assert.True(picture.IsLike(darker));
        Assert.False(picture.IsLike(PictureSketch.Of(Fields(random, 72), Fields(random, 256))!));
        Assert.Null(PictureSketch.Of(new float[72], [.. Enumerable.Range(0, 256).Select(i => 100f + (i % 2))]));
    }

    private static float[] Fields(SeededRandom random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(256))];
}

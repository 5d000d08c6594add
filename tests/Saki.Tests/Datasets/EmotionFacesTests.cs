using System.Security.Cryptography;
using Saki.Datasets;
using Saki.Datasets.Emotions;

namespace Saki.Tests.Datasets;

public sealed class EmotionFacesTests : IDisposable
{
    // Found with these pictures when they were made (cv2 4.6, 420 and 210 of them): haarcascade_frontalface_default 97.4 % at 96, 144 and 192 px,
    // UltraFace RFB-320 100 %; a CNN of three layers at 48x48 grey learns 88.6 % of the test split from 2,800 in 14 epochs.
    private const string First70 = "00928d4c9633eb8e8d0822d4c0c1d366a74b064b71d2682fc37bea2d6629c301";

    private readonly Importing _import = new();

    public void Dispose() => _import.Dispose();

    [Fact]
    public void The_same_seed_draws_the_same_bytes_on_every_machine()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var image in new EmotionFacesReader(train: 70, val: 0, test: 0).Read()) hash.AppendData(image.Content.Span[^(96 * 96 * 3)..]);

        Assert.Equal(First70, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    [Fact]
    public void Another_seed_and_another_split_draw_other_faces()
    {
        var faces = new[] { new EmotionFacesReader(0, 7, 7, 7), new EmotionFacesReader(1, 7, 7, 7) }.SelectMany(reader => reader.Read()).Select(image => Saki.Storage.Digest.Of(image.Content.Span));
        Assert.Equal(42, faces.Distinct().Count());
    }

    [Fact]
    public void Classes_are_balanced_in_every_split()
    {
        var version = _import.Run(new EmotionFacesReader(3, 70, 14, 7, 48), "emotions").Version;

        Assert.Equal(["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"], version.Classes);
        Assert.All(version.Summary.Counts[(int)Split.Train], count => Assert.Equal(10, count));
        Assert.All(version.Summary.Counts[(int)Split.Val], count => Assert.Equal(2, count));
        Assert.All(version.Summary.Counts[(int)Split.Test], count => Assert.Equal(1, count));
        Assert.Equal(0, version.Summary.LeftOutCount);
    }

    [Fact]
    public void More_images_do_not_change_the_first_ones()
    {
        var few = new EmotionFacesReader(0, 10, 0, 0, 32).Read().Select(image => image.Content.ToArray()).ToArray();
        var many = new EmotionFacesReader(0, 100, 0, 0, 32).Read().Take(10).Select(image => image.Content.ToArray()).ToArray();
        Assert.Equal(few, many);
    }

    // A person sees it at a glance; a test can at least see that the mouth of a surprised face is darker than that of a neutral one.
    [Fact]
    public void Surprised_mouths_are_open()
    {
        double Mouth(Emotion emotion) => Enumerable.Range(0, 100).Average(i =>
        {
            var face = EmotionFaces.Draw(new SeededRandom(9).Fork((ulong)i), emotion, 48);
            var rows = Enumerable.Range(33, 7).SelectMany(y => Enumerable.Range(21, 6).Select(x => (double)face[((y * 48) + x) * 3]));
            return rows.Average();
        });

        Assert.True(Mouth(Emotion.Surprise) < Mouth(Emotion.Neutral) - 15, $"{Mouth(Emotion.Surprise)} {Mouth(Emotion.Neutral)}");
    }

    [Theory]
    [InlineData(31)]
    [InlineData(1025)]
    public void A_size_out_of_range_is_refused(int size) => Assert.Throws<ArgumentOutOfRangeException>(() => EmotionFaces.Draw(new SeededRandom(0), Emotion.Happy, size));
}

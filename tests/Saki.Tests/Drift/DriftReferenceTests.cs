using Saki.Drift;
using Saki.Loop;

namespace Saki.Tests.Drift;

public sealed class DriftReferenceTests
{
    private static readonly string[] Numbers = ["brightness", "contrast", "sharpness", "size", "classes"];

    /// <summary>What docs/reference/loop.md says of chance.</summary>
    [Fact]
    public void Chance_alone_seldom_crosses_a_limit_in_two_windows()
    {
        var random = new SeededRandom(3);
        int alarms = 0, once = 0;
        const int Trials = 1000;
        for (var trial = 0; trial < Trials; trial++)
        {
            var reference = new DriftReference(Draw(random, 200, 0));
            var (first, second) = (reference.Measure("brightness", Draw(random, 200, 0), random), reference.Measure("brightness", Draw(random, 200, 0), random));
            if (first >= 0.25) once++;
            if (new DriftFigure("brightness", second, first).Crosses(0.25)) alarms++;
        }
        Assert.InRange(alarms, 0, Trials / 500); // at most 0.2 % of pairs
        Assert.InRange(once, 0, Trials / 50);
    }

    [Fact]
    public void Embeddings_that_move_are_told_and_those_that_do_not_are_not()
    {
        var random = new SeededRandom(4);
        int alarms = 0, found = 0;
        const int Trials = 40;
        for (var trial = 0; trial < Trials; trial++)
        {
            var reference = new DriftReference(Draw(random, 50, 0));
            if (Crosses(reference, random, 0)) alarms++;
            if (Crosses(reference, random, 1)) found++;
        }
        Assert.InRange(alarms, 0, 1);
        Assert.Equal(Trials, found);
    }

    [Fact]
    public void Every_number_finds_its_own_shift_and_no_other()
    {
        var random = new SeededRandom(5);
        var reference = new DriftReference(Draw(random, 300, 0));
        var still = Draw(random, 300, 0);
        foreach (var moved in Numbers)
        {
            var now = still.Select(picture => moved switch
            {
                "brightness" => picture with { Brightness = picture.Brightness + 30 },
                "contrast" => picture with { Contrast = picture.Contrast / 3 },
                "sharpness" => picture with { Sharpness = picture.Sharpness / 4 },
                "size" => picture with { Size = picture.Size * 2 },
                _ => picture with { Class = "happy" },
            }).ToList();
            foreach (var of in Numbers) Assert.True(reference.Measure(of, now, random) >= 0.25 == (of == moved), $"{of} when {moved} moved");
        }
    }

    [Fact]
    public void A_number_that_never_changed_sees_another_one()
    {
        var random = new SeededRandom(6);
        List<PictureTraits> Sized(double size) => [.. Draw(random, 100, 0).Select(picture => picture with { Size = size })];
        var reference = new DriftReference(Sized(48));
        Assert.Equal(0, reference.Measure("size", Sized(48), random), 9);
        Assert.True(reference.Measure("size", Sized(640), random) > 1);
        Assert.True(reference.Measure("size", Sized(32), random) > 1);
    }

    [Fact]
    public void A_class_that_was_never_seen_counts_and_an_unknown_measure_is_refused()
    {
        var random = new SeededRandom(7);
        var reference = new DriftReference(Draw(random, 100, 0));
        Assert.True(reference.Measure("classes", [.. Draw(random, 100, 0).Select(picture => picture with { Class = "new" })], random) > 1);
        Assert.Contains("brightness", Assert.Throws<SakiException>(() => reference.Measure("blur", Draw(random, 100, 0), random)).Message, StringComparison.Ordinal);
    }

    private static bool Crosses(DriftReference reference, SeededRandom random, double shift)
    {
        var (first, second) = (reference.Measure("embeddings", Draw(random, 50, shift), random), reference.Measure("embeddings", Draw(random, 50, shift), random));
        return new DriftFigure("embeddings", second, first).Crosses(0.01);
    }

    private static List<PictureTraits> Draw(SeededRandom random, int count, double shift) => [.. Enumerable.Range(0, count).Select(_ => new PictureTraits
    {
        Brightness = 120 + (20 * random.NextNormal()),
        Contrast = 40 + (8 * random.NextNormal()),
        Sharpness = Math.Exp(5 + random.NextNormal()),
        Size = 200 + (40 * random.NextNormal()),
        Class = ((string[])["happy", "sad", "angry"])[random.Next(3)],
        Embedding = [.. Enumerable.Range(0, 16).Select(_ => (float)(shift + random.NextNormal()))],
    })];
}

using Saki.Calibration;
using Saki.Datasets;
using Saki.Storage;
using Saki.Testing;

namespace Saki.Tests.Calibration;

public sealed class PersonalSplitTests
{
    private const int Classes = 3;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void No_sample_and_no_near_copy_lies_on_two_sides(int seed)
    {
        // Every class has twelve pictures, and of a third of them two near copies more.
        var samples = Enumerable.Range(0, Classes).SelectMany(label => Enumerable.Range(0, 12).SelectMany(i => Enumerable.Range(0, i % 3 == 0 ? 3 : 1).Select(copy => Drawn(label, (100 * label) + i, copy)))).ToList();
        var split = PersonalSplit.Of(samples, Classes, 0.3, (ulong)seed);
        var groups = PersonalSplit.Groups(samples);
        Assert.Equal(36, groups.Distinct().Count());
        Assert.All(groups.Zip(split).GroupBy(pair => pair.First), group => Assert.Single(group.Select(pair => pair.Second).Distinct()));
        for (var label = 0; label < Classes; label++)
        {
            var own = split.Where((_, i) => samples[i].Label == label).ToList();
            Assert.InRange(own.Count(one => one == Split.Test), 3, 9);
            Assert.InRange(own.Count(one => one == Split.Train), 6, 14);
        }
        Assert.Contains(Split.Val, split);
    }

    [Fact]
    public void With_few_pictures_none_is_spent_on_choosing_the_epoch_and_every_class_stays_to_learn_from()
    {
        var samples = Enumerable.Range(0, Classes).SelectMany(label => Enumerable.Range(0, 2).Select(i => Drawn(label, (10 * label) + i, 0))).ToList();
        var split = PersonalSplit.Of(samples, Classes, 0.3, 1);
        Assert.DoesNotContain(Split.Val, split);
        Assert.Equal(Classes, samples.Where((_, i) => split[i] == Split.Train).Select(sample => sample.Label).Distinct().Count());
    }

    [Fact]
    public void Pictures_that_all_look_alike_and_one_picture_in_two_classes_are_refused()
    {
        var alike = Assert.Throws<SakiException>(() => PersonalSplit.Of([Drawn(0, 1, 0), Drawn(0, 1, 1), Drawn(1, 1, 2)], Classes, 0.3, 1));
        Assert.Contains("all look alike", alike.Message, StringComparison.Ordinal);
        var twice = Assert.Throws<SakiException>(() => PersonalSplit.Of([Drawn(0, 1, 0), Drawn(1, 1, 0), Drawn(1, 2, 0)], Classes, 0.3, 1));
        Assert.Contains("each picture in one class", twice.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rehearsed_pictures_that_look_like_the_persons_on_the_other_side_are_left_out()
    {
        using var folder = new TemporaryFolder();
        var own = Enumerable.Range(0, Classes).SelectMany(label => Enumerable.Range(0, 6).Select(i => Drawn(label, (10 * label) + i, 0))).ToList();
        var split = PersonalSplit.Of(own, Classes, 0.3, 1);
        // The frozen data has its own pictures, a near copy of each of the person's, and one of its own in both parts.
        var frozen = own.Select((sample, i) => (Sample: Frozen($"near/{i:d3}", sample.Label), Look: Look(NumberOf(own, i), 5)))
            .Concat(Enumerable.Range(0, 60).Select(i => (Sample: Frozen($"other/{i:d3}", i % Classes), Look: Look(5000 + i, 0)))).ToDictionary(pair => pair.Sample.Path, pair => pair);
        var train = frozen.Values.Select(pair => pair.Sample).ToList();
        List<Sample> val = [frozen["other/007"].Sample, .. train.Where(sample => sample.Path.StartsWith("near/", StringComparison.Ordinal))];
        using var store = new DatasetStore(new SakiHome(folder.Root));
        var source = new RehearsalSource(["a", "b", "c"], train, val, sample => System.Text.Encoding.UTF8.GetBytes(sample.Path), sample => frozen[sample.Path].Look);
        var set = CalibrationSet.Build(store, own, split, source, new CalibrationPolicy { Rehearsal = 1000, Share = 0.5 }, 1, DateTimeOffset.UnixEpoch);

        var rehearsed = set.Version.Samples.Where(sample => sample.Path.StartsWith("rehearsed/", StringComparison.Ordinal)).ToList();
        for (var i = 0; i < own.Count; i++)
        {
            if (split[i] != Split.Train) Assert.DoesNotContain(rehearsed, sample => sample.Path == $"rehearsed/train/near/{i:d3}");
            if (split[i] == Split.Train) Assert.DoesNotContain(rehearsed, sample => sample.Path == $"rehearsed/val/near/{i:d3}");
        }
        Assert.DoesNotContain(rehearsed, sample => sample.Path == "rehearsed/val/other/007");
        Assert.Contains(rehearsed, sample => sample.Path == "rehearsed/train/other/007");
        Assert.True(set.Dropped > 0);
        // Half of what is learned from is the person's, who has fewer pictures; what is held back is there once.
        var learned = set.Version.Of(Split.Train);
        Assert.InRange(learned.Count(sample => sample.Path.StartsWith("own/", StringComparison.Ordinal)) / (double)learned.Length, 0.4, 0.6);
        Assert.Equal(split.Count(one => one == Split.Test), set.Version.Summary.Count(Split.Test));
        Assert.All(set.Version.Of(Split.Test), sample => Assert.StartsWith("own/test/0000/", sample.Path, StringComparison.Ordinal));
    }

    private static int NumberOf(List<PersonalSample> own, int i) => int.Parse(own[i].Name.Split('-')[1], System.Globalization.CultureInfo.InvariantCulture);

    private static Sample Frozen(string path, int label) => new(path, Digest.Of(System.Text.Encoding.UTF8.GetBytes(path)), label, Split.Train);

    private static PersonalSample Drawn(int label, int number, int copy) => new($"{label}-{number}-{copy}", label, [(byte)label, (byte)number, (byte)(number >> 8), (byte)copy], Look(number, copy));

    // Fields drawn from the number; a copy changes a grain of light, as compression does.
    private static SampleFacts Look(int number, int copy)
    {
        var random = new SeededRandom((ulong)number);
        var fields = new float[PictureSketch.Side * PictureSketch.Side];
        for (var i = 0; i < fields.Length; i++) fields[i] = (float)random.Uniform(0, 240) + copy;
        var coarse = new float[PictureSketch.HashWidth * PictureSketch.HashHeight];
        for (var i = 0; i < coarse.Length; i++) coarse[i] = (float)random.Uniform(0, 240) + copy;
        return new SampleFacts(null, Digest.Of(BitConverter.GetBytes((number * 100) + copy)), 48, 48, Sketch: PictureSketch.Of(coarse, fields));
    }
}

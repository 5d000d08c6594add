using Saki.Datasets;
using Saki.Testing;

namespace Saki.Vision.Tests;

/// <summary>
/// What a check must find in FER2013 (train, publictest, privatetest_a). From shared/data/README.md: 280 PublicTest rows and 144 of privatetest_a have an exact copy in
/// Training; 12 images are constant, 11 in Training and 1 in PublicTest; one image occurs 12 times. The counts over these 34,094 rows, and mean and deviation, by:
/// <code>
/// rows = [(emotion, pixels, usage) for f in files for emotion, pixels, usage in csv.reader(f)]
/// groups = defaultdict(list); [groups[p].append((e, u)) for e, p, u in rows]
/// copies = [g for g in groups.values() if len(g) > 1]
/// print(len(groups), len(copies), sum(map(len, copies)), sum(len({e for e, u in g}) > 1 for g in copies))
/// x = numpy.array([p.split() for e, p, u in rows if u == "Training"], dtype=numpy.uint8) / 255.0; print(x.mean(), x.std())
/// </code>
/// </summary>
public sealed class Fer2013FactsTests
{
    [SharedDataFact]
    public void The_known_facts_of_fer2013_come_out_exactly()
    {
        var folder = Directory.CreateTempSubdirectory("saki-test-");
        try
        {
            using var store = new DatasetStore(new SakiHome(folder.FullName));
            var parts = new[] { "train.csv.bz2", "publictest.csv.bz2", "privatetest_a.csv.gz" }.Select(file => DatasetFormat.Open(SharedData.At($"fer2013/{file}"))).ToArray();
            var version = new DatasetImport(store, TimeProvider.System, _ => null).Run(new JoinedReader(parts), "fer2013").Version;
            var facts = new SampleFacts[version.Samples.Count];
            Parallel.For(0, facts.Length, i => facts[i] = SampleLook.At(store.Read(version.Samples[i])));

            var findings = DatasetCheck.Of(version, facts);

            Assert.Equal([11, 1], findings.Constant.CountBy(sample => sample.Split).OrderBy(pair => pair.Key).Select(pair => pair.Value));
            Assert.Equal([(Split.Train, Split.Val, 280), (Split.Train, Split.Test, 144), (Split.Val, Split.Test, 21)], findings.Leaks.Select(leak => (leak.From, leak.Into, leak.Samples.Count)));
            Assert.Equal(12, findings.Duplicates.Max(group => group.Samples.Count));
            Assert.Equal((32_404, 1397, 3087, 52), (findings.Distinct, findings.Duplicates.Count, findings.Duplicates.Sum(group => group.Samples.Count), findings.Contradictions.Count()));
            Assert.All(findings.Duplicates, group => Assert.True(group.SameBytes));
            Assert.Empty(findings.Damaged);
            // Made with numpy beforehand (difference hash of area means, at most 8 bits, correlation above 0.95): 212 public test pictures look like a training picture and are no copy of one.
            Assert.InRange(findings.NearLeaks.Single(leak => (leak.From, leak.Into) == (Split.Train, Split.Val)).Samples.Count, 206, 218);
            Assert.Equal((34_094, new SizeCount(48, 48, 34_094)), (findings.Grey, Assert.Single(findings.Sizes)));
            Assert.All(findings.Pixels.Mean, mean => Assert.Equal(0.5077425080522147, mean, 12));
            Assert.All(findings.Pixels.Std, std => Assert.Equal(0.25500891562522027, std, 12));
            Assert.Equal(652, DatasetDrop.Choose(findings, ["leaks", "constant", "contradictions"]).Count);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [SharedDataFact]
    public void Near_duplicates_of_cifar10_across_its_batches_are_found_and_nothing_else()
    {
        PictureSketch?[] Read(string file) => [.. DatasetFormat.Open(SharedData.At($"cifar10/{file}")).Read().Select(image => SampleLook.Sketch(image.Content.Span))];
        var index = new SketchIndex(Read("cifar-10-binary-batch1.tar.bz2"));
        var found = Read("cifar-10-binary-test_a.tar.bz2").Sum(sketch => sketch is null ? 0 : index.Like(sketch).Count());
        Assert.InRange(found, 11, 13); // numpy: 12 pairs, looked at: each is one photograph
    }

    [SharedDataFact]
    public void A_photo_scaled_cropped_and_compressed_looks_like_itself_and_not_like_another()
    {
        PictureSketch Sketch(string file) => SampleLook.Sketch(File.ReadAllBytes(SharedData.At($"photos/{file}")))!;
        Assert.True(Sketch("formats/hopper.png").IsLike(Sketch("formats/hopper.jpg")));
        Assert.True(Sketch("formats/hopper.png").IsLike(Sketch("formats/hopper.webp")));
        Assert.False(Sketch("formats/hopper.png").IsLike(Sketch("kodim23.png")));
    }

    [SharedDataFact]
    public void The_same_face_in_other_lossless_formats_is_a_copy_and_a_cut_file_is_damaged()
    {
        var bmp = SampleLook.At(File.ReadAllBytes(SharedData.At("photos/formats/hopper.bmp")));
        var png = SampleLook.At(File.ReadAllBytes(SharedData.At("photos/formats/hopper.png")));

        Assert.Equal(bmp.Pixels, png.Pixels);
        Assert.Equal((128, 128, false, false), (bmp.Width, bmp.Height, bmp.Grey, bmp.Constant));
        Assert.Contains("too early", SampleLook.At(File.ReadAllBytes(SharedData.At("photos/broken/truncated.jpg"))).Problem);
    }
}

using Saki.Pipelines;
using Saki.Torch.Training;
using Saki.Vision;

namespace Saki.Torch.Tests.Training;

public sealed class BatchesTests
{
    private static readonly Pipeline Gray16 = new()
    {
        Input = new InputSpec(ColorKind.Gray, 16, 16),
        Normalize = new NormalizeSpec { Scale = 1f / 255, Mean = [0.5f], Std = [0.25f] },
        Labels = ["left", "middle", "right"],
    };

    [Fact]
    public void Values_are_those_that_serving_computes_for_the_same_picture()
    {
        using var data = new TinyData(30);
        using var cache = Open(data, Gray16);
        var serving = new Preprocessor(Gray16);
        var expected = new float[256];
        foreach (var batch in new Batches(cache, Gray16, 7).Epoch(0))
        {
            for (var i = 0; i < batch.Count; i++)
            {
                var sample = data.Version.Samples[batch.Samples[i]];
                using var image = ImageDecoder.Decode(data.Store.Read(sample), serving.Decode);
                serving.Run(image, expected);
                Assert.Equal(expected, batch.Images.AsSpan(i * 256, 256).ToArray());
                Assert.Equal(sample.Label, batch.Labels[i]);
            }
        }
    }

    [Fact]
    public void Colour_arrives_in_the_order_that_serving_gives_it()
    {
        using var data = new TinyData(6);
        var pipeline = Gray16 with { Input = new InputSpec(ColorKind.Bgr, 20, 12), Normalize = new NormalizeSpec { Scale = 1f / 255, Mean = [0.1f, 0.2f, 0.3f], Std = [0.5f, 0.6f, 0.7f] } };
        using var cache = Open(data, pipeline);
        var serving = new Preprocessor(pipeline);
        var expected = new float[pipeline.Input.Count];
        var batch = new Batches(cache, pipeline, 6).Epoch(0).Single();
        using var scope = torch.NewDisposeScope();
        var rows = batch.ToTensors(pipeline.Input, torch.CPU).Images_NCHW.contiguous();
        for (var i = 0; i < batch.Count; i++)
        {
            using var image = ImageDecoder.Decode(data.Store.Read(data.Version.Samples[batch.Samples[i]]), serving.Decode);
            serving.Run(image, expected);
            Assert.Equal(expected, rows.ToArray<float>().AsSpan(i * expected.Length, expected.Length).ToArray());
        }
    }

    [Fact]
    public void An_epoch_shows_every_sample_once_in_an_order_of_its_own()
    {
        using var data = new TinyData(32);
        using var cache = Open(data, Gray16);
        var batches = Training(cache, seed: 3);
        var first = Order(batches, 0);
        Assert.Equal(Enumerable.Range(0, 32), first.Order());
        Assert.Equal(first, Order(Training(cache, seed: 3), 0));
        Assert.NotEqual(first, Order(batches, 1));
        Assert.NotEqual(first, Order(Training(cache, seed: 4), 0));
    }

    [Fact]
    public void An_epoch_entered_in_the_middle_goes_on_with_the_same_bits()
    {
        using var data = new TinyData(32);
        using var cache = Open(data, Gray16);
        var whole = Training(cache, 3).Epoch(2).Select(batch => batch.Images.ToArray()).ToList();
        var rest = Training(cache, 3).Epoch(2, first: 2).Select(batch => batch.Images.ToArray()).ToList();
        Assert.Equal(whole.Skip(2), rest);
    }

    [Fact]
    public void The_number_of_workers_changes_no_bit()
    {
        using var data = new TinyData(32);
        using var cache = Open(data, Gray16);
        var augment = new AugmentOptions
        {
            Flip = new FlipOptions(),
            RandomCrop = new RandomCropOptions(),
            Rotate = new RotateOptions(),
            ColorJitter = new ColorJitterOptions { Contrast = 0.3 },
            Erasing = new ErasingOptions(),
            Mixup = new MixupOptions(),
            Cutmix = new CutmixOptions(),
        };
        var one = new Batches(cache, Gray16, new TrainingBatches(8, augment, 3)).Epoch(1).Select(Copy).ToList();
        var four = new Batches(cache, Gray16, new TrainingBatches(8, augment, 3, Workers: 4)).Epoch(1).Select(Copy).ToList();
        Assert.Equal(one, four);

        static double[] Copy(Batch batch) => [batch.Kept, .. batch.Images.Select(value => (double)value), .. batch.OtherLabels.Select(label => (double)label)];
    }

    [Fact]
    public void Class_balanced_sampling_shows_all_classes_equally_often_and_all_samples_of_a_class_before_any_again()
    {
        var labels = Enumerable.Repeat(0, 40).Concat(Enumerable.Repeat(2, 8)).Concat(Enumerable.Repeat(3, 12)).ToArray(); // class 1 has no samples
        var order = new SampleOrder(labels, classBalanced: true).Of(new SeededRandom(1));
        Assert.Equal(60, order.Length);
        Assert.All(order.GroupBy(sample => labels[sample]), group => Assert.Equal(20, group.Count()));
        Assert.Equal(20, order.Where(sample => labels[sample] == 0).Distinct().Count());
        Assert.All(order.Where(sample => labels[sample] == 2).GroupBy(sample => sample), group => Assert.InRange(group.Count(), 2, 3));
    }

    [Fact]
    public void Samples_of_the_test_split_are_refused_by_name()
    {
        using var data = new TinyData(9);
        var samples = data.Version.Samples.Select((sample, i) => i == 4 ? sample with { Split = Saki.Datasets.Split.Test } : sample).ToList();
        var failure = Assert.Throws<SakiException>(() => SampleCache.Open(data.Home, data.Store.Objects, data.Version.Digest, samples, Gray16, 1, default));
        Assert.Contains($"{samples[4].Path} of the test split", failure.Message);
    }

    [Fact]
    public void A_damaged_cache_is_made_again_and_another_size_does_not_meet_it()
    {
        using var data = new TinyData(9);
        string path;
        byte[] good;
        using (var cache = Open(data, Gray16)) (path, good) = (cache.Path, File.ReadAllBytes(cache.Path));
        File.WriteAllBytes(path, good.AsSpan(0, good.Length - 1).ToArray());
        using (var cache = Open(data, Gray16))
        {
            Assert.Equal(path, cache.Path);
            Assert.Equal(good, File.ReadAllBytes(path));
        }
        using var other = Open(data, Gray16 with { Input = new InputSpec(ColorKind.Gray, 12, 12) });
        Assert.NotEqual(path, other.Path);
        Assert.Equal(144, other[0].Length);
    }

    [Fact]
    public void Packing_that_is_cancelled_leaves_nothing_half_written()
    {
        using var data = new TinyData(9);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => SampleCache.Open(data.Home, data.Store.Objects, data.Version.Digest, data.Version.Samples, Gray16, 1, stop.Token));
        Assert.Empty(Directory.Exists(data.Home.Cache) ? Directory.GetFiles(data.Home.Cache).Where(file => !file.EndsWith(".versions", StringComparison.Ordinal)) : []);
    }

    private static SampleCache Open(TinyData data, Pipeline pipeline) => SampleCache.Open(data.Home, data.Store.Objects, data.Version.Digest, data.Version.Samples, pipeline, 2, default);

    private static Batches Training(SampleCache cache, ulong seed) => new(cache, Gray16, new TrainingBatches(8, new AugmentOptions { Flip = new FlipOptions(), RandomCrop = new RandomCropOptions { Padding = 2 } }, seed));

    private static int[] Order(Batches batches, int epoch) => [.. batches.Epoch(epoch).SelectMany(batch => batch.Samples.Take(batch.Count).ToArray())];
}

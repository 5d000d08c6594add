using System.Diagnostics;
using System.Globalization;
using Saki.Datasets;
using Saki.Pipelines;
using Saki.Torch;
using Saki.Torch.Training;

namespace Saki.Bench;

/// <summary>
/// The input pipeline alone: <c>loader HOME DATASET SIDE EPOCHS</c> reads an imported data set as a training does (crop with padding, flip, normalise, batches of 128, two workers) and
/// prints images a second: of the first epoch, which decodes and packs the pictures, and the median of the epochs after it.
/// </summary>
internal static class LoaderBench
{
    public static void Run(string[] args)
    {
        var (home, side, epochs) = (new SakiHome(args[0]), int.Parse(args[2], CultureInfo.InvariantCulture), int.Parse(args[3], CultureInfo.InvariantCulture));
        using var store = new DatasetStore(home);
        var version = store.Load(args[1]);
        var pipeline = new Pipeline
        {
            Input = new InputSpec(ColorKind.Rgb, side, side),
            Resize = new ResizeSpec(ResizeMode.Stretch, Pipelines.Interpolation.Bilinear, Antialias: true),
            Normalize = new NormalizeSpec { Scale = 1 / 255f, Mean = [0.485f, 0.456f, 0.406f], Std = [0.229f, 0.224f, 0.225f] },
            Labels = version.Classes,
        };
        var augment = new AugmentOptions { RandomCrop = new RandomCropOptions { Padding = 4 }, Flip = new FlipOptions() };
        var start = Stopwatch.GetTimestamp();
        using var cache = SampleCache.Open(home, store.Objects, version.Digest, version.Of(Split.Train), pipeline, Environment.ProcessorCount, default);
        var batches = new Batches(cache, pipeline, new TrainingBatches(128, augment, 1, Workers: 2));
        var rates = new List<double>();
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            var images = 0;
            foreach (var batch in batches.Epoch(epoch))
            {
                using var scope = torch.NewDisposeScope();
                batch.ToTensors(pipeline.Input, torch.CPU);
                images += batch.Count;
            }
            rates.Add(images / Stopwatch.GetElapsedTime(start).TotalSeconds);
            start = Stopwatch.GetTimestamp();
        }
        Measure.Report("first epoch, decoding", rates[0], "images/s");
        Measure.Report("later epochs", rates.Skip(1).Order().ElementAt((epochs - 1) / 2), "images/s");
    }
}

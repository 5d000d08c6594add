using Saki.Datasets;
using Saki.Pipelines;
using Saki.Torch.Training;
using Saki.Vision;

namespace Saki.Cli.Training;

/// <summary>Training pictures as the network sees them, made by the training's own batches and turned back from normalised values to colours.</summary>
internal static class ContactSheet
{
    private const int Gap = 2; // pixels between pictures

    /// <summary>A PNG: one row for each picture, the first column unchanged, then one for each epoch. Small pictures are enlarged by whole factors.</summary>
    public static byte[] Draw(SakiHome home, DatasetStore store, DatasetVersion dataset, TrainOptions options, int rows, int epochs, CancellationToken cancel)
    {
        var pipeline = TrainConfig.PipelineOf(options, dataset.Classes);
        var train = TrainingSplit.Of(dataset, options.Dataset.ValFraction, (ulong)options.Seed).Train;
        var chosen = Enumerable.Range(0, Math.Min(rows, train.Count)).Select(i => train[(int)((long)i * train.Count / Math.Min(rows, train.Count))]).ToList();
        using var samples = SampleCache.Open(home, store.Objects, dataset.Digest, chosen, pipeline, 1, cancel);
        var canvas = new Canvas(pipeline, epochs + 1, chosen.Count);
        Place(new Batches(samples, pipeline, chosen.Count).Epoch(0).Single(), canvas, 0);
        var varied = new Batches(samples, pipeline, new TrainingBatches(chosen.Count, options.Augment, (ulong)options.Seed));
        for (var epoch = 0; epoch < epochs; epoch++) Place(varied.Epoch(epoch).Single(), canvas, epoch + 1);
        return Png.Encode(canvas.Pixels, canvas.Width, canvas.Height);
    }

    private static void Place(Batch batch, Canvas canvas, int column)
    {
        for (var i = 0; i < batch.Count; i++) canvas.Place(batch.Images.AsSpan(i * canvas.Size, canvas.Size), column, batch.Samples[i]);
    }

    private sealed class Canvas
    {
        private readonly Pipeline _pipeline;
        private readonly int _zoom;

        internal Canvas(Pipeline pipeline, int columns, int rows)
        {
            _pipeline = pipeline;
            var input = pipeline.Input;
            _zoom = Math.Max(1, 96 / Math.Max(input.Width, input.Height));
            Width = (columns * ((input.Width * _zoom) + Gap)) + Gap;
            Height = (rows * ((input.Height * _zoom) + Gap)) + Gap;
            Pixels = new byte[Width * Height * 3];
            Pixels.AsSpan().Fill(255);
        }

        internal int Width { get; }

        internal int Height { get; }

        internal byte[] Pixels { get; }

        internal int Size => _pipeline.Input.Count;

        internal void Place(ReadOnlySpan<float> picture, int column, int row)
        {
            var (input, normalize) = (_pipeline.Input, _pipeline.Normalize);
            var (left, top) = (Gap + (column * ((input.Width * _zoom) + Gap)), Gap + (row * ((input.Height * _zoom) + Gap)));
            for (var y = 0; y < input.Height * _zoom; y++)
            {
                for (var x = 0; x < input.Width * _zoom; x++)
                {
                    var from = ((y / _zoom * input.Width) + (x / _zoom)) * input.Channels;
                    var to = (((top + y) * Width) + left + x) * 3;
                    for (var c = 0; c < 3; c++)
                    {
                        var channel = input.Channels == 1 ? 0 : input.Color == ColorKind.Bgr ? 2 - c : c;
                        var (mean, std) = (normalize.Mean[normalize.Mean.Count == 1 ? 0 : channel], normalize.Std[normalize.Std.Count == 1 ? 0 : channel]);
                        Pixels[to + c] = (byte)Math.Clamp((((picture[from + channel] * std) + mean) * 255) + 0.5f, 0, 255);
                    }
                }
            }
        }
    }
}

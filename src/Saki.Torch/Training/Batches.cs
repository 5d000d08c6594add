using Saki.Pipelines;

namespace Saki.Torch.Training;

/// <summary>A batch ready for the network: normalised float32 values in N x H x W x C order and their classes. Valid until the next batch is asked for.</summary>
public sealed class Batch(int capacity, int size)
{
    /// <summary>How many samples it holds.</summary>
    public int Count { get; set; }

    /// <summary>Input values of all samples; the first Count x size are meant.</summary>
    public float[] Images { get; } = new float[(long)capacity * size];

    /// <summary>Classes; the first Count are meant.</summary>
    public long[] Labels { get; } = new long[capacity];

    /// <summary>Indices into the cache; the first Count are meant.</summary>
    public int[] Samples { get; } = new int[capacity];

    /// <summary>Copies for the engine: images [N, C, H, W] in channels-last memory order and classes [N]. The current dispose scope owns both.</summary>
    public (Tensor Images_NCHW, Tensor Labels_N) ToTensors(InputSpec input, Device device)
    {
        // Rows of interleaved channels seen as NCHW: exactly the channels-last order, also for one channel, where a conversion would do nothing.
        var images = torch.tensor(Images.AsSpan(0, Count * input.Count), Count, input.Height, input.Width, input.Channels).permute(0, 3, 1, 2);
        var labels = torch.tensor(Labels.AsSpan(0, Count), Count);
        return device.Type == DeviceType.cpu ? (images, labels) : (images.to(device: device), labels.to(device: device));
    }
}

/// <summary>
/// Batches of a split. The order of an epoch is a shuffle that depends on seed and epoch only, and each batch's variation on seed, epoch and batch only:
/// any batch can be made again from these numbers, so a resumed training needs no generator state. One batch is made ahead on another thread,
/// which changes speed and nothing else.
/// </summary>
public sealed class Batches
{
    private readonly SampleCache _samples;
    private readonly Augmentation? _augmentation;
    private readonly Normalizer _normalizer;
    private readonly ulong _seed;
    private readonly int _batchSize;
    private readonly byte[] _varied;

    /// <param name="samples">What is batched; must outlive this.</param>
    /// <param name="pipeline">Its normalisation is applied.</param>
    /// <param name="batchSize">Samples per batch.</param>
    /// <param name="augmentation">Null: pictures as they are, in the order of the cache, the last batch shorter (evaluation). Else shuffled and varied, the rest left out.</param>
    /// <param name="seed">Decides order and variation.</param>
    /// <exception cref="SakiException">Training with a batch larger than the split.</exception>
    public Batches(SampleCache samples, Pipeline pipeline, int batchSize, Augmentation? augmentation, ulong seed)
    {
        if (augmentation is not null && batchSize > samples.Count)
            throw new SakiException("Starting the training", $"trainer.batch_size of at most {samples.Count}, the number of training samples", $"{batchSize}", "Make it smaller, or import more data.");
        (_samples, _augmentation, _seed, _batchSize) = (samples, augmentation, seed, batchSize);
        _normalizer = new Normalizer(pipeline);
        _varied = new byte[samples.Input.Count];
        Steps = augmentation is null ? (samples.Count + batchSize - 1) / batchSize : samples.Count / batchSize;
    }

    /// <summary>Batches in an epoch.</summary>
    public int Steps { get; }

    /// <summary>The batches of an epoch from <paramref name="first"/> on (0: all).</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="first">Where a resumed training goes on.</param>
    public IEnumerable<Batch> Epoch(int epoch, int first = 0)
    {
        var order = Order(epoch);
        var (current, spare) = (NewBatch(), NewBatch());
        var ahead = Task.Run(() => Fill(current, order, epoch, first));
        try
        {
            for (var step = first; step < Steps; step++)
            {
                ahead.GetAwaiter().GetResult();
                if (step + 1 < Steps)
                {
                    var (next, target) = (step + 1, spare);
                    ahead = Task.Run(() => Fill(target, order, epoch, next));
                }
                yield return current;
                (current, spare) = (spare, current);
            }
        }
        finally
        {
            ahead.GetAwaiter().GetResult(); // whoever stops early may unmap the samples next
        }
    }

    private Batch NewBatch() => new(_batchSize, _samples.Input.Count);

    private int[] Order(int epoch)
    {
        var order = new int[_samples.Count];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        if (_augmentation is not null) Random(epoch, -1).Shuffle<int>(order);
        return order;
    }

    // SeededRandom spreads its seed with SplitMix64: streams of neighbouring epochs and steps are unrelated.
    private SeededRandom Random(int epoch, int step) =>
        new(_seed ^ ((ulong)epoch * 0xD1342543DE82EF95) ^ ((ulong)(step + 1) * 0x2545F4914F6CDD1D));

    private void Fill(Batch batch, int[] order, int epoch, int step)
    {
        var from = step * _batchSize;
        batch.Count = Math.Min(_batchSize, order.Length - from);
        var size = _samples.Input.Count;
        var random = Random(epoch, step);
        for (var i = 0; i < batch.Count; i++)
        {
            var sample = order[from + i];
            batch.Samples[i] = sample;
            batch.Labels[i] = _samples.Labels[sample];
            var pixels = _samples[sample];
            if (_augmentation is not null)
            {
                _augmentation.Apply(pixels, _varied, random);
                pixels = _varied;
            }
            _normalizer.Apply(pixels, batch.Images.AsSpan(i * size, size));
        }
    }
}

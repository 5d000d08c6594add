using Saki.Pipelines;
using Saki.Vision;

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

    /// <summary>Part of each picture and target that is its own, 0..1; 1 where nothing was mixed.</summary>
    public double Kept { get; set; } = 1;

    /// <summary>Classes of the mixed-in pictures; meant where <see cref="Kept"/> is below 1.</summary>
    public long[] OtherLabels { get; } = new long[capacity];

    /// <summary>Copies for the engine: images [N, C, H, W] in channels-last memory order and classes [N]. The current dispose scope owns both.</summary>
    public (Tensor Images_NCHW, Tensor Labels_N) ToTensors(InputSpec input, Device device) => ToTensors(input, device, 0, Count);

    /// <summary>As above for <paramref name="count"/> samples from <paramref name="first"/> on.</summary>
    public (Tensor Images_NCHW, Tensor Labels_N) ToTensors(InputSpec input, Device device, int first, int count)
    {
        // Rows of interleaved channels seen as NCHW: exactly the channels-last order, also for one channel, where a conversion would do nothing.
        var images = torch.tensor<float>(Images.AsSpan(first * input.Count, count * input.Count), device, count, input.Height, input.Width, input.Channels).permute(0, 3, 1, 2);
        return (images, torch.tensor<long>(Labels.AsSpan(first, count), device, count));
    }

    /// <summary>Classes [N] of the mixed-in pictures; null where nothing was mixed.</summary>
    public Tensor? OthersToTensor(Device device, int first, int count) =>
        Kept >= 1 ? null : torch.tensor<long>(OtherLabels.AsSpan(first, count), device, count);
}

/// <summary>How batches of a training split are made.</summary>
/// <param name="Size">Samples per batch.</param>
/// <param name="Augment">How pictures are varied.</param>
/// <param name="Seed">Decides order and variation.</param>
/// <param name="ClassBalanced">Every class equally often instead of every sample once.</param>
/// <param name="Workers">Threads that prepare a batch; change speed only.</param>
public sealed record TrainingBatches(int Size, AugmentOptions Augment, ulong Seed, bool ClassBalanced = false, int Workers = 1);

/// <summary>
/// Batches of a split. The order of an epoch depends on seed and epoch only, each picture's variation on seed, epoch and sample, and mixing on seed, epoch and batch:
/// any batch can be made again from these numbers, so a resumed training needs no generator state. One batch is made ahead on other threads,
/// which changes speed and nothing else.
/// </summary>
public sealed class Batches
{
    private readonly SampleCache _samples;
    private readonly Augmentation? _augmentation;
    private readonly BatchMix? _mix;
    private readonly SampleOrder? _order;
    private readonly Preprocessor _preprocessor;
    private readonly ulong _seed;
    private readonly int _batchSize;
    private readonly int _workers;

    /// <summary>Pictures as they are, in the order of the cache, the last batch shorter: for evaluation.</summary>
    /// <param name="samples">What is batched; must outlive this.</param>
    /// <param name="pipeline">Its normalisation is applied.</param>
    /// <param name="batchSize">Samples per batch.</param>
    public Batches(SampleCache samples, Pipeline pipeline, int batchSize)
    {
        (_samples, _batchSize, _workers) = (samples, batchSize, 1);
        _preprocessor = new Preprocessor(pipeline with { Input = pipeline.Input with { Layout = TensorLayout.Nhwc } });
        Steps = (samples.Count + batchSize - 1) / batchSize;
    }

    /// <summary>Shuffled and varied; what does not fill a batch is left out of the epoch.</summary>
    /// <param name="samples">What is batched; must outlive this.</param>
    /// <param name="pipeline">Its normalisation is applied.</param>
    /// <param name="training">How.</param>
    /// <exception cref="SakiException">The batch is larger than the split, or a variation does not fit the pictures.</exception>
    public Batches(SampleCache samples, Pipeline pipeline, TrainingBatches training)
        : this(samples, pipeline, training.Size)
    {
        if (training.Size > samples.Count)
            throw new SakiException("Starting the training", $"trainer.batch_size of at most {samples.Count}, the number of training samples", $"{training.Size}", "Make it smaller, or import more data.");
        (_seed, _workers) = (training.Seed, training.Workers);
        _augmentation = new Augmentation(training.Augment, pipeline, training.Seed);
        _mix = BatchMix.Of(training.Augment, pipeline.Input);
        _order = new SampleOrder(samples.Labels, training.ClassBalanced);
        Steps = samples.Count / training.Size;
    }

    /// <summary>Batches in an epoch.</summary>
    public int Steps { get; }

    /// <summary>The batches of an epoch from <paramref name="first"/> on (0: all).</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="first">Where a resumed training goes on.</param>
    /// <param name="profile">Takes the time that each batch took to make; null for none.</param>
    public IEnumerable<Batch> Epoch(int epoch, int first = 0, TrainProfile? profile = null)
    {
        var order = _order?.Of(Random(epoch, -1)) ?? [.. Enumerable.Range(0, _samples.Count)];
        var (current, spare) = (NewBatch(), NewBatch());
        var ahead = Task.Run(() => Fill(current, order, epoch, first, profile));
        try
        {
            for (var step = first; step < Steps; step++)
            {
                ahead.GetAwaiter().GetResult();
                if (step + 1 < Steps)
                {
                    var (next, target) = (step + 1, spare);
                    ahead = Task.Run(() => Fill(target, order, epoch, next, profile));
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

    // SeededRandom spreads its seed with SplitMix64: streams of neighbouring epochs and steps are unrelated.
    private SeededRandom Random(int epoch, int step) =>
        new(_seed ^ ((ulong)epoch * 0xD1342543DE82EF95) ^ ((ulong)(step + 1) * 0x2545F4914F6CDD1D));

    private void Fill(Batch batch, int[] order, int epoch, int step, TrainProfile? profile)
    {
        using var span = profile?.Measure("loader");
        var from = step * _batchSize;
        batch.Count = Math.Min(_batchSize, order.Length - from);
        batch.Kept = 1;
        if (_workers == 1) FillPart(batch, order, epoch, from, 0, batch.Count);
        else
        {
            var part = (batch.Count + _workers - 1) / _workers;
            Parallel.For(0, _workers, worker => FillPart(batch, order, epoch, from, Math.Min(batch.Count, worker * part), Math.Min(batch.Count, (worker + 1) * part)));
        }
        _mix?.Run(batch, Random(epoch, step));
    }

    private void FillPart(Batch batch, int[] order, int epoch, int from, int first, int end)
    {
        var size = _samples.Input.Count;
        using var image = new Image(_samples.Input.Width, _samples.Input.Height, _samples.Input.Channels);
        for (var i = first; i < end; i++)
        {
            var sample = order[from + i];
            batch.Samples[i] = sample;
            batch.Labels[i] = _samples.Labels[sample];
            if (_augmentation is null) _samples[sample].CopyTo(image.Pixels);
            else _augmentation.Apply(_samples[sample], image.Pixels, epoch, sample);
            _preprocessor.Run(image, batch.Images.AsSpan(i * size, size)); // the size is right already: this only normalises, with the code that serves
        }
    }
}

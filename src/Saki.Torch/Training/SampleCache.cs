using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using Saki.Datasets;
using Saki.Pipelines;
using Saki.Storage;
using Saki.Vision;

namespace Saki.Torch.Training;

/// <summary>
/// All samples of one split, decoded and resized once: a file of u8 pixels in N x H x W x C order, mapped into memory. Epochs read no image files.
/// The file's name is the digest of everything that decides its content, so that another size or data set version never meets an old file.
/// Reading is thread-safe; the file may be deleted while no training runs, it is made again.
/// </summary>
/// <remarks>Layout, little-endian: 8 bytes magic, int64 N, H, W, C; N int32 labels; N·H·W·C bytes of pixels. Invariant: the file's length is exactly that.</remarks>
public sealed unsafe class SampleCache : IDisposable
{
    private const int HeaderSize = 40;
    private const int Chunk = 1024; // samples decoded between two writes: a few MB at usual sizes

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _pixels;

    private SampleCache(string path, IReadOnlyList<Sample> samples, InputSpec input)
    {
        (Path, Samples, Input) = (path, samples, input);
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += _view.PointerOffset;
        Labels = new ReadOnlySpan<int>(start + HeaderSize, Count).ToArray();
        _pixels = start + HeaderSize + ((long)Count * sizeof(int));
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>How many samples; at least one.</summary>
    public int Count => Samples.Count;

    /// <summary>Size and colour of every sample.</summary>
    public InputSpec Input { get; }

    /// <summary>Class of each sample.</summary>
    public IReadOnlyList<int> Labels { get; }

    /// <summary>The samples behind the pixels, in the same order.</summary>
    public IReadOnlyList<Sample> Samples { get; }

    /// <summary>Pixels of one sample, rows of interleaved channels; valid until <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<byte> this[int sample]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)sample, (uint)Count, nameof(sample));
            return new ReadOnlySpan<byte>(_pixels + ((long)sample * Input.Count), Input.Count);
        }
    }

    /// <summary>Opens the packed samples, making them first when they are not there or are damaged.</summary>
    /// <param name="home">Its cache folder holds the file.</param>
    /// <param name="objects">Where the encoded images are.</param>
    /// <param name="version">Whose samples they are: with the last such version the file goes.</param>
    /// <param name="samples">What to pack, at least one.</param>
    /// <param name="pipeline">Its input and resize settings decide how.</param>
    /// <param name="threads">Decoders at work.</param>
    /// <param name="cancellation">Stops packing; nothing half-written stays.</param>
    /// <exception cref="SakiException">A sample belongs to the test split, which no training may see. A sample cannot be read or decoded (it is named), or the disk is full.</exception>
    public static SampleCache Open(SakiHome home, ObjectStore objects, Digest version, IReadOnlyList<Sample> samples, Pipeline pipeline, int threads, CancellationToken cancellation)
    {
        if (samples.FirstOrDefault(sample => sample.Split == Split.Test) is { Split: Split.Test } test)
            throw new SakiException("Reading samples for training", "samples of the training and validation splits", $"{test.Path} of the test split", "The test split is for the end: saki evaluate.");
        var path = PackedSamples.PathOf(home, Key(samples, pipeline));
        PackedSamples.Note(path, version); // first: from here on no sweep takes the file
        if (!Whole(path, samples.Count, pipeline.Input)) Pack(path, objects, samples, pipeline, threads, cancellation);
        return new SampleCache(path, samples, pipeline.Input);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    // Content digests and labels say what is packed, the settings how: the same pictures under another version's name are not packed twice.
    private static Digest Key(IReadOnlyList<Sample> samples, Pipeline pipeline)
    {
        var (input, resize) = (pipeline.Input, pipeline.Resize);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"1 {input.Color} {input.Width} {input.Height} {resize.Mode} {resize.Interpolation} {resize.Antialias}"));
        Span<byte> line = stackalloc byte[36];
        foreach (var sample in samples)
        {
            sample.Digest.CopyTo(line);
            BinaryPrimitives.WriteInt32LittleEndian(line[32..], sample.Label);
            hash.AppendData(line);
        }
        return Digest.FromBytes(hash.GetHashAndReset());
    }

    private static bool Whole(string path, int count, InputSpec input)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length != HeaderSize + (count * (sizeof(int) + (long)input.Count))) return false;
        Span<byte> found = stackalloc byte[HeaderSize], expected = stackalloc byte[HeaderSize];
        using var stream = file.OpenRead();
        stream.ReadExactly(found);
        WriteHeader(expected, count, input);
        return found.SequenceEqual(expected);
    }

    private static void WriteHeader(Span<byte> header, int count, InputSpec input)
    {
        "SAKI u8\n"u8.CopyTo(header);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], count);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], input.Height);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], input.Width);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], input.Channels);
    }

    private static void Pack(string path, ObjectStore objects, IReadOnlyList<Sample> samples, Pipeline pipeline, int threads, CancellationToken cancellation) =>
        DurableFile.Write(path, stream =>
        {
            var head = new byte[HeaderSize + (samples.Count * sizeof(int))];
            WriteHeader(head, samples.Count, pipeline.Input);
            for (var i = 0; i < samples.Count; i++) BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(HeaderSize + (i * sizeof(int))), samples[i].Label);
            stream.Write(head);

            var size = pipeline.Input.Count;
            var preprocessor = new Preprocessor(pipeline);
            var chunk = new byte[Math.Min(Chunk, samples.Count) * size];
            var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
            for (var from = 0; from < samples.Count; from += Chunk)
            {
                var (first, count) = (from, Math.Min(Chunk, samples.Count - from));
                try
                {
                    Parallel.For(0, count, options, i => Decode(objects.Read(samples[first + i].Digest), samples[first + i].Path, preprocessor, chunk.AsSpan(i * size, size)));
                }
                catch (AggregateException failures)
                {
                    ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
                }
                stream.Write(chunk, 0, count * size);
            }
        });

    private static void Decode(byte[] encoded, string name, Preprocessor preprocessor, Span<byte> pixels)
    {
        try
        {
            using var image = ImageDecoder.Decode(encoded, preprocessor.Decode);
            using var fitted = preprocessor.Fit(image);
            (fitted ?? image).Pixels.CopyTo(pixels);
        }
        catch (SakiException failure)
        {
            throw new SakiException($"Decoding {name}", failure.Expected, failure.Got, "Import the data again without it.", failure);
        }
    }
}

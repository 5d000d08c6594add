using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Saki.Storage;

namespace Saki.Datasets;

/// <summary>How far an import is.</summary>
/// <param name="Images">Images read so far, good or not.</param>
/// <param name="Expected">Of how many; null when the format does not tell beforehand.</param>
/// <param name="Bytes">Encoded bytes read so far.</param>
public readonly record struct ImportProgress(long Images, long? Expected, long Bytes);

/// <summary>What an import did.</summary>
/// <param name="Version">The version, now the newest of its name.</param>
/// <param name="IsNew">False when exactly this version was there before.</param>
/// <param name="NewObjects">Images that were not yet stored under any name.</param>
/// <param name="NewBytes">Their bytes.</param>
public sealed record ImportResult(DatasetVersion Version, bool IsNew, int NewObjects, long NewBytes);

/// <summary>
/// Brings a source into the store: every image is read once, hashed and looked at (in parallel), stored once by content, and listed in a version.
/// Nothing is visible before all went well. Memory: about 0.4 kilobytes per image for its path and digest (336 MB in all for 600,000), and a few images at a time.
/// </summary>
/// <param name="store">Where to.</param>
/// <param name="time">For the date of the version.</param>
/// <param name="refuse">Looks at an encoded image: null when it can be read, else why not as the end of a sentence. Called from several threads.</param>
public sealed class DatasetImport(DatasetStore store, TimeProvider time, Func<ReadOnlyMemory<byte>, string?> refuse)
{
    private const int BatchImages = 1024;
    private const long BatchBytes = 64 << 20;
    private const int MostSamples = 50_000_000;
    private const int MostForeseen = 1 << 20; // a header may promise anything

    private IReadOnlySet<Digest> _erased = new HashSet<Digest>();

    /// <param name="reader">The source.</param>
    /// <param name="name">The data set to add a version to.</param>
    /// <param name="split">Takes a split from the training images; null to keep the source's.</param>
    /// <param name="progress">Called after each batch of at most 1,024 images, from the calling thread.</param>
    /// <param name="cancel">Stops between batches; nothing is kept.</param>
    /// <exception cref="SakiException">The source breaks its format; a class has no readable image; the name or the folder will not do.</exception>
    public ImportResult Run(IDatasetReader reader, string name, StratifiedSplit? split = null, Action<ImportProgress>? progress = null, CancellationToken cancel = default)
    {
        store.CheckName(name);
        using var pack = store.Objects.BeginPack();
        var tally = new Tally(reader, pack);
        _erased = store.Erased;
        foreach (var batch in Ahead(Batches(reader.Read())))
        {
            cancel.ThrowIfCancellationRequested();
            tally.Add(batch, Look(batch, cancel));
            progress?.Invoke(new ImportProgress(tally.Images, reader.ExpectedCount, tally.Bytes));
        }
        var version = tally.Close(name, split, time.GetUtcNow());
        pack.Commit();
        var (stored, isNew) = store.Add(version);
        return new ImportResult(stored, isNew, pack.NewObjects, pack.NewBytes);
    }

    // Reads the next batch while the caller works on this one.
    private static IEnumerable<List<SourceImage>> Ahead(IEnumerable<List<SourceImage>> batches)
    {
        using var source = batches.GetEnumerator();
        var next = Next(source);
        try
        {
            while (next.GetAwaiter().GetResult())
            {
                var batch = source.Current;
                next = Next(source);
                yield return batch;
            }
        }
        finally
        {
            Task.WaitAny(next); // the reader must not be left in the middle of a batch
        }
    }

    // On a thread of its own: readers wait for files and for other threads, and the pool's are busy with the batch before.
    private static Task<bool> Next(IEnumerator<List<SourceImage>> source) =>
        Task.Factory.StartNew(source.MoveNext, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    // Content of a SourceImage lives only until the next one, so a batch owns copies.
    private static IEnumerable<List<SourceImage>> Batches(IEnumerable<SourceImage> images)
    {
        var batch = new List<SourceImage>(BatchImages);
        var bytes = 0L;
        foreach (var image in images)
        {
            batch.Add(image with { Content = image.Content.ToArray() });
            bytes += image.Content.Length;
            if (batch.Count < BatchImages && bytes < BatchBytes) continue;
            yield return batch;
            batch = new List<SourceImage>(BatchImages);
            bytes = 0;
        }
        if (batch.Count > 0) yield return batch;
    }

    private (Digest Digest, string? Problem)[] Look(List<SourceImage> batch, CancellationToken cancel)
    {
        var seen = new (Digest, string?)[batch.Count];
        Parallel.ForEach(Partitioner.Create(0, batch.Count, Math.Max(1, batch.Count / 16)), new ParallelOptions { CancellationToken = cancel }, range =>
        {
            for (var i = range.Item1; i < range.Item2; i++)
            {
                var digest = Digest.Of(batch[i].Content.Span);
                seen[i] = (digest, _erased.Contains(digest) ? ErasedPictures.Reason : batch[i].Problem ?? refuse(batch[i].Content));
            }
        });
        return seen;
    }

    /// <summary>What has been read so far.</summary>
    private sealed class Tally(IDatasetReader reader, PackWriter pack)
    {
        private readonly List<Sample> _samples = new((int)Math.Min(reader.ExpectedCount ?? 0, MostForeseen));
        private readonly Dictionary<string, string> _groups = new(StringComparer.Ordinal);
        private readonly List<LeftOut> _leftOut = [];
        private readonly LeftOut?[] _firstLeftOut = new LeftOut?[reader.Classes.Count];
        private readonly int[] _kept = new int[reader.Classes.Count], _refused = new int[reader.Classes.Count];

        public long Images { get; private set; }

        public long Bytes { get; private set; }

        public void Add(List<SourceImage> batch, (Digest Digest, string? Problem)[] seen)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                var image = batch[i];
                Images++;
                Bytes += image.Content.Length;
                if (seen[i].Problem is { } problem)
                {
                    var file = new LeftOut(image.Path, problem);
                    _firstLeftOut[image.Label] ??= file;
                    _refused[image.Label]++;
                    if (_leftOut.Count < DatasetVersion.MostLeftOutKept) _leftOut.Add(file);
                    continue;
                }
                pack.Add(seen[i].Digest, image.Content.Span);
                if (image.Group is not null) _groups[image.Path] = image.Group;
                _samples.Add(new Sample(image.Path, seen[i].Digest, image.Label, image.Split));
                _kept[image.Label]++;
            }
            if (_samples.Count > MostSamples) throw new SakiException("Import", $"at most {MostSamples} images", "more", "Import a part of them.");
        }

        public DatasetVersion Close(string name, StratifiedSplit? split, DateTimeOffset now)
        {
            CheckClasses();
            _samples.Sort((a, b) => DatasetDigest.PathOrder.Compare(a.Path, b.Path));
            var samples = CollectionsMarshal.AsSpan(_samples);
            for (var i = 1; i < samples.Length; i++)
                if (samples[i].Path == samples[i - 1].Path) throw new SakiException("Import", "each path once", $"{samples[i].Path} twice", "Rename one of the two.");
            split?.Apply(samples, reader.Classes.Count, _groups.Count == 0 ? null : [.. _samples.Select(sample => _groups[sample.Path])]);
            return DatasetVersion.Make("Import", name, reader.Classes, _samples, reader.Source, now, _leftOut, _refused.Sum());
        }

        private void CheckClasses()
        {
            for (var label = 0; label < _kept.Length; label++)
            {
                if (_kept[label] > 0 || _firstLeftOut[label] is not { } first) continue;
                throw new SakiException("Import", $"a readable image in class {reader.Classes[label]}",
                    $"{_refused[label]} file{(_refused[label] == 1 ? "" : "s")} that cannot be read ({first.Path}: {first.Reason.TrimEnd('.')})", "Replace the files, or remove the class.");
            }
        }
    }
}

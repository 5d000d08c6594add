using Saki.Datasets;
using Saki.Inference.Labelling;
using Saki.Server.Serving;
using Saki.Storage;
using Saki.Vision;

namespace Saki.Server.Ask;

/// <summary>A labelled picture that is like the one asked about.</summary>
/// <param name="Digest">Of its bytes.</param>
/// <param name="Label">Its class in the data set.</param>
/// <param name="Similarity">Cosine of the angle between the embeddings, −1 to 1.</param>
internal sealed record SimilarPicture(Digest Digest, string Label, float Similarity);

/// <summary>What a search found.</summary>
/// <param name="Dataset">The version that was searched; null when none belongs to the model.</param>
/// <param name="Searched">Pictures that were compared.</param>
/// <param name="Total">Pictures that will be, once all are read.</param>
/// <param name="Found">The nearest first; empty while the pictures are still being read.</param>
internal sealed record SimilarSearch(DatasetSummary? Dataset, int Searched, int Total, IReadOnlyList<SimilarPicture> Found)
{
    public bool Ready => Searched == Total;
}

/// <summary>
/// The labelled pictures nearest to one, in the penultimate layer of the model that answers: of the training split that the model's card names, else of the newest version with its classes.
/// At most <see cref="MostPictures"/> of them, drawn at random, are read once for each version of a model, one after the other so that answers are not kept waiting. Thread-safe.
/// </summary>
internal sealed class SimilarPictures(SakiHome home, ServerOptions options, ModelPlaces places) : IAsyncDisposable
{
    /// <summary>Pictures that are compared.</summary>
    public const int MostPictures = 2000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private Index? _index;

    /// <summary>Searches; the first search for a model waits a while for its pictures to be read, then says how far it is.</summary>
    /// <param name="picture">The encoded picture.</param>
    /// <param name="count">How many to find.</param>
    /// <param name="cancellation">The person has gone.</param>
    /// <exception cref="ImageException">The picture is damaged.</exception>
    public async Task<SimilarSearch> FindAsync(byte[] picture, int count, CancellationToken cancellation)
    {
        var index = Of();
        await Task.WhenAny(index.Reading, Task.Delay(Patience, TimeProvider.System, cancellation));
        cancellation.ThrowIfCancellationRequested();
        if (!index.Reading.IsCompleted) return new SimilarSearch(index.Dataset, index.Read, index.Total, []);
        await index.Reading; // what failed is told
        if (index.Dataset is not { } dataset) return new SimilarSearch(null, 0, 0, []);
        var asked = await Task.Run(() => Embed(index, picture, cancellation), cancellation);
        var near = index.Entries.Select(entry => (entry.Sample, Similarity: Dot(entry.Vector, asked))).OrderByDescending(pair => pair.Similarity).Take(count);
        return new SimilarSearch(dataset, index.Entries.Count, index.Entries.Count, [.. near.Select(pair => new SimilarPicture(pair.Sample.Digest, dataset.Classes[pair.Sample.Label], pair.Similarity))]);
    }

    /// <summary>The bytes of a picture that was compared; null for any other.</summary>
    public byte[]? Read(Digest digest)
    {
        lock (_gate)
        {
            if (_index is not { } index || !index.Reading.IsCompletedSuccessfully || !index.Entries.Exists(entry => entry.Sample.Digest == digest)) return null;
        }
        if (ErasedPictures.Read(home).Contains(digest)) return null;
        using var store = new DatasetStore(home);
        return store.Objects.Contains(digest) ? store.Objects.Read(digest) : null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Index? last;
        lock (_gate) (last, _index) = (_index, null);
        if (last is not null) await last.EndAsync();
        _stop.Dispose();
    }

    // The model is held for a moment only: to read its pictures may take longer than somebody waits who takes it out.
    private Index Of()
    {
        using var lease = PictureModel.Lease(options);
        var model = lease.Model;
        lock (_gate)
        {
            if (_index is { } there && there.Model == model.Name && there.Version == model.Version && !there.Reading.IsFaulted) return there;
            _ = _index?.EndAsync();
            var index = new Index(model.Name, model.Version, model.Labels ?? []);
            index.Reading = Task.Run(() => ReadAsync(index), _stop.Token);
            return _index = index;
        }
    }

    private async Task ReadAsync(Index index)
    {
        var cancellation = _stop.Token;
        var package = await places.PackageAsync(index.Model, index.Version, cancellation);
        index.Features = package is null ? null : PictureFeatures.Open(package.Folder, cancellation);
        using var store = new DatasetStore(home);
        if (Dataset(store, package?.Card, index.Labels) is not { } reference) return;
        var version = store.Load(reference);
        var erased = store.Erased;
        var samples = version.Of(Split.Train).Where(sample => !erased.Contains(sample.Digest)).ToArray();
        new SeededRandom(1).Shuffle<Sample>(samples);
        (index.Dataset, index.Total) = (version.Summary, Math.Min(samples.Length, MostPictures));
        foreach (var sample in samples.Take(MostPictures))
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                index.Entries.Add((sample, Embed(index, store.Read(sample), cancellation)));
            }
            catch (ImageException)
            {
                // One that this build cannot read is not compared.
            }
            index.Read++;
        }
    }

    // What the card names, as "name@digest, 6,000 training images"; a card of others may say anything.
    private static DatasetReference? Dataset(DatasetStore store, string? card, IReadOnlyList<string> labels)
    {
        var line = card?.Split('\n').FirstOrDefault(text => text.StartsWith("| training data |", StringComparison.Ordinal));
        var named = line?.Split('|')[2].Trim().Split([',', ':'])[0];
        try
        {
            if (named is { Length: > 0 } && DatasetReference.Parse(named) is var reference) return reference with { DigestPrefix = store.Find(reference).Digest.ToString(), Split = null };
        }
        catch (SakiException)
        {
            // Not of this home, or removed since.
        }
        var same = store.List().FirstOrDefault(version => version.Classes.ToHashSet(StringComparer.Ordinal).SetEquals(labels));
        return same is null ? null : new DatasetReference(same.Name, same.Digest.ToString(), null);
    }

    private float[] Embed(Index index, byte[] picture, CancellationToken cancellation)
    {
        float[] vector;
        if (index.Features is { } features)
        {
            try
            {
                vector = [.. features.Of(picture, cancellation).Embedding];
            }
            catch (ObjectDisposedException)
            {
                throw new SakiException("Looking for similar pictures", "the model of a moment ago", "another one, which answers now", "Ask again.");
            }
        }
        else
        {
            using var lease = PictureModel.Lease(options);
            vector = [.. PictureFeatures.Over(lease.Model.Predictor!).Of(picture, cancellation).Embedding];
        }
        var length = MathF.Sqrt(Dot(vector, vector));
        for (var i = 0; length > 0 && i < vector.Length; i++) vector[i] /= length;
        return vector;
    }

    private static float Dot(float[] a, float[] b)
    {
        var sum = 0f;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private sealed class Index(string model, string version, IReadOnlyList<string> labels)
    {
        public IReadOnlyList<string> Labels => labels;

        public string Model => model;

        public string Version => version;

        public Task Reading { get; set; } = Task.CompletedTask;

        /// <summary>Null: the model came from no package, and its probabilities stand for its embedding.</summary>
        public PictureFeatures? Features { get; set; }

        public DatasetSummary? Dataset { get; set; }

        public int Total { get; set; }

        public int Read { get; set; }

        public List<(Sample Sample, float[] Vector)> Entries { get; } = [];

        public async Task EndAsync()
        {
            await Task.WhenAny(Reading);
            Features?.Dispose();
        }
    }
}

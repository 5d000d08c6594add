using Saki.Datasets;
using Saki.Labelling;
using Saki.Server.Feedback;
using Saki.Storage;

namespace Saki.Server.Labelling;

/// <summary>
/// Makes a data set version of a queue's labels: what most people said of each picture, for it and for those that look the same. Starts from the newest version of the data set,
/// so labels that were applied meanwhile stay. What was erased is left out, also where the old version had it.
/// </summary>
internal sealed class LabelApply(SakiHome home, LabelStore store, LabelReader reader, LabelPictures pictures, FeedbackStore feedback, TimeProvider time) : IDisposable
{
    private const int MostNamed = 1000;

    // Two versions made at once would each lack what the other changed.
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Applies, or says what applying would do.</summary>
    /// <exception cref="SakiException">(of the task) The new version would lack a class, or the object store cannot be written.</exception>
    public async Task<LabelApplied> RunAsync(QueueRow queue, string who, bool dryRun)
    {
        await _turn.WaitAsync();
        try
        {
            var (applied, before, after) = await Task.Run(() => Apply(queue, dryRun));
            if (after is not null) await store.NoteVersionAsync(queue.Id, who, before, after, applied.Labelled);
            return applied;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private (LabelApplied Applied, string Before, string? After) Apply(QueueRow queue, bool dryRun)
    {
        using var data = new DatasetStore(home);
        var name = DatasetReference.Parse(queue.Data).Name;
        var before = data.Versions(name).Count > 0 ? data.Load(name) : null;
        var verdicts = Verdicts(queue);
        var (decisions, added, gone) = Decide(verdicts, before, data, dryRun);
        var start = before ?? Empty(name, queue.Labels);
        foreach (var path in Erased(start)) decisions[path] = new LabelDecision(null, "erased at somebody's wish");
        var outcome = new LabelApplied
        {
            From = before?.Summary.ToString(),
            Labelled = verdicts.Count(verdict => verdict.Consensus.Label is not null),
            Unusable = verdicts.Count(verdict => verdict.Unusable),
            Undecided = verdicts.Count(verdict => verdict is { Consensus.Label: null, Unusable: false }),
            Gone = gone,
            Added = 0,
            Removed = 0,
            Relabelled = [],
            RelabelledCount = 0,
        };
        if (decisions.Count + added.Count == 0) return (outcome, "", null);
        var made = Relabelling.Apply(start, decisions, added, $"labels of the queue {queue.Name}{(before is null ? "" : $" on {before.Summary}")}", time.GetUtcNow());
        var diff = DatasetDiff.Of(start, made);
        outcome = outcome with { Added = diff.Added.Count, Removed = diff.Removed.Count, Relabelled = [.. diff.Relabelled.Take(MostNamed)], RelabelledCount = diff.Relabelled.Count };
        if (diff.IsEmpty) return (outcome, "", null);
        if (dryRun) return (outcome with { To = made.Summary.ToString() }, "", null);
        home.EnsureWritable();
        var stored = data.Add(made).Version.Summary.ToString();
        return (outcome with { To = stored }, outcome.From ?? "", stored);
    }

    // One for each picture: those of a task share its verdict.
    private List<Verdict> Verdicts(QueueRow queue)
    {
        var behind = reader.AnsweredPictures(queue.Id);
        var verdicts = new List<Verdict>();
        foreach (var task in reader.Answers(queue.Id).Where(answer => answer.Kind != "skip").GroupBy(answer => answer.Task))
        {
            string[] labels = [.. task.Where(answer => answer.Kind == "label").Select(answer => answer.Label)];
            var unusable = task.Count(answer => answer.Kind == "flag") > labels.Length;
            var consensus = unusable ? default : Consensus.Of(labels);
            verdicts.AddRange(behind[task.Key].Select(picture => new Verdict(picture, consensus, unusable)));
        }
        return verdicts;
    }

    private (Dictionary<string, LabelDecision> Decisions, List<NewSample> Added, int Gone) Decide(List<Verdict> verdicts, DatasetVersion? before, DatasetStore data, bool dryRun)
    {
        var samples = before?.Samples.ToDictionary(sample => sample.Path, StringComparer.Ordinal) ?? [];
        var (decisions, added, gone) = (new Dictionary<string, LabelDecision>(StringComparer.Ordinal), new List<NewSample>(), 0);
        using var pack = dryRun ? null : data.Objects.BeginPack();
        foreach (var verdict in verdicts)
        {
            if (verdict is { Consensus.Label: null, Unusable: false }) continue;
            var picture = verdict.Picture;
            // Another picture may lie under the path by now; the label was not about that one.
            if (picture.Origin == TaskPicture.Data && samples.TryGetValue(picture.Path, out var sample) && sample.Digest.ToString() == picture.Picture) decisions[picture.Path] = new LabelDecision(verdict.Consensus.Label);
            else if (picture.Origin == TaskPicture.Feedback && pictures.Read(picture) is { } bytes)
            {
                if (verdict.Consensus.Label is not { } label) continue;
                added.Add(new NewSample($"feedback/{picture.Picture[..16]}", pack?.Add(bytes) ?? Digest.Of(bytes), label));
            }
            else gone++;
        }
        pack?.Commit();
        return (decisions, added, gone);
    }

    private IEnumerable<string> Erased(DatasetVersion version)
    {
        var erased = feedback.Erased(version.Samples.Select(sample => sample.Digest.ToString()));
        return version.Samples.Where(sample => erased.Contains(sample.Digest.ToString())).Select(sample => sample.Path);
    }

    private DatasetVersion Empty(string name, IReadOnlyList<string> classes) => new(
        new DatasetSummary
        {
            Name = name,
            Digest = DatasetDigest.Of([], classes),
            Sequence = 0,
            Classes = classes,
            Counts = [.. SplitNames.All.Select(_ => new int[classes.Count])],
            Source = "",
            Created = time.GetUtcNow(),
            LeftOutCount = 0,
        }, [], []);

    private sealed record Verdict(TaskPicture Picture, Consensus Consensus, bool Unusable);
}

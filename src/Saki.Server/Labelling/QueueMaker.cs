using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Saki.Datasets;
using Saki.Inference.Labelling;
using Saki.Labelling;
using Saki.Labelling.Sampling;
using Saki.Server.Http;
using Saki.Vision;

namespace Saki.Server.Labelling;

/// <summary>
/// Makes queues in the background, one after the other: looks at every picture once, lets the model answer, joins what looks the same, orders, mixes in the control arm and
/// gold questions, and writes the tasks in their final order. Asking for the next task is then one look into an index.
/// </summary>
internal sealed class QueueMaker(SakiHome home, LabelStore store, QueueItems items, QueueModels models, LabelPictures pictures) : IAsyncDisposable
{
    private const int GuessesKept = 10;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<string, (long Looked, long Of)> _progress = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, bool> _running = new();

    /// <summary>Checks what is asked and begins; the queue is open when its state says so.</summary>
    /// <exception cref="SakiException">(of the task) Something asked for is out of range or not there; the name is taken.</exception>
    public async Task StartAsync(LabelQueueAsk ask, string who)
    {
        QueueAskRules.Check(ask);
        if (ask.Source != QueueSources.Feedback)
        {
            using var data = new DatasetStore(home);
            data.Find(DatasetReference.Parse(ask.Data)); // refused now rather than in the background
        }
        var id = await store.AddAsync(ask, who);
        _progress[ask.Name] = (0, 0);
        var task = Task.Run(() => RunAsync(id, ask), CancellationToken.None);
        _running[task] = true;
        _ = task.ContinueWith(done => _running.TryRemove(done, out _), TaskScheduler.Default);
    }

    /// <summary>How far a queue is that is being made.</summary>
    public (long Looked, long Of) Progress(string name) => _progress.GetValueOrDefault(name);

    /// <summary>Ends what is being made; the next start says that it failed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_running.Keys);
        _ending.Dispose();
        _turn.Dispose();
    }

    private async Task RunAsync(long id, LabelQueueAsk ask)
    {
        try
        {
            await _turn.WaitAsync(_ending.Token);
            try
            {
                await MakeAsync(id, ask, _ending.Token);
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (OperationCanceledException)
        {
            // The server ends; the next start notes it.
        }
        catch (Exception failure)
        {
            var cause = failure is AggregateException several ? several.Flatten().InnerExceptions[0] : failure;
            await store.FailAsync(id, cause is SakiException known ? known.Message : "A fault of the server stopped it.");
            if (cause is not SakiException) throw;
        }
        finally
        {
            _progress.TryRemove(ask.Name, out _);
        }
    }

    private async Task MakeAsync(long id, LabelQueueAsk ask, CancellationToken cancel)
    {
        using var data = new DatasetStore(home);
        var reference = DatasetReference.Parse(ask.Data);
        var version = ask.Source == QueueSources.Feedback && data.Versions(reference.Name).Count == 0 ? null : data.Load(reference);
        using var model = models.Open(ask);
        var source = ask.Source ?? (version!.Classes.Any(Relabelling.IsUnlabelled) ? QueueSources.Unlabelled : QueueSources.Review);
        var found = source switch
        {
            QueueSources.Feedback => items.OfFeedback(null),
            QueueSources.Contradictions => QueueItems.Contradictions(version!, Facts(ask.Name, version!, cancel)),
            _ => QueueItems.OfVersion(version!, reference.Split, labelled: source != QueueSources.Unlabelled),
        };
        string[] known = [.. version?.Classes.Where(name => !Relabelling.IsUnlabelled(name)) ?? []];
        IReadOnlyList<string> classes = known.Length > 0 ? known : model?.Labels ?? throw new SakiException("Making a queue", "classes to choose from: those of the data set, or of a model", "neither", "Name a model.");
        var looked = Look(ask, found, model, cancel);
        var random = new SeededRandom(ask.Seed);
        var (order, plan) = source switch
        {
            QueueSources.Suspects => Suspects(looked, model, classes, ask.Count),
            QueueSources.Contradictions => (looked, [.. looked.Items.Take(ask.Count).Select((_, index) => new PlannedTask(index, 0, SamplingArm.Strategy))]),
            _ => (looked, Plan(ask, looked, Training(version, reference, model, ask, cancel), random)),
        };
        var tasks = plan.Select(planned => ToTask(ask, order, planned, model, classes, random)).ToList();
        AddGold(tasks, ask, source, version, looked, classes, random);
        await store.FillAsync(id, tasks, version?.Summary.ToString() ?? reference.Name, classes, model?.Title ?? "");
    }

    private LookedAt Look(LabelQueueAsk ask, List<QueueItem> found, QueueModel? model, CancellationToken cancel)
    {
        var (thumbnails, features, others) = (new byte[found.Count][], new PictureFeature[found.Count], new float[]?[found.Count]);
        var done = 0L;
        // Half of the cores stay with those who ask for predictions.
        Parallel.For(0, found.Count, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Math.Max(1, Environment.ProcessorCount / 2) }, i =>
        {
            if (pictures.Read(found[i].Picture) is { } bytes && QueueItems.Thumbnail(bytes) is { } thumbnail)
            {
                thumbnails[i] = thumbnail;
                if (model is not null) (features[i], others[i]) = model.Answer(bytes, cancel);
            }
            _progress[ask.Name] = (Interlocked.Increment(ref done), found.Count);
        });
        // What cannot be read cannot be labelled either.
        int[] read = [.. Enumerable.Range(0, found.Count).Where(i => thumbnails[i] is not null)];
        if (read.Length == 0) throw new SakiException("Making a queue", "pictures that can be decoded", "none");
        var all = new LookedAt([.. read.Select(i => found[i])], [.. read.Select(i => features[i])], [.. read.Select(i => others[i])]);
        if (!ask.Group || ask.Source is QueueSources.Suspects or QueueSources.Contradictions) return all;
        var kept = QueueItems.Join(all.Items, [.. read.Select(i => thumbnails[i])]).ToHashSet(ReferenceEqualityComparer.Instance);
        return all.Only([.. Enumerable.Range(0, all.Items.Count).Where(i => kept.Contains(all.Items[i]))]);
    }

    private SampleFacts[] Facts(string name, DatasetVersion version, CancellationToken cancel)
    {
        var (facts, done) = (new SampleFacts[version.Samples.Count], 0L);
        Parallel.For(0, facts.Length, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Math.Max(1, Environment.ProcessorCount / 2) }, i =>
        {
            facts[i] = SampleLook.At(pictures.Read(new TaskPicture(TaskPicture.Data, "", version.Samples[i].Digest.ToString())));
            _progress[name] = (Interlocked.Increment(ref done), facts.Length);
        });
        return facts;
    }

    // What drift is measured from: a part of the training split.
    private TrainingDistance? Training(DatasetVersion? version, DatasetReference reference, QueueModel? model, LabelQueueAsk ask, CancellationToken cancel)
    {
        const int most = 2000;
        if (StrategyNames.Parse(ask.Order) != SamplingStrategy.Drift || model is null || version is null || reference.Split == Split.Train) return null;
        var train = version.Of(Split.Train).Where(sample => !Relabelling.IsUnlabelled(version.Classes[sample.Label])).ToArray();
        if (train.Length == 0) return null;
        new SeededRandom(ask.Seed).Shuffle<Sample>(train);
        train = train[..Math.Min(most, train.Length)];
        var points = new float[train.Length][];
        Parallel.For(0, train.Length, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Math.Max(1, Environment.ProcessorCount / 2) },
            i => points[i] = model.Answer(pictures.Read(new TaskPicture(TaskPicture.Data, "", train[i].Digest.ToString()))!, cancel).Feature.Embedding);
        return new TrainingDistance(points, [.. train.Select(sample => sample.Label)]);
    }

    private static IReadOnlyList<PlannedTask> Plan(LabelQueueAsk ask, LookedAt looked, TrainingDistance? training, SeededRandom random)
    {
        var candidates = new Candidates
        {
            Count = looked.Items.Count,
            Probabilities = looked.Features[0].Probabilities is null ? [] : [.. looked.Features.Select(feature => feature.Probabilities)],
            Embeddings = looked.Features[0].Embedding is null ? [] : [.. looked.Features.Select(feature => feature.Embedding)],
            Others = looked.Others[0] is null ? [] : [.. looked.Others.Select(row => row!)],
            Times = [.. looked.Items.Select(item => item.Time)],
            Training = training,
        };
        return QueuePlan.Of(Ranking.Of(candidates, StrategyNames.Parse(ask.Order), random), ask.Count, ask.Control, random);
    }

    private static (LookedAt, IReadOnlyList<PlannedTask>) Suspects(LookedAt looked, QueueModel? model, IReadOnlyList<string> classes, int count)
    {
        if (model is null) throw new SakiException("Making a queue", "a model that did not learn from these pictures", "none", "Name a model.");
        var columns = model.Columns(classes);
        var rows = looked.Features.Select(feature => columns.Select(column => feature.Probabilities[column]).ToArray()).ToArray();
        var places = classes.Select((name, label) => (name, label)).ToDictionary(x => x.name, x => x.label, StringComparer.Ordinal);
        var suspects = ConfidentLearning.Suspects([.. looked.Items.Select(item => places[item.Given!])], rows, classes.Count);
        if (suspects.Count == 0) throw new SakiException("Making a queue", "labels that are probably wrong", "none", "There is nothing to review.");
        var only = looked.Only([.. suspects.Select(suspect => suspect.Index)]);
        var named = only with { Items = [.. only.Items.Select(item => item with { Reason = "label error" })] };
        return (named, [.. suspects.Take(count).Select((suspect, place) => new PlannedTask(place, -suspect.Margin, SamplingArm.Strategy))]);
    }

    private static NewTask ToTask(LabelQueueAsk ask, LookedAt looked, PlannedTask planned, QueueModel? model, IReadOnlyList<string> classes, SeededRandom random)
    {
        var item = looked.Items[planned.Index];
        return new NewTask
        {
            Arm = planned.Arm == SamplingArm.Control ? "control" : "strategy",
            Score = planned.Score,
            Reason = item.Reason,
            Given = item.Given ?? "",
            Guesses = Guesses(looked.Features[planned.Index].Probabilities, model, classes),
            Blind = random.NextDouble() < ask.Blind,
            Needed = ask.Annotators,
            Pictures = [item.Picture, .. item.Alike],
        };
    }

    private static IReadOnlyList<LabelGuess> Guesses(float[]? row, QueueModel? model, IReadOnlyList<string> classes) => row is null || model is null ? [] :
        [.. row.Select((probability, i) => new LabelGuess(model.Labels[i], Math.Round(probability, 4))).Where(guess => classes.Contains(guess.Label)).OrderByDescending(guess => guess.Probability).Take(GuessesKept)];

    // Known pictures at random places, never among those that are asked about; their answers judge people, not pictures.
    private static void AddGold(List<NewTask> tasks, LabelQueueAsk ask, string source, DatasetVersion? version, LookedAt looked, IReadOnlyList<string> classes, SeededRandom random)
    {
        var wanted = (int)Math.Round(ask.Gold * tasks.Count);
        if (wanted == 0) return;
        if (source is not (QueueSources.Unlabelled or QueueSources.Feedback) || version is null)
            throw new SakiException("Making a queue", "gold questions only where the labels of the data set are not in question: for pictures without a label, or from feedback", "another source", "Leave the gold questions out.");
        var asked = looked.Items.Select(item => item.Picture.Picture).ToHashSet(StringComparer.Ordinal);
        var labelled = version.Samples.Where(sample => classes.Contains(version.Classes[sample.Label]) && !asked.Contains(sample.Digest.ToString())).ToArray();
        random.Shuffle<Sample>(labelled);
        foreach (var sample in labelled.Take(wanted))
        {
            tasks.Insert(random.Next(tasks.Count + 1), new NewTask
            {
                Arm = "gold",
                Gold = version.Classes[sample.Label],
                Blind = true,
                Needed = LabelStore.Everybody,
                Pictures = [new TaskPicture(TaskPicture.Data, sample.Path, sample.Digest.ToString())],
            });
        }
    }

    /// <summary>Pictures that could be read, with what the models say of them (null without a model).</summary>
    private sealed record LookedAt(List<QueueItem> Items, IReadOnlyList<PictureFeature> Features, IReadOnlyList<float[]?> Others)
    {
        public LookedAt Only(int[] which) => new([.. which.Select(i => Items[i])], [.. which.Select(i => Features[i])], [.. which.Select(i => Others[i])]);
    }
}

/// <summary>What can be asked for.</summary>
internal static class QueueAskRules
{
    /// <summary>Refuses what is out of range.</summary>
    /// <exception cref="RequestException">400.</exception>
    public static void Check(LabelQueueAsk ask)
    {
        if (ask.Name.Length is 0 or > 64 || !ask.Name.All(sign => char.IsAsciiLetterOrDigit(sign) || sign is '.' or '-' or '_') || ask.Name.StartsWith('.'))
            throw Wrong("a name of 1 to 64 letters, digits, dots, dashes or underscores", $"\"{ask.Name[..Math.Min(80, ask.Name.Length)]}\"");
        if (ask.Name is "pictures" or "queues") throw Wrong("a name that no page has", $"\"{ask.Name}\"");
        if (ask.Source is { } source && !QueueSources.All.Contains(source)) throw Wrong($"one of {string.Join(", ", QueueSources.All)} as source", $"\"{source[..Math.Min(80, source.Length)]}\"");
        StrategyNames.Parse(ask.Order);
        DatasetReference.Parse(ask.Data);
        Within("count", ask.Count, 1, 200_000);
        Within("annotators", ask.Annotators, 1, 20);
        Within("control", ask.Control, 0, 1);
        Within("gold", ask.Gold, 0, 0.5);
        Within("blind", ask.Blind, 0, 1);
    }

    private static void Within(string what, double value, double least, double most)
    {
        if (!(value >= least && value <= most)) throw Wrong(FormattableString.Invariant($"{what} from {least} to {most}"), FormattableString.Invariant($"{value}"));
    }

    private static RequestException Wrong(string expected, string got) => new(StatusCodes.Status400BadRequest, "Making a queue", expected, got);
}

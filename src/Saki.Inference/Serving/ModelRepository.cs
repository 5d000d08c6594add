using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using Saki.Inference.Batching;

namespace Saki.Inference.Serving;

/// <summary>
/// The models that answer now. Loading, swapping and unloading never fail a request: a new version is loaded and warmed before it is switched to, an old one is freed when
/// its last request is done. What is loaded is kept in a state file, so that a restart, also after a kill, brings the same models back. Thread-safe.
/// </summary>
public sealed class ModelRepository : IAsyncDisposable
{
    private readonly ComputeSlots _slots;
    private readonly RepositoryOptions _options;
    private readonly ModelSource _sources;
    private readonly ShadowQueue _shadows;
    private readonly SemaphoreSlim _changes = new(1); // has nothing to free while nobody asks for its handle
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _loading = new(StringComparer.Ordinal); // by name
    private ImmutableSortedDictionary<string, ModelEntry> _models = ImmutableSortedDictionary.Create<string, ModelEntry>(StringComparer.Ordinal);
    private bool _closed;

    /// <param name="options">Where things lie and how models are opened.</param>
    public ModelRepository(RepositoryOptions options)
    {
        _options = options;
        _slots = new ComputeSlots(options.Slots);
        _sources = new ModelSource(options.Cache, options.Probe, reference => Resolve?.Invoke(reference));
        _shadows = new ShadowQueue(_slots, TryLease, options.Time);
        Routes = new ModelRoutes(options.RoutingFile, _shadows, name => _models.TryGetValue(name, out var entry) ? entry.Default : "", options.Time);
    }

    /// <summary>Where requests go.</summary>
    public ModelRoutes Routes { get; }

    /// <summary>What people change, noted with who and why.</summary>
    public ServingChanges Changes => new(this);

    /// <summary>True when <c>models:/…</c> can be loaded.</summary>
    public bool HasRegistry => Resolve is not null;

    /// <summary>Finds what <c>models:/…</c> and <c>runs:/…</c> mean; null: only files and folders are known.</summary>
    public Func<string, ReferencedModel>? Resolve { get; set; }

    /// <summary>Runs at once on this machine.</summary>
    public int Cores => _slots.Count;

    /// <summary>Every model that is or was loaded, by name.</summary>
    public IReadOnlyList<ModelEntry> Models => [.. Volatile.Read(ref _models).Values];

    /// <summary>A model that is or was loaded, by its name; null: it never was.</summary>
    public ModelEntry? Find(string name) => Volatile.Read(ref _models).GetValueOrDefault(name);

    /// <summary>The model that answers when none is named: the only one, or the first that was loaded; null when there is none.</summary>
    public string? DefaultModel => Volatile.Read(ref _models).Values.Where(entry => entry.IsLoaded).MinBy(entry => entry.Order)?.Name;

    /// <summary>Holds a model for one request.</summary>
    /// <param name="name">Its name, also with <c>@ALIAS</c> behind it; null: <see cref="DefaultModel"/>.</param>
    /// <param name="version">Its version, a stage or an alias; null: as the model's routing says.</param>
    /// <param name="user">The key by which a user stays on one side of a canary and finds a version of his own; null: none.</param>
    /// <exception cref="ModelNotFoundException">There is no such model or version.</exception>
    public ModelLease Lease(string? name, string? version = null, string? user = null)
    {
        while (true)
        {
            var models = Volatile.Read(ref _models);
            name ??= DefaultModel;
            if (name is null || !models.TryGetValue(name, out var entry))
            {
                if (name?.IndexOf('@', StringComparison.Ordinal) is not > 0 || version is not null) throw new ModelNotFoundException(name, null, models.Values);
                var at = name.IndexOf('@', StringComparison.Ordinal);
                (name, version) = (name[..at], name[at..]);
                continue;
            }
            if (entry.Versions.Count == 0) throw new ModelNotFoundException(name, null, models.Values);
            var lease = version is null ? Choose(entry, user) : new ModelLease(entry.Find(version) ?? throw new ModelNotFoundException(name, version, models.Values)) { Arm = Arm.Pinned };
            if (lease.Model.TryEnter()) return lease;
            // It was taken out between the two lines; the next look finds its successor.
        }
    }

    // A version that is not loaded (yet, or any more) gets no requests: they go to the default.
    private ModelLease Choose(ModelEntry entry, string? user)
    {
        var route = Routes.Find(entry.Name);
        var watching = route is { IsWatching: true } ? route : null;
        if (route?.Choose(user) is { } chosen && entry.Versions.TryGetValue(chosen.Version, out var model)) return new ModelLease(model) { Arm = chosen.Arm, Route = watching };
        return new ModelLease(entry.Versions[entry.Default]) { Route = watching };
    }

    /// <summary>Reads the models at a place; loads nothing yet.</summary>
    /// <inheritdoc cref="ModelSource.Open"/>
    public IReadOnlyList<ModelPlan> Open(string path, string? name = null, Pipelines.Pipeline? pipeline = null) => _sources.Open(path, name, pipeline);

    /// <summary>
    /// Loads a version: engine, golden answer, warm-up, switch, then the versions it replaces are drained and freed. Versions of one model are loaded one after the other, different
    /// models side by side.
    /// </summary>
    /// <param name="plan">What to load.</param>
    /// <param name="beside">True: the model's other versions stay, and so does its default (TorchServe's way). False: this one replaces them.</param>
    /// <param name="cancellation">Stops the load; a switch that has begun is finished.</param>
    /// <exception cref="SakiException">The model does not load, fit or answer as it should; what was loaded before stays.</exception>
    public async Task<ServedModel> LoadAsync(ModelPlan plan, bool beside = false, CancellationToken cancellation = default)
    {
        var turn = _loading.GetOrAdd(plan.Name, static _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            var made = await Task.Run(() => Make(plan, cancellation), cancellation).ConfigureAwait(false);
            await TakeInAsync([made], beside).ConfigureAwait(false);
            return made.Model;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Serves a predictor that was opened elsewhere, under its own name and version, and takes it over.</summary>
    public ServedModel Add(Predictor predictor)
    {
        var model = new ServedModel(predictor.Model, predictor.Version, predictor, predictor.Tensors, _slots, new ServingSettings(), _options.Time);
        model.WarmUp();
        _changes.Wait();
        try
        {
            var entry = new ModelEntry(model.Name, _models.Count) { Default = model.Version };
            Volatile.Write(ref _models, _models.SetItem(model.Name, entry with { Versions = entry.Versions.SetItem(model.Version, model) }));
            return model;
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Loads several side by side, as many at a time as there are cores; they come in the order given, and versions of one model stand beside each other.</summary>
    /// <exception cref="SakiException">One does not load; none is taken in.</exception>
    public async Task LoadAllAsync(IReadOnlyList<ModelPlan> plans, CancellationToken cancellation = default) =>
        await TakeInAsync(await MakeAllAsync([.. plans.Select(plan => (Func<ModelPlan>)(() => plan))], null, cancellation).ConfigureAwait(false), beside: true).ConfigureAwait(false);

    /// <summary>Takes a model, or one version of it, out; done when its last request is answered and its memory given back.</summary>
    /// <exception cref="ModelNotFoundException">It is not loaded.</exception>
    /// <exception cref="SakiException">The version is the default and others are there: choose another default first.</exception>
    public async Task UnloadAsync(string name, string? version = null, CancellationToken cancellation = default)
    {
        ServedModel[] gone;
        await _changes.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (!_models.TryGetValue(name, out var entry) || entry.Versions.Count == 0 || (version is not null && !entry.Versions.ContainsKey(version)))
                throw new ModelNotFoundException(name, version, _models.Values);
            if (version is not null && version == entry.Default && entry.Versions.Count > 1)
                throw new SakiException("Unloading", "a version that is not the default", version, "Choose another default first.");
            gone = version is null ? [.. entry.Versions.Values] : [entry.Versions[version]];
            Publish(entry with { Versions = entry.Versions.RemoveRange(gone.Select(model => model.Version)) });
        }
        finally
        {
            _changes.Release();
        }
        foreach (var model in gone) await model.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Makes a loaded version the one that answers when none is named.</summary>
    /// <exception cref="ModelNotFoundException">It is not loaded.</exception>
    public async Task SetDefaultAsync(string name, string version, CancellationToken cancellation = default)
    {
        await _changes.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (!_models.TryGetValue(name, out var entry) || !entry.Versions.ContainsKey(version)) throw new ModelNotFoundException(name, version, _models.Values);
            Publish(entry with { Default = version });
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Says which versions the stages and aliases of a model's registry mean now.</summary>
    /// <param name="name">A model that is or was loaded.</param>
    /// <param name="aliases">All of them.</param>
    /// <param name="cancellation">Stops waiting for a change in progress.</param>
    public async Task SetAliasesAsync(string name, IReadOnlyDictionary<string, string> aliases, CancellationToken cancellation = default)
    {
        await _changes.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (!_models.TryGetValue(name, out var entry)) throw new ModelNotFoundException(name, null, _models.Values);
            Volatile.Write(ref _models, _models.SetItem(name, entry with { Aliases = entry.Aliases.Clear().SetItems(aliases) }));
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Makes a loaded model the one that answers when none is named.</summary>
    public async Task PreferAsync(string name, CancellationToken cancellation = default)
    {
        await _changes.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_models.TryGetValue(name, out var entry)) Publish(entry with { Order = _models.Values.Min(other => other.Order) - 1 });
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Loads what the state file names, side by side; a model that is gone or does not load any more is passed over and told of. Killed before the end, it changes nothing.</summary>
    /// <param name="tell">Gets a line for each model that could not be brought back.</param>
    /// <param name="cancellation">Stops after the models that are being loaded.</param>
    public async Task RestoreAsync(Action<string> tell, CancellationToken cancellation = default)
    {
        var all = RepositoryState.Read(_options.StateFile);
        if (all.Count == 0) return;
        var made = await MakeAllAsync([.. all.Select(saved => (Func<ModelPlan>)(() => PlanOf(saved)))], (i, failure) => tell($"{all[i].Name} {all[i].Version} was not brought back: {failure.Message}"), cancellation)
            .ConfigureAwait(false);
        var defaults = all.Where(saved => saved.Default).Select(saved => (saved.Name, saved.Version)).ToHashSet();
        // Where nothing came back (a registry that is away) the file stays for the next start.
        if (made.Count > 0) await TakeInAsync([.. made.Select(one => one with { AsDefault = defaults.Contains((one.Plan.Name, one.Plan.Version)) })], beside: true).ConfigureAwait(false);
    }

    /// <summary>Takes everything out, after requests in progress are done. The state file stays.</summary>
    public async ValueTask DisposeAsync()
    {
        await _shadows.DisposeAsync().ConfigureAwait(false);
        await _changes.WaitAsync().ConfigureAwait(false);
        _closed = true;
        var models = Interlocked.Exchange(ref _models, _models.Clear());
        foreach (var model in models.Values.SelectMany(entry => entry.Versions.Values)) await model.DisposeAsync().ConfigureAwait(false);
        _changes.Release(); // a load that is still on its way finds the door closed
        Routes.Dispose();
    }

    private ModelLease? TryLease(string name, string version) =>
        Volatile.Read(ref _models).TryGetValue(name, out var entry) && entry.Versions.TryGetValue(version, out var model) && model.TryEnter() ? new ModelLease(model) : null;

    private Made Make(ModelPlan plan, CancellationToken cancellation)
    {
        if (_options.Tuned) plan = plan with { Settings = ServingFile.Apply(plan) };
        if (plan.Package is null || _options.Probe is { Packages: true }) _options.Probe?.Check(plan.ModelFile, plan.Settings.MaxBatch, cancellation);
        var (predictor, tensors) = plan.Load(_options.Predictor, cancellation);
        try
        {
            var model = new ServedModel(plan.Name, plan.Version, predictor, tensors, _slots, plan.Settings, _options.Time) { FileBytes = new FileInfo(plan.ModelFile).Length, Personal = plan.Personal };
            if (Routes.Of(plan.Name).Instances.TryGetValue(plan.Version, out var most)) model.Instances = most;
            model.WarmUp();
            return new Made(plan, model);
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    private ModelPlan PlanOf(SavedModel saved) => Open(saved.Source, saved.Name).FirstOrDefault(plan => plan.Version == saved.Version)
        ?? throw new SakiException("Bringing back the models", $"version {saved.Version} of {saved.Name}", "another one there");

    // Every one is waited for, also after a failure, so that nothing is left behind.
    private async Task<List<Made>> MakeAllAsync(IReadOnlyList<Func<ModelPlan>> plans, Action<int, SakiException>? failed, CancellationToken cancellation)
    {
        using var cores = new SemaphoreSlim(_slots.Count);
        var making = plans.Select(async plan =>
        {
            await cores.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                return await Task.Run(() => Make(plan(), cancellation), cancellation).ConfigureAwait(false);
            }
            finally
            {
                cores.Release();
            }
        }).ToList();
        var made = new List<Made>();
        Exception? stop = null;
        for (var i = 0; i < making.Count; i++)
        {
            try
            {
                made.Add(await making[i].ConfigureAwait(false));
            }
            catch (SakiException failure) when (failed is not null)
            {
                failed(i, failure);
            }
            catch (Exception failure)
            {
                stop ??= failure;
            }
        }
        if (stop is null) return made;
        foreach (var one in made) await one.Model.DisposeAsync().ConfigureAwait(false);
        ExceptionDispatchInfo.Throw(stop);
        return made;
    }

    // One switch and one state file for all; then what they replace is drained and freed.
    private async Task TakeInAsync(IReadOnlyList<Made> made, bool beside)
    {
        var old = new List<ServedModel>();
        await _changes.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            Publish(made.Aggregate(_models, (models, one) => With(models, one, beside, old)));
        }
        catch
        {
            foreach (var one in made) await one.Model.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _changes.Release();
        }
        foreach (var replaced in old) await replaced.DisposeAsync().ConfigureAwait(false);
    }

    private static ImmutableSortedDictionary<string, ModelEntry> With(ImmutableSortedDictionary<string, ModelEntry> models, Made one, bool beside, List<ServedModel> old)
    {
        var (plan, model) = (one.Plan, one.Model);
        var entry = models.TryGetValue(plan.Name, out var known) ? known : new ModelEntry(plan.Name, models.Count);
        var isDefault = one.AsDefault || !beside || entry.Versions.Count == 0;
        var replaced = (beside ? entry.Versions.Values.Where(other => other.Version == plan.Version) : entry.Versions.Values).ToList();
        old.AddRange(replaced);
        return models.SetItem(plan.Name, entry with
        {
            Versions = entry.Versions.RemoveRange(replaced.Select(other => other.Version)).SetItem(plan.Version, model),
            Default = isDefault ? plan.Version : entry.Default,
            Sources = plan.Personal ? entry.Sources : entry.Sources.SetItem(plan.Version, plan.Source),
        });
    }

    private void Publish(ModelEntry entry) => Publish(_models.SetItem(entry.Name, entry));

    // The state is on disk before anyone is told that the change is done; a kill before that is a change that did not happen.
    private void Publish(ImmutableSortedDictionary<string, ModelEntry> models)
    {
        RepositoryState.Write(_options.StateFile, models.Values);
        Volatile.Write(ref _models, models);
    }

    /// <summary>A version that is ready to be switched to.</summary>
    private readonly record struct Made(ModelPlan Plan, ServedModel Model, bool AsDefault = false);
}

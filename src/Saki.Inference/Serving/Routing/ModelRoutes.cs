using System.Collections.Concurrent;
using System.Text.Json;

namespace Saki.Inference.Serving;

/// <summary>
/// Where the requests of every model go, and what changed. A change is on disk before it is told to be done; the audit gets it at once or, after a kill in between, at the
/// next start. Thread-safe; requests never wait for a change.
/// </summary>
public sealed class ModelRoutes : IDisposable
{
    private const int MostEvents = 200;

    private readonly ConcurrentDictionary<string, ModelRoute> _routes = new(StringComparer.Ordinal);
    private readonly Lock _changing = new();
    private readonly SemaphoreSlim _auditing = new(1);
    private readonly string? _file;
    private readonly RouteContext _context;
    private List<ServingEvent> _events = []; // the newest last; replaced, never changed
    private Func<ServingEvent, Task>? _audit;

    internal ModelRoutes(string? file, ShadowQueue queue, Func<string, string> defaultOf, TimeProvider time)
    {
        _file = file;
        _context = new RouteContext(queue, defaultOf, TakeBack, time);
        var state = RoutingFile.Read(file);
        foreach (var (model, plan) in state.Models) _routes[model] = new ModelRoute(model, _context).With(plan, anew: true);
        _events = [.. state.Events];
    }

    /// <summary>The newest changes, the newest first; at most 200.</summary>
    public IReadOnlyList<ServingEvent> Events => [.. Enumerable.Reverse(Volatile.Read(ref _events))];

    /// <summary>Where a model's requests go.</summary>
    public ModelRouting Of(string model) => Find(model)?.Plan ?? ModelRouting.Plain;

    /// <summary>How the canary of a model does; null without one.</summary>
    public (CanaryFigures Figures, ComparisonView Comparison)? Canary(string model) => Find(model)?.Canary is { IsOver: false } canary ? (canary.Figures, canary.Comparison.View()) : null;

    /// <summary>How the shadow of a model does; null without one.</summary>
    public ComparisonView? Shadow(string model) => Find(model)?.Shadow?.View();

    /// <summary>Shows some of the pictures that a model's champion is asked about to <paramref name="tap"/>, whose place an earlier one leaves; null: to nobody any more.</summary>
    public void Watch(string model, TrafficTap? tap)
    {
        lock (_changing)
        {
            if (Find(model) is { } route) _routes[model] = route.Tapped(tap);
            else if (tap is not null) _routes[model] = new ModelRoute(model, _context).Tapped(tap);
        }
    }

    /// <summary>Sends every change to the audit from now on, first those that it missed.</summary>
    /// <param name="audit">Writes one; called for one after the other. What it throws is tried again with the next change.</param>
    public Task AuditWithAsync(Func<ServingEvent, Task> audit)
    {
        _audit = audit;
        return AuditAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _auditing.Dispose();

    internal ModelRoute? Find(string model) => _routes.GetValueOrDefault(model);

    /// <summary>Changes the routing of a model and notes it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="change">The routing that it shall have; null from it: nothing changes after all.</param>
    /// <param name="tell">The event for the routing before and after, without id and time.</param>
    internal async Task<ServingEvent?> ChangeAsync(string model, Func<ModelRouting, ModelRouting?> change, Func<ModelRouting, ModelRouting, ServingEvent> tell)
    {
        ServingEvent told;
        lock (_changing)
        {
            var route = Find(model) ?? new ModelRoute(model, _context);
            if (change(route.Plan) is not { } plan) return null;
            told = Stamp(tell(route.Plan, plan));
            Commit(model, route.With(plan, anew: told.Action == "default"), told);
        }
        await AuditAsync().ConfigureAwait(false);
        return told;
    }

    /// <summary>Forgets that the newest change of a model can be undone: it is the registry's, and undone there.</summary>
    public void Settle(string model)
    {
        if (Events.FirstOrDefault(told => told.Model == model) is { } newest) Undone(newest.Id);
    }

    /// <summary>Forgets that a change can be undone.</summary>
    internal void Undone(string id)
    {
        lock (_changing) Publish([.. _events.Select(known => known.Id == id ? known with { Undo = null } : known)]);
    }

    private ServingEvent Stamp(ServingEvent told) => told with { Id = Guid.CreateVersion7().ToString("N"), Time = _context.Time.GetUtcNow().ToUnixTimeMilliseconds() };

    // Called by a request that found the canary to be worse; it is answered without waiting for the disk.
    private void TakeBack(string model, CanaryPlan plan, CanaryVerdict verdict) => _ = Task.Run(() => ChangeAsync(model, now => now.Canary == plan ? now with { Canary = null } : null, (_, _) => new ServingEvent
    {
        Id = "",
        Time = 0,
        Who = ChangedBy.Saki.Who,
        Why = verdict.Reason,
        Model = model,
        Version = plan.Version,
        Action = "rollback",
        From = ServingWords.Of(plan),
        To = "none",
        Evidence = JsonSerializer.Serialize(verdict.Figures, RoutingJson.Default.CanaryFigures),
    }));

    // On disk first; whoever asks next goes by it.
    private void Commit(string model, ModelRoute route, ServingEvent told)
    {
        // What the audit does not have yet is never let go.
        var excess = Math.Max(0, _events.Count + 1 - MostEvents);
        List<ServingEvent> events = [.. _events.Where((known, index) => index >= excess || !known.Audited), told];
        var models = _routes.ToDictionary(known => known.Key, known => known.Value.Plan, StringComparer.Ordinal);
        models[model] = route.Plan;
        RoutingFile.Write(_file, new RoutingState { Models = models, Events = events });
        _routes[model] = route;
        Volatile.Write(ref _events, events);
    }

    private void Publish(List<ServingEvent> events)
    {
        RoutingFile.Write(_file, new RoutingState { Models = _routes.ToDictionary(known => known.Key, known => known.Value.Plan, StringComparer.Ordinal), Events = events });
        Volatile.Write(ref _events, events);
    }

    private async Task AuditAsync()
    {
        if (_audit is not { } audit) return;
        await _auditing.WaitAsync().ConfigureAwait(false);
        try
        {
            foreach (var waiting in Volatile.Read(ref _events).Where(known => !known.Audited).ToList())
            {
                await audit(waiting).ConfigureAwait(false);
                lock (_changing) Publish([.. _events.Select(known => known.Id == waiting.Id ? known with { Audited = true } : known)]);
            }
        }
        catch (Exception failure) when (failure is SakiException or IOException or UnauthorizedAccessException)
        {
            // The change stands and its event waits in the file; the next change brings it along.
        }
        finally
        {
            _auditing.Release();
        }
    }
}

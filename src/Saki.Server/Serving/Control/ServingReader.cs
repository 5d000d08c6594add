using Saki.Inference.Serving;

namespace Saki.Server.Serving.Control;

/// <summary>Puts together what is served now.</summary>
internal sealed class ServingReader(ModelRepository models, ServingHistory history)
{
    private const int EventsShown = 50;

    public ServingView View() => new()
    {
        Cores = models.Cores,
        MemoryBytes = Environment.WorkingSet,
        Models = [.. models.Models.Where(entry => entry.IsLoaded).Select(Of)],
        Events = Events(models.Routes.Events),
    };

    /// <summary>One model.</summary>
    /// <exception cref="ModelNotFoundException">It is not loaded.</exception>
    public ModelServing View(string name)
    {
        models.Lease(name).Dispose(); // says that it is not there
        return Of(models.Find(name)!);
    }

    private ModelServing Of(ModelEntry entry)
    {
        var routing = models.Routes.Of(entry.Name);
        return new ModelServing
        {
            Name = entry.Name,
            Default = entry.Default,
            Follows = routing.Follows,
            Aliases = entry.Aliases,
            Versions = [.. entry.Versions.Values.Select(model => Of(entry, routing, model))],
            Canary = routing.Canary is { } canary && models.Routes.Canary(entry.Name) is { } figures
                ? new CanaryView(canary.Version, canary.Percent, entry.Versions.ContainsKey(canary.Version), canary.Limits, figures.Figures, figures.Comparison) : null,
            Shadow = routing.Shadow is { } shadow && models.Routes.Shadow(entry.Name) is { } comparison
                ? new ShadowView(shadow.Version, shadow.Percent, entry.Versions.ContainsKey(shadow.Version), comparison) : null,
            Users = routing.Users.Count,
        };
    }

    private VersionServing Of(ModelEntry entry, ModelRouting routing, ServedModel model) => new()
    {
        Version = model.Version,
        Roles = [.. Roles(entry, routing, model.Version)],
        Loaded = model.LoadedAt,
        Source = entry.Sources.TryGetValue(model.Version, out var source) ? source.Contains(":/", StringComparison.Ordinal) ? source : Path.GetFileName(source.TrimEnd('/')) : "",
        Instances = model.Instances,
        Queued = model.Queued,
        MaxQueued = model.Settings.MaxQueued,
        FileBytes = model.FileBytes,
        Recent = history.Recent(model),
        Answered = model.Counters.Success,
        Rejected = model.Counters.Rejected,
        Failed = model.Counters.Failed,
        Batches = [.. model.Counters.Batches.Select(batch => new BatchCount(batch.Rows, batch.Runs))],
    };

    private static IEnumerable<string> Roles(ModelEntry entry, ModelRouting routing, string version)
    {
        if (version == entry.Default) yield return "champion";
        if (version == routing.Canary?.Version) yield return "canary";
        if (version == routing.Shadow?.Version) yield return "shadow";
    }

    // Only the newest change of a model can be undone.
    private static List<EventView> Events(IReadOnlyList<ServingEvent> events)
    {
        var seen = new HashSet<string>();
        return [.. events.Take(EventsShown).Select(told => new EventView(told.Id, DateTimeOffset.FromUnixTimeMilliseconds(told.Time), told.Who, told.Model, told.Version, told.Action, told.From, told.To, told.Why, seen.Add(told.Model) && told.Undo is not null))];
    }
}

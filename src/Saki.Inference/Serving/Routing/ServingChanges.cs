namespace Saki.Inference.Serving;

/// <summary>
/// Every change of what is served that somebody asks for: load, unload, default, canary, shadow, users, instances, and taking one back. Each is noted with who and why
/// and is on disk when its task is done. Routes, pages and protocols come here; nothing else changes a server's models.
/// </summary>
public sealed class ServingChanges(ModelRepository models)
{
    private const string Operation = "Changing what is served";

    private ModelRoutes Routes => models.Routes;

    /// <summary>Loads a version; beside the others, or in their place.</summary>
    /// <param name="plan">What to load.</param>
    /// <param name="by">Who and why.</param>
    /// <param name="beside">True: the other versions stay, and so does the default.</param>
    /// <param name="cancellation">Stops the load; a switch that has begun is finished.</param>
    /// <exception cref="SakiException">The model does not load, fit or answer as it should; what was loaded before stays.</exception>
    public async Task<ServedModel> LoadAsync(ModelPlan plan, ChangedBy by, bool beside = false, CancellationToken cancellation = default)
    {
        var before = models.Find(plan.Name);
        var model = await models.LoadAsync(plan, beside, cancellation).ConfigureAwait(false);
        var replaced = before is null || beside ? [] : before.Versions.Keys.Where(version => version != plan.Version).ToList();
        // What is known to be undone simply is a version that came to others and can go again.
        var undo = before is { Versions.Count: > 0 } && beside && !before.Versions.ContainsKey(plan.Version) ? new UndoStep { Unload = plan.Version } : null;
        await Routes.ChangeAsync(plan.Name, now => replaced.Aggregate(now, (all, version) => all.Without(version)), (_, _) => Event(by, plan.Name, "load", plan.Version) with
        {
            From = string.Join(", ", replaced),
            To = plan.Version,
            Undo = undo,
        }).ConfigureAwait(false);
        return model;
    }

    /// <summary>Takes a model, or one version of it, out; done when its last request is answered and its memory given back.</summary>
    /// <param name="name">The model.</param>
    /// <param name="version">The version; null: all.</param>
    /// <param name="by">Who and why.</param>
    /// <param name="cancellation">Stops waiting for a change in progress.</param>
    /// <exception cref="SakiException">It is not loaded, or the version is the default and others are there.</exception>
    public async Task UnloadAsync(string name, string? version, ChangedBy by, CancellationToken cancellation = default)
    {
        var before = models.Find(name);
        await models.UnloadAsync(name, version, cancellation).ConfigureAwait(false);
        var gone = version is not null ? [version] : before!.Versions.Keys.ToList();
        await Routes.ChangeAsync(name, now => gone.Aggregate(now, (all, one) => all.Without(one)), (now, _) => Event(by, name, "unload", version ?? "") with
        {
            From = string.Join(", ", gone),
            Undo = gone is [var one] && before!.Sources.TryGetValue(one, out var source) ? new UndoStep { Load = source, Routing = now } : null,
        }).ConfigureAwait(false);
    }

    /// <summary>Makes a loaded version the default; a canary of that version has then done its work and ends.</summary>
    /// <exception cref="ModelNotFoundException">It is not loaded.</exception>
    public async Task SetDefaultAsync(string name, string version, ChangedBy by, CancellationToken cancellation = default)
    {
        var before = Entry(name).Default;
        await models.SetDefaultAsync(name, version, cancellation).ConfigureAwait(false);
        await Routes.ChangeAsync(name, now => now with { Canary = now.Canary?.Version == version ? null : now.Canary, Shadow = now.Shadow?.Version == version ? null : now.Shadow },
            (now, _) => Event(by, name, "default", version) with { From = before, To = version, Undo = before == version ? null : new UndoStep { Default = before, Routing = now } }).ConfigureAwait(false);
    }

    /// <summary>Tries a version on a share of the requests; null ends that.</summary>
    /// <exception cref="SakiException">It is not loaded, is the default, or a figure is out of range.</exception>
    public Task CanaryAsync(string name, CanaryPlan? canary, ChangedBy by)
    {
        if (canary is not null)
        {
            CheckBeside(name, canary.Version);
            CheckPercent(canary.Percent);
            Check(canary.Limits);
        }
        return ChangeAsync(name, now => now with { Canary = canary }, (before, _) => Event(by, name, "canary", (canary ?? before.Canary)?.Version ?? "") with
        {
            From = ServingWords.Of(before.Canary),
            To = ServingWords.Of(canary),
        });
    }

    /// <summary>Sends copies of requests to a version whose answers are only compared; null ends that.</summary>
    /// <inheritdoc cref="CanaryAsync" path="/exception"/>
    public Task ShadowAsync(string name, ShadowPlan? shadow, ChangedBy by)
    {
        if (shadow is not null)
        {
            CheckBeside(name, shadow.Version);
            CheckPercent(shadow.Percent);
        }
        return ChangeAsync(name, now => now with { Shadow = shadow }, (before, _) => Event(by, name, "shadow", (shadow ?? before.Shadow)?.Version ?? "") with
        {
            From = ServingWords.Of(before.Shadow),
            To = ServingWords.Of(shadow),
        });
    }

    /// <summary>Gives a user a version of his own; null takes it away, and he is answered by the default again.</summary>
    /// <exception cref="SakiException">The version is not loaded, the key is empty or longer than 200 signs, or there are too many.</exception>
    public Task UserAsync(string name, string user, string? version, ChangedBy by)
    {
        if (user.Length is 0 or > 200 || user.Any(char.IsControl)) throw new SakiException(Operation, "a user's key of 1 to 200 signs", "another one");
        if (version is not null) CheckLoaded(name, version);
        if (version is not null && Routes.Of(name).Users.Count >= ModelRouting.MostUsers) throw new SakiException(Operation, $"at most {ModelRouting.MostUsers} users with a version of their own", "one more");
        return ChangeAsync(name, now => now.WithUser(user, version), (before, _) => Event(by, name, "user", version ?? "") with
        {
            From = before.Users.GetValueOrDefault(user, "the default"),
            To = version ?? "the default",
        });
    }

    /// <summary>Lets the default follow an alias or stage of the model's registry from now on; null: it stays where it is.</summary>
    /// <exception cref="SakiException">The model is not loaded, or the alias is no word.</exception>
    public Task FollowAsync(string name, string? follows, ChangedBy by)
    {
        if (follows is not null && !ModelPlan.IsName(follows.TrimStart('@'))) throw new SakiException(Operation, "a stage or an alias", "something else");
        follows = follows?.TrimStart('@');
        return ChangeAsync(name, now => now with { Follows = follows }, (before, _) => Event(by, name, "follow", "") with { From = before.Follows ?? "nothing", To = follows ?? "nothing" });
    }

    /// <summary>Bounds how many runs of a version go on at once.</summary>
    /// <param name="name">The model.</param>
    /// <param name="version">Its version; null: the default.</param>
    /// <param name="instances">At least 1; more than there are cores count as that many.</param>
    /// <param name="by">Who and why.</param>
    /// <returns>How many it has.</returns>
    /// <exception cref="SakiException">It is not loaded, or the number is below 1.</exception>
    public async Task<int> ScaleAsync(string name, string? version, int instances, ChangedBy by)
    {
        if (instances < 1) throw new SakiException(Operation, "at least one instance", "none", "Unload the version instead.");
        version ??= Entry(name).Default;
        CheckLoaded(name, version);
        var real = Math.Min(instances, models.Cores);
        await ChangeAsync(name, now => now.WithInstances(version, real), (before, after) => Event(by, name, "scale", version) with
        {
            From = ServingWords.Instances(before, version),
            To = ServingWords.Instances(after, version),
        }).ConfigureAwait(false);
        Apply(name);
        return real;
    }

    /// <summary>Takes a change back.</summary>
    /// <param name="id">Of the event.</param>
    /// <param name="by">Who and why.</param>
    /// <param name="cancellation">Stops a load.</param>
    /// <exception cref="SakiException">There is no such event, or it cannot be undone any more: something newer changed the same model.</exception>
    public async Task UndoAsync(string id, ChangedBy by, CancellationToken cancellation = default)
    {
        var told = Routes.Events.FirstOrDefault(known => known.Id == id);
        if (told?.Undo is not { } undo) throw new SakiException("Undoing", "a change that can be undone", told is null ? "an unknown one" : $"{told.Action} of {told.Model}");
        if (Routes.Events.First(known => known.Model == told.Model).Id != id) throw new SakiException("Undoing", $"the newest change of {told.Model}", "an older one", "Undo the newer ones first.");
        by = by with { Why = by.Why.Length > 0 ? by.Why : $"undo of {told.Action}" };
        if (undo.Load is { } source)
        {
            var plan = models.Open(source, told.Model).FirstOrDefault(plan => plan.Version == told.From) ?? throw new SakiException("Undoing", $"version {told.From} at its source", "another one");
            await LoadAsync(plan, by, beside: true, cancellation).ConfigureAwait(false);
        }
        if (undo.Unload is { } version) await UnloadAsync(told.Model, version, by, cancellation).ConfigureAwait(false);
        if (undo.Default is { } old) await SetDefaultAsync(told.Model, old, by, cancellation).ConfigureAwait(false);
        if (undo.Routing is { } routing)
        {
            await Routes.ChangeAsync(told.Model, _ => routing, (_, _) => Event(by, told.Model, told.Action, told.Version) with { From = told.To, To = told.From }).ConfigureAwait(false);
            Apply(told.Model);
        }
        Routes.Undone(id);
    }

    // How it was is what undoes it.
    private Task<ServingEvent?> ChangeAsync(string name, Func<ModelRouting, ModelRouting> change, Func<ModelRouting, ModelRouting, ServingEvent> tell)
    {
        Entry(name);
        return Routes.ChangeAsync(name, change, (before, after) => tell(before, after) with { Undo = new UndoStep { Routing = before } });
    }

    private void Apply(string name)
    {
        foreach (var model in Entry(name).Versions.Values) model.Instances = Routes.Of(name).Instances.TryGetValue(model.Version, out var most) ? most : model.Settings.Instances ?? models.Cores;
    }

    private ModelEntry Entry(string name) => models.Find(name) is { IsLoaded: true } entry ? entry : throw new ModelNotFoundException(name, null, models.Models);

    private void CheckLoaded(string name, string version)
    {
        if (!Entry(name).Versions.ContainsKey(version)) throw new ModelNotFoundException(name, version, models.Models);
    }

    private void CheckBeside(string name, string version)
    {
        CheckLoaded(name, version);
        if (Entry(name).Default == version) throw new SakiException(Operation, "a version beside the default", $"the default, {version}", "Load the new version first.");
    }

    private static void CheckPercent(double percent)
    {
        if (percent is not (> 0 and <= 100)) throw new SakiException(Operation, "a share above 0 and up to 100 percent", "another number");
    }

    private static void Check(CanaryLimits limits)
    {
        var fits = limits.MinRequests is >= 10 and <= 1000 && limits.WindowSeconds is >= 1 and <= 86_400
            && limits.MaxExtraErrors is null or (>= 0 and < 1) && limits.MaxLatencyRatio is null or (>= 1 and <= 1000) && limits.MaxDisagreement is null or (>= 0 and < 1);
        if (!fits) throw new SakiException(Operation, "10 to 1000 requests, 1 to 86400 seconds, shares from 0 to below 1, a latency ratio from 1 to 1000", "another number among the limits");
    }

    private static ServingEvent Event(ChangedBy by, string model, string action, string version) => new() { Id = "", Time = 0, Who = by.Who, Why = by.Why, Model = model, Version = version, Action = action };
}

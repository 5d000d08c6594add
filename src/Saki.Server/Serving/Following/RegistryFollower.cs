using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Saki.Inference.Serving;

namespace Saki.Server.Serving.Following;

/// <summary>
/// Keeps the default versions where the registry's aliases and stages point: a move is loaded beside the old version, checked, switched to, and then the old one goes.
/// Models that nobody follows only learn what their aliases mean.
/// </summary>
internal sealed class RegistryFollower(ModelRepository models, RegistryLink registry, bool everyProduction, ILogger log) : BackgroundService
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);
    private const string Production = "Production";

    /// <summary>Brings the models where the registry has them: those that answer already side by side, then new ones in order, since the first to come answers when none is named.</summary>
    /// <exception cref="SakiException">The registry cannot be reached. A single model that does not load is told of and stays as it was.</exception>
    public async Task SyncAsync(CancellationToken cancellation)
    {
        if (!IsNeeded) return;
        var linked = (await registry.ReadAsync(cancellation)).ToLookup(model => Entry(model.Name) is not null);
        await Parallel.ForEachAsync(linked[true], new ParallelOptions { MaxDegreeOfParallelism = models.Cores, CancellationToken = cancellation }, TrySyncAsync);
        foreach (var model in linked[false]) await TrySyncAsync(model, cancellation);
    }

    private async ValueTask TrySyncAsync(LinkedModel linked, CancellationToken cancellation)
    {
        try
        {
            await SyncAsync(linked, cancellation);
        }
        catch (SakiException failure)
        {
            ServerLog.NotFollowed(log, linked.Name, failure.Message);
        }
    }

    // A server whose models came from files leaves the registry alone.
    private bool IsNeeded => everyProduction || models.Models.Any(entry => models.Routes.Of(entry.Name).Follows is not null || (entry.IsLoaded && IsOfRegistry(entry)));

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var behind = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!IsNeeded) await Task.Delay(AfterFailure, stoppingToken);
                else if (!behind) await registry.WaitAsync(stoppingToken);
                await SyncAsync(stoppingToken);
                behind = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is SakiException or IOException or OperationCanceledException)
            {
                if (!behind) ServerLog.RegistryAway(log, failure.Message);
                behind = true;
                await Task.Delay(AfterFailure, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task SyncAsync(LinkedModel linked, CancellationToken cancellation)
    {
        var entry = Entry(linked.Name);
        var follows = models.Routes.Of(linked.Name).Follows ?? (everyProduction && entry is null && linked.Versions.ContainsKey(Production) ? Production : null);
        if (follows is null && entry is null) return;
        if (follows is not null && linked.Versions.TryGetValue(follows, out var target) && entry?.Default != target) await MoveAsync(linked.Name, follows, target, cancellation);
        if (Entry(linked.Name) is { } now && IsOfRegistry(now)) await models.SetAliasesAsync(linked.Name, linked.Versions, cancellation);
    }

    private async Task MoveAsync(string name, string follows, string target, CancellationToken cancellation)
    {
        var by = ChangedBy.Saki with { Why = $"{name}@{follows.ToLowerInvariant()} is version {target} now" };
        var before = Entry(name);
        var plan = before?.Versions.ContainsKey(target) == true ? null : models.Open($"models:/{name}/{target}", name)[0];
        if (before is null)
        {
            await models.Changes.LoadAsync(plan!, by, cancellation: cancellation);
            if (models.Routes.Of(name).Follows is null) await models.Changes.FollowAsync(name, follows, by);
            return;
        }
        // One event tells of the whole move, after it: whoever asks has the new version by then.
        if (plan is not null) await models.LoadAsync(plan, beside: true, cancellation);
        await models.Changes.SetDefaultAsync(name, target, by, cancellation);
        models.Routes.Settle(name);
        var routing = models.Routes.Of(name);
        var old = before.Default;
        if (routing.Canary?.Version != old && routing.Shadow?.Version != old && !routing.Users.Values.Contains(old, StringComparer.Ordinal)) await models.UnloadAsync(name, old, cancellation);
    }

    private ModelEntry? Entry(string name) => models.Find(name) is { IsLoaded: true } entry ? entry : null;

    // A model of the same name that came from a file has no words in the registry.
    private static bool IsOfRegistry(ModelEntry entry) => entry.Sources.TryGetValue(entry.Default, out var source) && source.StartsWith("models:/", StringComparison.Ordinal);
}

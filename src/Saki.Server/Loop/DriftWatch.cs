using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Saki.Inference.Serving;
using Saki.Loop;
using Saki.Server.Registry;
using Saki.Server.Tracking.Runs;

namespace Saki.Server.Loop;

/// <summary>Watches the traffic of those champions whose policy asks for drift, by a few pictures that are looked at while the machine is idle. Nobody's request waits for it. Thread-safe.</summary>
internal sealed class DriftWatch(SakiHome home, ModelRepository models, RegistryReader registry, RunReader runs, TimeProvider time, ILogger log) : IDisposable
{
    private readonly ConcurrentDictionary<string, Watched> _watched = new(StringComparer.Ordinal);

    /// <summary>How a model's traffic stands; null where nothing watches it.</summary>
    public DriftSight? Sight(string model) => _watched.TryGetValue(model, out var watched) ? watched.Drift.Sight() : null;

    /// <summary>Watches what the policy asks for, from now on; begins anew for another champion.</summary>
    /// <param name="model">The model.</param>
    /// <param name="policy">Its policy; null: it has none (any more).</param>
    /// <param name="champion">The version in Production; null for none.</param>
    public void Follow(string model, LoopPolicy? policy, long? champion)
    {
        if (policy is not { When: { AsksDrift: true } asks } || champion is not { } version)
        {
            Leave(model);
            return;
        }
        var asked = string.Create(CultureInfo.InvariantCulture, $"{version} {asks.DriftPictures} {asks.DriftReference} {asks.DriftSeconds} {string.Join(' ', asks.DriftLimits.Select(limit => limit.Of))}");
        if (_watched.TryGetValue(model, out var known) && known.Asked == asked) return;
        Leave(model);
        var origin = new DriftOrigin(home, model, version, asks.DriftPictures, asks.EmbeddingDrift is not null, models, registry, runs);
        var drift = new ModelDrift(version.ToString(CultureInfo.InvariantCulture), asks, origin);
        _watched[model] = new Watched(asked, drift);
        models.Routes.Watch(model, new TrafficTap(TimeSpan.FromSeconds(asks.DriftSeconds), (served, picture, answer) => Look(drift, served, picture, answer), time));
    }

    /// <summary>Stops to watch all but these models.</summary>
    public void LeaveAllBut(IReadOnlyList<string> kept)
    {
        foreach (var gone in _watched.Keys.Except(kept, StringComparer.Ordinal).ToList()) Leave(gone);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var model in _watched.Keys.ToList()) Leave(model);
    }

    private void Leave(string model)
    {
        if (!_watched.TryRemove(model, out var watched)) return;
        models.Routes.Watch(model, null);
        watched.Drift.Dispose();
    }

    private void Look(ModelDrift drift, ServedModel served, ReadOnlyMemory<byte> picture, Pipelines.Prediction answer)
    {
        try
        {
            drift.Look(served, picture, answer);
        }
        catch (Exception failure)
        {
            // The tap counts it as passed over; what could not be looked at says nothing about drift.
            ServerLog.DriftNotMeasured(log, served.Name, failure);
            throw;
        }
    }

    private sealed record Watched(string Asked, ModelDrift Drift);
}

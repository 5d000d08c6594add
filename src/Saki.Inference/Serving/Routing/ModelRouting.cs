using System.Collections.ObjectModel;

namespace Saki.Inference.Serving;

/// <summary>Who of a model's versions answered a request, and why.</summary>
public enum Arm
{
    /// <summary>The default version.</summary>
    Champion,
    /// <summary>The version that is tried on a share of the requests.</summary>
    Canary,
    /// <summary>The version that the request named, by number, stage or alias.</summary>
    Pinned,
    /// <summary>The version that belongs to the user who asked.</summary>
    User,
}

/// <summary>Where the requests of one model go, as somebody asked for it. Immutable.</summary>
public sealed record ModelRouting
{
    /// <summary>Most users with a version of their own.</summary>
    public const int MostUsers = 10_000;

    /// <summary>Everything goes to the default version.</summary>
    public static ModelRouting Plain { get; } = new();

    /// <summary>The version that is tried; null: none.</summary>
    public CanaryPlan? Canary { get; init; }

    /// <summary>The version that is asked besides; null: none.</summary>
    public ShadowPlan? Shadow { get; init; }

    /// <summary>Versions of single users, by the key that they send; at most <see cref="MostUsers"/>. A version that is not loaded gives way to the default.</summary>
    public IReadOnlyDictionary<string, string> Users { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Most runs at once of a version; a version that is not named may use every core.</summary>
    public IReadOnlyDictionary<string, int> Instances { get; init; } = ReadOnlyDictionary<string, int>.Empty;

    /// <summary>The alias or stage of the model's registry whose version is the default; null: the default stays where it was put.</summary>
    public string? Follows { get; init; }

    /// <summary>A copy in which <paramref name="user"/> has <paramref name="version"/>; null takes it away.</summary>
    public ModelRouting WithUser(string user, string? version) => this with { Users = With(Users, user, version) };

    /// <summary>A copy in which <paramref name="version"/> has <paramref name="instances"/>; null takes the limit away.</summary>
    public ModelRouting WithInstances(string version, int? instances) => this with { Instances = With(Instances, version, instances) };

    /// <summary>A copy without anything that names <paramref name="version"/>, which is taken out.</summary>
    public ModelRouting Without(string version) => this with
    {
        Canary = Canary?.Version == version ? null : Canary,
        Shadow = Shadow?.Version == version ? null : Shadow,
        Instances = With(Instances, version, (int?)null),
    };

    private static Dictionary<string, string> With(IReadOnlyDictionary<string, string> old, string key, string? value)
    {
        var copy = new Dictionary<string, string>(old, StringComparer.Ordinal);
        if (value is null) copy.Remove(key);
        else copy[key] = value;
        return copy;
    }

    private static Dictionary<string, int> With(IReadOnlyDictionary<string, int> old, string key, int? value)
    {
        var copy = new Dictionary<string, int>(old, StringComparer.Ordinal);
        if (value is { } given) copy[key] = given;
        else copy.Remove(key);
        return copy;
    }
}

/// <summary>A version that is tried on a share of the requests.</summary>
/// <param name="Version">Loaded beside the default; while it is not, nothing goes to it.</param>
/// <param name="Percent">Its share, above 0 to 100. A user who sends a key stays on one side; raising the share takes nobody off the canary.</param>
public sealed record CanaryPlan(string Version, double Percent)
{
    /// <summary>When it is taken back.</summary>
    public CanaryLimits Limits { get; init; } = new();
}

/// <summary>What a canary may do worse than the champion before it is taken back. Each is tested with 99 % confidence, so chance alone does not end a canary.</summary>
public sealed record CanaryLimits
{
    /// <summary>Requests (for <see cref="MaxDisagreement"/>: comparisons) before anything is decided. Default 50.</summary>
    public int MinRequests { get; init; } = 50;

    /// <summary>Seconds back that count; at most the newest 1000 requests do. Default 600.</summary>
    public double WindowSeconds { get; init; } = 600;

    /// <summary>Share of failed requests above the champion's, 0 to 1. Default 0.02; null: not looked at.</summary>
    public double? MaxExtraErrors { get; init; } = 0.02;

    /// <summary>A request is slow when it takes this many times the champion's 95th percentile, and 5 ms longer; more than 5 % slow ones end the canary. Default 2; null: not looked at.</summary>
    public double? MaxLatencyRatio { get; init; } = 2;

    /// <summary>Share of canary answers with another class than the champion's for the same request, 0 to 1. Default 0.3; null: not compared.</summary>
    public double? MaxDisagreement { get; init; } = 0.3;
}

/// <summary>A version that gets copies of the champion's requests and whose answers are only compared.</summary>
/// <param name="Version">Loaded beside the default.</param>
/// <param name="Percent">Share of the requests that are copied, above 0 to 100.</param>
public sealed record ShadowPlan(string Version, double Percent = 100);

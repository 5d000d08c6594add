using Saki.Server.Serving.Control;

namespace Saki.Server.ServingPages;

/// <summary>All that <c>/serving</c> shows.</summary>
public sealed record ServingPageView
{
    /// <summary>What is served now.</summary>
    public required ServingView Now { get; init; }

    /// <summary>The last hour of each version in equal parts, the oldest first, by model and version.</summary>
    public required IReadOnlyDictionary<(string Model, string Version), IReadOnlyList<RecentFigures>> Hours { get; init; }

    /// <summary>The change that was just made from this page; null when none was.</summary>
    public EventView? Done { get; init; }

    /// <summary>True when the caller may change something.</summary>
    public required bool MayManage { get; init; }

    /// <summary>How far back <see cref="Hours"/> go.</summary>
    public TimeSpan Span { get; init; }

    /// <summary>Requests in a second, over all versions.</summary>
    public double PerSecond => Now.Models.SelectMany(model => model.Versions).Sum(version => version.Recent.PerSecond);

    /// <summary>The version with most requests in the last minute, else the first default; null when nothing is loaded.</summary>
    public (ModelServing Model, VersionServing Version)? Busiest
    {
        get
        {
            var all = Now.Models.SelectMany(model => model.Versions.Select(version => (Model: model, Version: version))).ToList();
            return all.Count == 0 ? null : all.OrderByDescending(one => one.Version.Recent.PerSecond).ThenByDescending(one => one.Version.Roles.Contains("champion")).First();
        }
    }
}

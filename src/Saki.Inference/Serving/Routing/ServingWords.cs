using System.Globalization;

namespace Saki.Inference.Serving;

/// <summary>Routing in words, for audit, tables and pages.</summary>
internal static class ServingWords
{
    public static string Of(CanaryPlan? canary) => canary is null ? "none" : string.Create(CultureInfo.InvariantCulture, $"{canary.Version} at {canary.Percent:0.##} %");

    public static string Of(ShadowPlan? shadow) => shadow is null ? "none" : string.Create(CultureInfo.InvariantCulture, $"{shadow.Version} at {shadow.Percent:0.##} %");

    public static string Instances(ModelRouting routing, string version) => routing.Instances.TryGetValue(version, out var most) ? most.ToString(CultureInfo.InvariantCulture) : "every core";
}

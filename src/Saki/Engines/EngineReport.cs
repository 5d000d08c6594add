namespace Saki.Engines;

/// <summary>What <c>saki doctor</c> says of one engine.</summary>
/// <param name="Engine">Its name for people.</param>
/// <param name="Found">False when it is missing or does not load.</param>
/// <param name="Version">As the library itself says; null when not found.</param>
/// <param name="Path">The file that was loaded; null when the system's loader chose it or it was not found.</param>
/// <param name="Facts">More to know: threads, SIMD level, devices, what it cannot do.</param>
/// <param name="Needed">False for engines that only some work needs.</param>
/// <param name="Fix">What to type when it is missing.</param>
public sealed record EngineReport(string Engine, bool Found, string? Version, string? Path, IReadOnlyList<string> Facts, bool Needed, string? Fix);

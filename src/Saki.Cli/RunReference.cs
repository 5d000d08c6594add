using Saki.Tracking;

namespace Saki.Cli;

/// <summary>How a run is named on the command line: its id, the first digits of it, or <c>latest</c>.</summary>
internal static class RunReference
{
    /// <summary>The run that <paramref name="text"/> means.</summary>
    public static RunFolder Find(SakiHome home, string text)
    {
        var runs = RunFolder.List(home, TimeProvider.System);
        if (runs.Count == 0) throw new SakiException($"Finding run {text}", "a run", $"none under {home.Runs}", "Train one first: saki train experiment=emotions");
        if (text == "latest") return NewestWithPackage(home) ?? runs[0];
        var fitting = runs.Where(run => text.Length > 0 && run.RunId.StartsWith(text, StringComparison.Ordinal)).ToList();
        return fitting.Count == 1
            ? fitting[0]
            : throw new SakiException($"Finding run {text}", "the id of one run, its first digits, or latest", fitting.Count == 0 ? "no run of that id" : $"{fitting.Count} runs", "Type: saki runs list");
    }

    /// <summary>Where a run's package is, or would be.</summary>
    public static string Package(RunFolder run) => Path.Combine(run.Artifacts, "package");

    /// <summary>The newest run that has a package; null when none has.</summary>
    public static RunFolder? NewestWithPackage(SakiHome home) =>
        RunFolder.List(home, TimeProvider.System).FirstOrDefault(run => Directory.Exists(Package(run)));
}

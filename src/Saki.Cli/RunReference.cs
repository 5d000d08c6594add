using Saki.Tracking;

namespace Saki.Cli;

/// <summary>How a run is named on the command line: its id, the first digits of it, or <c>latest</c>.</summary>
internal static class RunReference
{
    /// <summary>The run that <paramref name="text"/> means.</summary>
    /// <exception cref="SakiException">No run, or several.</exception>
    public static RunFolder Find(SakiHome home, string text)
    {
        var store = new RunStore(home, TimeProvider.System);
        if (text != "latest") return store.Find(text);
        var newest = NewestWithPackage(home) ?? (store.List() is [var first, ..] ? store.Find(first.Info.RunId) : null);
        return newest ?? throw new SakiException("Finding the latest run", "a run", $"none under {home.Runs}", "Train one first: saki train experiment=emotions");
    }

    /// <summary>Where a run's package is, or would be.</summary>
    public static string Package(RunFolder run) => Path.Combine(run.Path, "artifacts", "package");

    /// <summary>The newest run that has a package; null when none has.</summary>
    public static RunFolder? NewestWithPackage(SakiHome home)
    {
        var store = new RunStore(home, TimeProvider.System);
        return store.List().Select(run => store.Find(run.Info.RunId)).FirstOrDefault(run => Directory.Exists(Package(run)));
    }
}

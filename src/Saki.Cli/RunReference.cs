using Saki.Tracking;

namespace Saki.Cli;

/// <summary>How a run is named on the command line: its id, the first digits of it, or <c>latest</c>.</summary>
internal static class RunReference
{
    /// <summary>The run that <paramref name="text"/> means; <c>latest</c> is the newest, finished or not.</summary>
    /// <exception cref="SakiException">No run, or several.</exception>
    public static RunFolder Find(SakiHome home, string text)
    {
        var store = new RunStore(home, TimeProvider.System);
        if (text != "latest") return store.Find(text);
        return store.Folders() is [var newest, ..] ? newest : throw None(home);
    }

    /// <summary>The run whose model <paramref name="text"/> means; <c>latest</c> is the newest that has a package.</summary>
    /// <exception cref="SakiException">No run, or several.</exception>
    public static RunFolder FindModel(SakiHome home, string text) =>
        text == "latest" ? NewestWithPackage(home) ?? throw None(home) : Find(home, text);

    /// <summary>Where a run's package is, or would be.</summary>
    public static string Package(RunFolder run) => Path.Combine(run.Path, "artifacts", "package");

    /// <summary>The newest run that has a package; null when none has.</summary>
    public static RunFolder? NewestWithPackage(SakiHome home) => new RunStore(home, TimeProvider.System).Folders().FirstOrDefault(run => Directory.Exists(Package(run)));

    private static SakiException None(SakiHome home) =>
        new("Finding the latest run", "a run", $"none under {home.Runs}", "Train one first: saki train experiment=emotions");
}

using System.Security.Cryptography;

namespace Saki.Tracking;

/// <summary>The runs of a home folder: <c>SAKI_HOME/runs/&lt;32 hex digits&gt;/</c>.</summary>
public sealed class RunStore(SakiHome home, TimeProvider time)
{
    /// <summary>Starts a run: its folder appears, state RUNNING.</summary>
    /// <param name="asked">As for <c>runs/create</c>; a start time of 0 means now.</param>
    /// <exception cref="SakiException">The home folder cannot be written.</exception>
    public RunLog Create(CreateRun asked)
    {
        var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var name = asked.RunName ?? asked.Tags.FirstOrDefault(tag => tag.Key == "mlflow.runName")?.Value ?? $"run-{id[..8]}";
        var folder = new RunFolder(Path.Combine(home.Runs, id));
        List<Tag> tags = [.. asked.Tags.Where(tag => tag.Key != "mlflow.runName").Select(LogRules.Checked), new Tag("mlflow.runName", name)];
        folder.Write(tags);
        folder.Write(new RunInfo
        {
            RunId = id,
            RunName = name,
            ExperimentId = asked.ExperimentId,
            UserId = asked.UserId,
            StartTime = asked.StartTime > 0 ? asked.StartTime : time.GetUtcNow().ToUnixTimeMilliseconds(),
            ArtifactUri = folder.File("artifacts"),
        });
        return new RunLog(folder, time);
    }

    /// <summary>Goes on logging to a run: its state is RUNNING again.</summary>
    /// <param name="run">Its id, or a beginning of at least 4 digits that only one run has.</param>
    /// <exception cref="SakiException">No run, or several, begin so.</exception>
    public RunLog Resume(string run)
    {
        var folder = Find(run);
        folder.Write(folder.ReadInfo() with { Status = RunStatus.Running, EndTime = null });
        return new RunLog(folder, time);
    }

    /// <summary>The run of an id or a beginning of one.</summary>
    /// <exception cref="SakiException">No run, or several, begin so.</exception>
    public RunFolder Find(string run)
    {
        var found = run.Length is >= 4 and <= 32 && run.All(char.IsAsciiHexDigit) ? All().Where(folder => folder.RunId.StartsWith(run, StringComparison.OrdinalIgnoreCase)).Take(6).ToList() : [];
        return found.Count == 1 ? found[0] : throw new SakiException("Finding the run", $"a run whose id begins with \"{run}\" in {home.Runs}",
            found.Count == 0 ? "none" : $"several: {string.Join(", ", found.Select(folder => folder.RunId[..12]))}", found.Count == 0 ? "saki runs list shows them." : "Give more digits.");
    }

    /// <summary>All runs, newest first. Folders without a meta.json (a run that was being created when the machine stopped) are left out.</summary>
    public IReadOnlyList<RunFolder> Folders() => [.. All().Where(folder => File.Exists(folder.File(RunFolder.Meta))).Select(folder => (folder, info: folder.ReadInfo()))
        .OrderByDescending(run => run.info.StartTime).ThenBy(run => run.info.RunId, StringComparer.Ordinal).Select(run => run.folder)];

    /// <summary>Writes a run's life cycle into its folder, where there is one.</summary>
    /// <param name="run">Its whole id.</param>
    /// <param name="stage"><c>active</c> or <c>deleted</c>.</param>
    public void Mark(string run, string stage)
    {
        if (All().FirstOrDefault(folder => folder.RunId == run) is { } folder && File.Exists(folder.File(RunFolder.Meta))) folder.Write(folder.ReadInfo() with { LifecycleStage = stage });
    }

    /// <summary>Removes a run's folder for good, where there is one.</summary>
    /// <param name="home">Whose run.</param>
    /// <param name="run">Its whole id; anything else removes nothing.</param>
    public static void Remove(SakiHome home, string run)
    {
        if (run.Length != 32 || !run.All(char.IsAsciiHexDigitLower)) return;
        var folder = Path.Combine(home.Runs, run);
        if (!Directory.Exists(folder)) return;
        // Without it the folder counts as no run: a kill -9 in the middle leaves none by half.
        File.Delete(Path.Combine(folder, RunFolder.Meta));
        Directory.Delete(folder, recursive: true);
    }

    private IEnumerable<RunFolder> All() => !Directory.Exists(home.Runs)
        ? []
        : Directory.EnumerateDirectories(home.Runs).Where(path => Path.GetFileName(path) is { Length: 32 } name && name.All(char.IsAsciiHexDigitLower)).Select(path => new RunFolder(path));
}

using System.Globalization;
using System.Text.Json;
using Saki.Storage;
using Saki.Tracking;

namespace Saki.Cli.Training;

/// <summary>What a training tells the worker that started it as a job, in the attempt's folder (docs/reference/jobs.md). Outside of a job it tells nobody.</summary>
internal sealed class JobReport(string? folder, string? job)
{
    /// <summary>Of the environment that this process began with.</summary>
    public static JobReport FromEnvironment() => new(Environment.GetEnvironmentVariable("SAKI_JOB_FOLDER"), Environment.GetEnvironmentVariable("SAKI_JOB"));

    /// <summary>Which run it works on.</summary>
    public void Run(RunLog run)
    {
        if (folder is null) return;
        if (job is not null) run.SetTag(SakiTags.Job, job);
        DurableFile.Write(Path.Combine(folder, "run"), run.RunId);
    }

    /// <summary>How much is done, 0 to 1.</summary>
    public void Progress(double share, string text)
    {
        if (folder is null) return;
        var file = Path.Combine(folder, "progress.json");
        File.WriteAllText($"{file}.new", string.Create(CultureInfo.InvariantCulture, $"{{\"share\":{share:0.####},\"text\":\"{JsonEncodedText.Encode(text)}\"}}"));
        File.Move($"{file}.new", file, overwrite: true);
    }
}

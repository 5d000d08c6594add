using System.Globalization;
using Saki.Cli.Terminal;
using Saki.Tracking;

namespace Saki.Cli.Verbs;

/// <summary>What <c>saki runs</c> does with a tracking server instead of the home folder.</summary>
internal static class ServerRuns
{
    public static async Task ListAsync(string url, SakiHome home, bool json, CancellationToken cancel)
    {
        using var client = TrackingOptions.Connect(url, home)!;
        var experiments = await client.GetExperimentsAsync(cancel);
        var runs = (await client.SearchRunsAsync(new SearchRuns([.. experiments.Select(experiment => experiment.ExperimentId)]) { MaxResults = 100 }, cancel)).Runs;
        var terminal = Verb.Terminal.Value!;
        if (json)
        {
            terminal.WriteJson(runs, MlflowJson.Of<IReadOnlyList<Run>>());
            return;
        }
        var table = new TextTable("RUN", "NAME", "STATUS", "METRICS", "STARTED (UTC)").Right("METRICS");
        foreach (var run in runs)
        {
            table.Add(run.Info.RunId[..12], run.Info.RunName, run.Info.Status.ToString().ToLowerInvariant(), run.Data.Metrics.Count.ToString(CultureInfo.InvariantCulture),
                Format.Moment(run.Info.StartTime));
        }
        table.Write(terminal.Output);
    }

    public static async Task ShowAsync(string url, SakiHome home, string id, bool json, CancellationToken cancel)
    {
        using var client = TrackingOptions.Connect(url, home)!;
        var run = await client.GetRunAsync(id, cancel);
        var terminal = Verb.Terminal.Value!;
        if (json) terminal.WriteJson(run, MlflowJson.Of<Run>());
        else RunsVerbs.WriteRun(terminal.Output, run, $"artifacts {run.Info.ArtifactUri}");
    }

    public static async Task SyncAsync(string? url, SakiHome home, IReadOnlyList<RunFolder> runs, CancellationToken cancel)
    {
        using var client = TrackingOptions.Connect(url, home)
            ?? throw new SakiException("Sending runs", "a tracking server", "none named", "Name one with --server or MLFLOW_TRACKING_URI.");
        foreach (var run in runs)
        {
            await RunMirror.SendAsync(client, run, TimeProvider.System, cancel);
            Verb.Terminal.Value!.Say($"{run.RunId} is at {client.Server}");
        }
        if (runs.Count == 0) Verb.Terminal.Value!.Say("No run waits.");
    }
}

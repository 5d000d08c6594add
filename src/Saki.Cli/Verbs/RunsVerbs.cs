using System.CommandLine;
using Saki.Cli.Terminal;
using Saki.Cli.Verbs.Runs;
using Saki.Tracking;

namespace Saki.Cli.Verbs;

/// <summary><c>saki runs …</c>: what was trained, with its settings and metrics.</summary>
internal static class RunsVerbs
{
    public static Command Create() => new("runs", "List, show, compare and delete training runs") { List(), Show(), CompareVerb.Create(), DeleteVerb.Create(), DeleteVerb.CreateRestore(), Sync() };

    private static Verb List()
    {
        var server = TrackingOptions.Server();
        var verb = new Verb("list", "List runs, newest first") { Examples = ["saki runs list", "saki runs list --server http://127.0.0.1:5252"] };
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            if (parsed.GetValue(server) is { } url)
            {
                await ServerRuns.ListAsync(url, SakiHome.Find(parsed.GetValue(SakiCommand.Home)), parsed.GetValue(SakiCommand.Json), cancel);
                return;
            }
            IReadOnlyList<RunFolder> runs = [.. new RunStore(SakiHome.Find(parsed.GetValue(SakiCommand.Home)), TimeProvider.System).Folders().Where(run => run.ReadInfo().LifecycleStage == "active")];
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson((IReadOnlyList<RunView>)[.. runs.Select(RunView.Of)], CliJson.Default.IReadOnlyListRunView);
            else WriteList(terminal, runs);
        });
        return verb;
    }

    private static Verb Show()
    {
        var id = new Argument<string>("run") { Description = "Run id, its first digits, or latest" };
        var server = TrackingOptions.Server();
        var verb = new Verb("show", "Show one run: settings, metrics, package") { Examples = ["saki runs show latest", "saki runs show 0193a5 --json"] };
        verb.Add(id);
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            if (parsed.GetValue(server) is { } url)
            {
                await ServerRuns.ShowAsync(url, SakiHome.Find(parsed.GetValue(SakiCommand.Home)), parsed.GetRequiredValue(id), parsed.GetValue(SakiCommand.Json), cancel);
                return;
            }
            var run = RunReference.Find(SakiHome.Find(parsed.GetValue(SakiCommand.Home)), parsed.GetRequiredValue(id));
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(RunView.Of(run), CliJson.Default.RunView);
            else WriteOne(terminal.Output, run);
        });
        return verb;
    }

    private static Verb Sync()
    {
        var id = new Argument<string?>("run") { Description = "Run id or its first digits (default: all that wait)", Arity = ArgumentArity.ZeroOrOne };
        var server = TrackingOptions.Server();
        var verb = new Verb("sync", "Send to the tracking server what it missed while it was away") { Examples = ["saki runs sync", "saki runs sync latest --server http://127.0.0.1:5252"] };
        verb.Add(id);
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
            IReadOnlyList<RunFolder> runs = parsed.GetValue(id) is { } one ? [RunReference.Find(home, one)] : [.. new RunStore(home, TimeProvider.System).Folders().Where(RunMirror.Waits)];
            await ServerRuns.SyncAsync(parsed.GetValue(server), home, runs, cancel);
        });
        return verb;
    }

    private static void WriteList(Terminal.Terminal terminal, IReadOnlyList<RunFolder> runs)
    {
        if (runs.Count == 0)
        {
            terminal.Say("No runs yet. Type: saki train experiment=emotions");
            return;
        }
        var table = new TextTable("RUN", "NAME", "STATUS", "VAL ACCURACY", "EPOCHS", "STARTED (UTC)").Right("VAL ACCURACY", "EPOCHS");
        foreach (var run in runs)
        {
            var recorded = run.Read();
            var (info, metrics) = (recorded.Info, recorded.Data.Metrics);
            var accuracy = run.History("val_accuracy").Select(m => m.Value).DefaultIfEmpty(double.NaN).Max();
            table.Add(info.RunId[..12], info.RunName, info.Status.ToString().ToLowerInvariant(), double.IsNaN(accuracy) ? "—" : Format.Percent(accuracy),
                metrics.FirstOrDefault(m => m.Key == "epoch") is { } epoch ? $"{epoch.Value:0}" : "—", Format.Moment(info.StartTime));
        }
        table.Write(terminal.Output);
    }

    private static void WriteOne(TextWriter output, RunFolder folder)
    {
        WriteRun(output, folder.Read(), Directory.Exists(RunReference.Package(folder)) ? $"package {RunReference.Package(folder)}" : "no package yet");
    }

    /// <summary>A run with its metrics, settings and notes.</summary>
    internal static void WriteRun(TextWriter output, Run run, string place)
    {
        output.WriteLine($"{run.Info.RunId}  {run.Info.RunName}  {run.Info.Status.ToString().ToLowerInvariant()}");
        output.WriteLine($"started {Format.Moment(run.Info.StartTime, "yyyy-MM-dd HH:mm:ss")} UTC{(run.Info.EndTime is { } end ? $", took {Format.Duration((end - run.Info.StartTime) / 1000.0)}" : "")}");
        output.WriteLine(place);
        output.WriteLine();
        var table = new TextTable("METRIC", "LAST", "STEP").Right("LAST", "STEP");
        foreach (var metric in run.Data.Metrics) table.Add(metric.Key, metric.Value.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture), $"{metric.Step}");
        table.Write(output);
        output.WriteLine();
        foreach (var param in run.Data.Params) output.WriteLine($"{param.Key} = {param.Value}");
        foreach (var tag in run.Data.Tags) output.WriteLine($"tag {tag.Key} = {tag.Value}");
    }
}

/// <summary>A run in <c>--json</c>: MLflow's record and where the package is.</summary>
internal sealed record RunView(Run Run, string Folder, string? Package)
{
    public static RunView Of(RunFolder run) => new(run.Read(), run.Path, RunReference.Package(run) is var package && Directory.Exists(package) ? package : null);
}

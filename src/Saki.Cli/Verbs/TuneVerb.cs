using System.CommandLine;
using System.Globalization;
using Saki.Cli.Terminal;
using Saki.Cli.Tuning;
using Saki.Inference.Serving;
using Saki.Pipelines;

namespace Saki.Cli.Verbs;

/// <summary><c>saki tune MODEL</c>: measures how a model is served best on this machine and writes that beside it.</summary>
internal static class TuneVerb
{
    public static Command Create()
    {
        var target = new Argument<string>("target") { Description = "A package, a model.onnx, or another model of one version" };
        var latency = new Option<double>("--latency") { Description = "Milliseconds within which 99 of 100 must be answered while the server is full", HelpName = "MS", DefaultValueFactory = _ => 100 };
        var seconds = new Option<double>("--seconds", "-s") { Description = "Seconds for each way", HelpName = "S", DefaultValueFactory = _ => 1.5 };
        var dry = new Option<bool>("--dry-run") { Description = "Measure and write nothing" };
        var pipeline = TargetOptions.Pipeline();
        var verb = new Verb("tune", "Measure threads, runs at once and batches on this machine, and keep the best") { Examples = ["saki tune ./package", "saki tune model.onnx --latency 20 --dry-run"] };
        verb.Add(target);
        foreach (var option in new Option[] { latency, seconds, dry, pipeline }) verb.Add(option);
        verb.SetAction(async (parsed, cancel) =>
        {
            var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
            var plan = Plan(home, parsed.GetRequiredValue(target), parsed.GetValue(pipeline));
            var report = await Run(plan, home.Cache, parsed.GetValue(latency), TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(seconds), 0.05, 60)), parsed.GetValue(dry), cancel);
            if (parsed.GetValue(SakiCommand.Json)) Verb.Terminal.Value!.WriteJson(report, CliJson.Default.TuneReport);
            else Write(report);
            return report.Kept ? 0 : 1;
        });
        return verb;
    }

    /// <summary>The one model that <paramref name="target"/> means.</summary>
    internal static ModelPlan Plan(SakiHome home, string target, string? pipeline)
    {
        if (target.StartsWith("runs:/", StringComparison.Ordinal) || target.StartsWith(Tracking.ModelReference.Scheme, StringComparison.Ordinal)) target = Target.Resolve(target, home, null).PackageFolder;
        return new ModelSource(home.Cache).Open(target, null, pipeline is null ? null : PipelineFile.Read(pipeline))[^1];
    }

    private static async Task<TuneReport> Run(ModelPlan plan, string cache, double bound, TimeSpan time, bool dry, CancellationToken cancel)
    {
        var trials = new List<TuneTrial>();
        var ways = EngineTuning.Ways(Environment.ProcessorCount, await MaxRows(plan, cache, cancel)).ToList();
        using var bar = new ProgressBar(Verb.Terminal.Value!, "tune", TimeProvider.System);
        foreach (var way in ways)
        {
            trials.Add(await EngineTuning.TryAsync(plan, way, cache, time, cancel));
            bar.Report(trials.Count, ways.Count);
        }
        var (best, kept) = EngineTuning.Choose(trials, bound);
        var file = dry || !kept ? null : new ServingFile
        {
            Processors = Environment.ProcessorCount,
            Threads = best.Threads,
            Instances = best.Instances,
            MaxBatch = best.MaxBatch,
            RowsPerSecond = best.RowsPerSecond,
            P99 = best.P99,
        }.Write(plan);
        return new TuneReport(plan.Name, Environment.ProcessorCount, bound, trials, best, kept, file);
    }

    private static async Task<int> MaxRows(ModelPlan plan, string cache, CancellationToken cancel)
    {
        await using var models = new ModelRepository(new RepositoryOptions { Cache = cache, Tuned = false });
        return Math.Max(1, (await models.LoadAsync(plan, cancellation: cancel)).Tensors.MaxRows);
    }

    private static void Write(TuneReport report)
    {
        var output = Verb.Terminal.Value!.Output;
        string[] heads = ["THREADS", "AT ONCE", "MOST ROWS", "ROWS A RUN", "ROWS/S", "P50 MS", "P99 MS", ""];
        var table = new TextTable(heads).Right(heads[..^1]);
        foreach (var trial in report.Trials)
        {
            var mark = trial == report.Best ? "best" : trial == report.Trials[0] ? "default" : trial.P99 > report.LatencyBound ? "too slow" : "";
            table.Add($"{trial.Threads}", $"{trial.Instances}", $"{trial.MaxBatch}", Number(trial.RowsPerRun), Number(trial.RowsPerSecond), Number(trial.P50), Number(trial.P99), mark);
        }
        table.Write(output);
        if (!report.Kept) output.WriteLine(FormattableString.Invariant($"Nothing keeps to {report.LatencyBound:0.###} ms; nothing was written."));
        else output.WriteLine(report.File is { } file ? $"Written to {file}; servers of this machine take it when they load the model." : "Nothing was written (--dry-run).");
    }

    private static string Number(double value) => value.ToString(value < 100 ? "0.00" : "0", CultureInfo.InvariantCulture);
}

using System.CommandLine;
using System.Globalization;
using Saki.Cli.Profiling;
using Saki.Cli.Terminal;
using Saki.Inference.Evaluation;

namespace Saki.Cli.Verbs;

/// <summary><c>saki profile MODEL</c>: size, memory, time of each operator, latency by rows.</summary>
internal static class ProfileVerb
{
    public static Command Create()
    {
        var target = new Argument<string>("target") { Description = "A package or a model.onnx" };
        var seconds = new Option<double>("--seconds", "-s") { Description = "Seconds for each number of rows", HelpName = "S", DefaultValueFactory = _ => 0.5 };
        var pipeline = TargetOptions.Pipeline();
        var verb = new Verb("profile", "Show where a model's time and memory go") { Examples = ["saki profile ./package", "saki profile model.onnx --json"] };
        verb.Add(target);
        verb.Add(seconds);
        verb.Add(pipeline);
        verb.SetAction((parsed, cancel) =>
        {
            var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
            var plan = TuneVerb.Plan(home, parsed.GetRequiredValue(target), parsed.GetValue(pipeline));
            var profile = ModelProfile.Of(plan, Path.Combine(Path.GetTempPath(), "saki-profile"), TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(seconds), 0.01, 60)), cancel);
            var report = new ProfileReport(plan.Name, plan.Version, Environment.ProcessorCount, profile);
            if (parsed.GetValue(SakiCommand.Json)) Verb.Terminal.Value!.WriteJson(report, CliJson.Default.ProfileReport);
            else Write(report, Verb.Terminal.Value!.Output);
            return Task.FromResult(0);
        });
        return verb;
    }

    private static void Write(ProfileReport report, TextWriter output)
    {
        var profile = report.Profile;
        output.WriteLine($"{report.Model} {report.Version}");
        output.WriteLine(FormattableString.Invariant($"file {Format.Bytes(profile.FileBytes)} · loaded in {profile.LoadMilliseconds:0} ms · memory {Format.Bytes(profile.LoadedBytes)} loaded, {Format.Bytes(profile.RunBytes)} more in runs"));
        output.WriteLine();
        Costs("OPERATOR", profile.Operators, output);
        output.WriteLine();
        Costs("NODE", profile.Nodes, output);
        output.WriteLine();
        string[] heads = ["ROWS", "P50 MS", "P99 MS", "ROWS/S"];
        var runs = new TextTable(heads).Right(heads);
        foreach (var run in profile.Runs) runs.Add($"{run.Rows}", Number(run.P50), Number(run.P99), Number(run.RowsPerSecond));
        runs.Write(output);
    }

    private static void Costs(string what, IReadOnlyList<OperatorCost> costs, TextWriter output)
    {
        var table = new TextTable(what, "CALLS", "US", "SHARE", "").Right("CALLS", "US", "SHARE");
        foreach (var cost in costs) table.Add(cost.Name, Number(cost.Calls), Number(cost.Microseconds), Format.Percent(cost.Share), new string('█', (int)Math.Round(cost.Share * 30)));
        table.Write(output);
    }

    private static string Number(double value) => value.ToString(value == Math.Floor(value) && value < 1000 ? "0" : value < 100 ? "0.00" : "0", CultureInfo.InvariantCulture);
}

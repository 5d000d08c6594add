using System.CommandLine;
using Saki.Calibration;
using Saki.Cli.Calibration;
using Saki.Gates;
using Saki.Pipelines;

namespace Saki.Cli.Verbs.Calibrations;

/// <summary><c>saki calibrate PICTURES --model NAME --user ID</c>: fits a model to one person, through the server that serves it or, without one, in this home.</summary>
internal static class CalibrateVerb
{
    private static readonly Argument<string> Pictures = new("pictures") { Description = "A zip with a folder for each class at its root, or such a folder" };
    private static readonly Option<string> Model = new("--model", "-m") { Description = "With a server: the served model's name; without: a package folder, runs:/ID or models:/NAME/Production", HelpName = "MODEL", Required = true };
    private static readonly Option<string?> User = new("--user", "-u") { Description = "Whose version it becomes on the server: the account's name, or the key that their requests carry. Without it, no server is asked", HelpName = "ID" };
    private static readonly Option<string?> Out = new("--out") { Description = "Without a server: folder that the package goes into (default: a new one under calibrations/ of the home)", HelpName = "DIR" };
    private static readonly Option<FileInfo?> PolicyFile = new("--policy") { Description = "Settings and limits, YAML (default: calibration in policies/MODEL.yaml)", HelpName = "FILE" };
    private static readonly Option<string?> Test = new("--test") { Description = "Frozen test set, NAME@DIGEST:test (default: of the data that the model learned from)", HelpName = "DATA" };
    private static readonly Option<bool> ReportOnly = new("--report-only") { Description = "Exit code 0 also when the result is refused" };
    private static readonly Option<string?> Server = TrackingOptions.Server();

    public static Command Create()
    {
        var verb = new Verb("calibrate", "Fit a model to one person's pictures, and prove that it helps them and harms nobody")
        {
            Examples = ["saki calibrate faces.zip --model emotions --user ann", "saki calibrate ./faces --model models:/emotions/Production"],
        };
        verb.Add(Pictures);
        foreach (var option in (Option[])[Model, User, Out, PolicyFile, Test, ReportOnly, Server]) verb.Add(option);
        verb.SetAction((parsed, cancel) => parsed.GetValue(User) is null && parsed.GetValue(Server) is null ? Task.FromResult(Here(parsed, cancel)) : ThereAsync(parsed, cancel));
        return verb;
    }

    private static int Here(ParseResult parsed, CancellationToken cancel)
    {
        var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
        var package = Package.Open(Target.Resolve(parsed.GetRequiredValue(Model), home, null).PackageFolder);
        var ask = new CalibrationAsk
        {
            Pictures = parsed.GetRequiredValue(Pictures),
            Base = CalibrationBase.Of(package, home),
            Policy = Policy(parsed, home, package.Model),
            Test = parsed.GetValue(Test),
            Folder = Path.GetFullPath(parsed.GetValue(Out) ?? Path.Combine(home.EnsureWritable().Calibrations, Guid.CreateVersion7().ToString("N"))),
            Home = home,
            Networks = Verb.Networks.Value!,
            Time = TimeProvider.System,
        };
        CalibrationReport report;
        try
        {
            report = PersonalCalibration.Run(ask, new CalibrationProgress(Verb.Terminal.Value!, ask.Time), cancel);
        }
        catch (OperationCanceledException)
        {
            return Interrupt.ExitCode;
        }
        CalibrationText.Write(parsed, report);
        return report.Accepted || parsed.GetValue(ReportOnly) ? 0 : 1;
    }

    private static async Task<int> ThereAsync(ParseResult parsed, CancellationToken cancel)
    {
        var user = parsed.GetValue(User) ?? throw new SakiException("Calibrating", "--user ID: whose version it becomes", "none", "Name the account, or the key that their requests carry.");
        using var client = CalibrationsVerbs.Client(parsed, Server);
        var view = await client.StartAsync(parsed.GetRequiredValue(Pictures), parsed.GetRequiredValue(Model), user, cancel);
        var terminal = Verb.Terminal.Value!;
        foreach (var file in view.LeftOut ?? []) terminal.Say($"left out: {file.Path}: {file.Reason}");
        if (view.Missing is { Count: > 0 } missing) terminal.Say($"no pictures of {string.Join(", ", missing)}: these are rehearsed only");
        while (view.State == "running")
        {
            terminal.Progress($"{Terminal.ProgressBar.Draw(view.Progress ?? 0)} {view.Text}");
            await Task.Delay(TimeSpan.FromSeconds(1), cancel);
            view = await client.GetAsync(view.Id, cancel);
        }
        terminal.EndProgress();
        if (view.Report is not { } report) throw new SakiException("Calibrating", "a calibration that comes to its end", view.Text.Length > 0 ? view.Text : view.State, view.Job is { } job ? $"saki jobs logs {job}" : null);
        CalibrationText.Write(parsed, report);
        return report.Accepted || parsed.GetValue(ReportOnly) ? 0 : 1;
    }

    private static CalibrationPolicy Policy(ParseResult parsed, SakiHome home, string model)
    {
        if (parsed.GetValue(PolicyFile) is { } file) return CalibrationPolicy.Parse(Read(file.FullName, CalibrationPolicy.Longest), file.Name);
        var own = Path.Combine(home.Policies, $"{model}.yaml");
        return File.Exists(own) ? GatePolicy.Parse(Read(own, GatePolicy.Longest), $"policies/{model}.yaml").Calibration : new CalibrationPolicy();
    }

    private static string Read(string path, int longest)
    {
        if (!File.Exists(path)) throw new SakiException("Reading the policy", "a file", $"none at {path}", "Correct the path.");
        return new FileInfo(path).Length <= longest ? File.ReadAllText(path) : throw new SakiException("Reading the policy", $"at most {longest:N0} bytes", "more");
    }
}

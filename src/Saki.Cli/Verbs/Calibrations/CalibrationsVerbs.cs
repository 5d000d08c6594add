using System.CommandLine;
using Saki.Calibration;
using Saki.Cli.Terminal;

namespace Saki.Cli.Verbs.Calibrations;

/// <summary><c>saki calibrations …</c>: versions of single people on a running server.</summary>
internal static class CalibrationsVerbs
{
    public static Command Create() => new("calibrations", "List, take back and remove the versions that were fitted to single people") { ListAll(), Back(), Remove() };

    /// <summary>Calls the server that <paramref name="server"/> names, else the one of this home.</summary>
    public static CalibrationClient Client(ParseResult parsed, Option<string?> server) => new(TrackingOptions.Api(parsed, server, TimeSpan.FromMinutes(10)));

    private static Verb ListAll()
    {
        var user = new Option<string?>("--user", "-u") { Description = "Of this person only", HelpName = "ID" };
        return Make("list", "List calibrations, the newest first", ["saki calibrations list", "saki calibrations list --user ann --json"], [user], async (parsed, client, cancel) =>
        {
            var list = await client.ListAsync(parsed.GetValue(user), cancel);
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(list, CalibrationJson.Default.CalibrationList);
            else if (list.Calibrations.Count == 0) terminal.Say("No calibrations. Begin one on the page /calibrate, or with: saki calibrate faces.zip --model NAME --user ID --server URL");
            else Table(list).Write(terminal.Output);
        });
    }

    private static Verb Back()
    {
        var user = new Option<string>("--user", "-u") { Description = "Whose version", HelpName = "ID", Required = true };
        return Make("back", "Let a person be answered by what answered before: their older version, or the one for all", ["saki calibrations back --user ann"], [user], async (parsed, client, cancel) =>
        {
            var view = await client.BackAsync(parsed.GetRequiredValue(user), cancel);
            Verb.Terminal.Value!.Say($"{view.User} is no longer answered by {Version(view)} of {view.Model}.");
        });
    }

    private static Verb Remove()
    {
        var user = new Option<string>("--user", "-u") { Description = "Whose versions and pictures", HelpName = "ID", Required = true };
        var yes = Confirmation.Yes();
        return Make("remove", "Erase all calibrations of a person: pictures, models, routing", ["saki calibrations remove --user ann --yes"], [user, yes], async (parsed, client, cancel) =>
        {
            var list = await client.ListAsync(parsed.GetRequiredValue(user), cancel);
            if (!Confirmation.Ask($"Erase {list.Calibrations.Count} calibrations of {parsed.GetRequiredValue(user)} with their pictures and models?", parsed.GetValue(yes))) return;
            var gone = await client.RemoveAsync(parsed.GetRequiredValue(user), cancel);
            Verb.Terminal.Value!.Say($"Erased {gone.Calibrations.Count} calibrations.");
        });
    }

    private static TextTable Table(CalibrationList list)
    {
        var table = new TextTable("ID", "USER", "MODEL", "STATE", "ANSWERS", "YOURS", "ALL").Right("YOURS", "ALL");
        foreach (var one in list.Calibrations)
            table.Add(one.Id[..12], one.User, $"{one.Model} {one.Base}", one.State, one.Answers ? Version(one) : "", Change(one.Report?.You), Change(one.Report?.All));
        return table;
    }

    private static string Version(CalibrationView view) => view.Report?.Package[..12] ?? "-";

    private static string Change(BeforeAfter? figures) => figures is null ? "-" : FormattableString.Invariant($"{figures.Change * 100:+0.0;-0.0;0.0}");

    private static Verb Make(string name, string description, string[] examples, Option[] options, Func<ParseResult, CalibrationClient, CancellationToken, Task> action)
    {
        var server = TrackingOptions.Server();
        var verb = new Verb(name, description) { Examples = examples };
        foreach (var option in options) verb.Add(option);
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = Client(parsed, server);
            await action(parsed, client, cancel);
        });
        return verb;
    }
}

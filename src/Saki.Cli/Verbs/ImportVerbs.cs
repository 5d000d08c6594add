using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using Saki.Cli.Terminal;
using Saki.Server;
using Saki.Server.Accounts;
using Saki.Server.Import;
using Saki.Tracking;

namespace Saki.Cli.Verbs;

/// <summary><c>saki import mlflow</c> and <c>saki export mlflow</c>: moves in and moves out.</summary>
internal static class ImportVerbs
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    public static Command CreateImport() => new("import", "Bring in what another tracking server holds") { Import() };

    public static Command CreateExport() => new("export", "Send what this home holds to another tracking server") { Export() };

    private static Verb Import()
    {
        var source = new Argument<string>("source") { Description = "The SQLite file of an MLflow 2 or 3, or the address of its server (MLFLOW_TRACKING_TOKEN, or _USERNAME and _PASSWORD)" };
        var roots = new Option<string[]>("--artifact-root")
        {
            Description = "A folder of this machine from which artifacts may be read besides the one that the file lies in; also tried as the root of mlflow-artifacts:. Give it again for more",
            HelpName = "DIR",
        };
        var stores = new StoreOptions();
        var verb = new Verb("mlflow", "Bring in experiments, runs, metrics, models and artifacts of an MLflow; safe to run again")
        {
            Examples = ["saki import mlflow mlflow.db", "saki import mlflow http://mlflow.example:5000"],
        };
        verb.Add(source);
        verb.Add(roots);
        stores.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home)).EnsureWritable();
            using var bar = new ProgressBar(Verb.Terminal.Value!, "runs", TimeProvider.System);
            var report = await MlflowImport.RunAsync(new ImportOptions(parsed.GetRequiredValue(source), home)
            {
                Database = stores.Database(parsed),
                Artifacts = stores.Artifacts(parsed),
                ArtifactRoots = parsed.GetValue(roots) ?? [],
                Connect = address => TrackingOptions.Connect(address, home, Patience)!,
            }, new Shown(bar), cancel);
            Print(report, "brought in from", parsed.GetValue(SakiCommand.Json));
        });
        return verb;
    }

    private static Verb Export()
    {
        var target = new Argument<string>("url") { Description = "Address of the server that gets it (MLFLOW_TRACKING_TOKEN, or _USERNAME and _PASSWORD)" };
        var (server, stores) = (TrackingOptions.Server(), new StoreOptions());
        server.Description = "Send what this server holds (default: the home folder, while no server runs on it)";
        var verb = new Verb("mlflow", "Send experiments, runs, metrics, models and artifacts to an MLflow; safe to run again") { Examples = ["saki export mlflow http://mlflow.example:5000"] };
        verb.Add(target);
        verb.Add(server);
        stores.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
            using var to = TrackingOptions.Connect(parsed.GetRequiredValue(target), home, Patience)!;
            await using var own = parsed.GetValue(server) is null ? await ServeAsync(home, stores.Database(parsed), stores.Artifacts(parsed), cancel) : null;
            using var from = own is null ? TrackingOptions.Connect(parsed.GetValue(server), home, Patience)! : new TrackingClient(own.Server.Address, own.Credentials, Patience);
            using var bar = new ProgressBar(Verb.Terminal.Value!, "runs", TimeProvider.System);
            var report = await MlflowExport.RunAsync(from, to, new Shown(bar), cancel);
            Print(report, "sent from", parsed.GetValue(SakiCommand.Json));
        });
        return verb;
    }

    // The home is read through the same API as a server is: one of its own, on a port that only this machine reaches, for as long as it takes.
    private static async Task<OwnServer> ServeAsync(SakiHome home, string? database, string? artifacts, CancellationToken cancel)
    {
        var tokens = AccessTokens.Open(home, TimeProvider.System);
        var name = string.Create(CultureInfo.InvariantCulture, $"export-{Environment.ProcessId}");
        var token = tokens.Add(name, Scope.View, TimeSpan.FromDays(7));
        var server = SakiServer.Build(new ServerOptions { Home = home, Port = 0, Database = database, Artifacts = artifacts, Tokens = tokens });
        await server.StartAsync(cancel);
        return new OwnServer(server, new AuthenticationHeaderValue("Bearer", token), () => tokens.Remove(name));
    }

    private static void Print(ImportReport report, string how, bool json)
    {
        var terminal = Verb.Terminal.Value!;
        terminal.EndProgress();
        if (json)
        {
            terminal.WriteJson(report, CliJson.Default.ImportReport);
            return;
        }
        terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{report.Runs:N0} runs with {report.Points:N0} points, {report.Versions:N0} model versions, {report.LoggedModels:N0} logged models and {report.Files:N0} files ({Format.Bytes(report.Bytes)}) {how} {report.Source}"));
        if (report.RunsHereBefore > 0) terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.RunsHereBefore:N0} runs were there already"));
        foreach (var (note, times) in report.Notes) terminal.Say(times == 1 ? note : string.Create(CultureInfo.InvariantCulture, $"{note} ({times:N0} times)"));
    }

    // Not Progress<T>, which reports on other threads, late.
    private sealed class Shown(ProgressBar bar) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value) => bar.Report(value.Runs, value.Total);
    }

    private sealed record OwnServer(SakiServer Server, AuthenticationHeaderValue Credentials, Action Forget) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            Forget();
            return Server.DisposeAsync();
        }
    }
}

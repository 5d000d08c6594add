using System.CommandLine;
using Saki.Inference.Serving;
using Saki.Server;
using Saki.Server.Accounts;
using Saki.Server.Jobs;
using Saki.Server.Serving.Following;

namespace Saki.Cli.Verbs;

/// <summary><c>saki up [TARGET]</c>: a page and an answer over HTTP, until Ctrl-C.</summary>
internal static class UpVerb
{
    private static readonly Argument<string?> TargetName = new("target") { Description = "The model to serve first (default: what was served before, those in Production, or the newest run's)", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string> Host = new("--host") { Description = "Address to listen on; 0.0.0.0 for every one of this machine", HelpName = "ADDRESS", DefaultValueFactory = _ => "127.0.0.1" };
    private static readonly Option<int?> Port = new("--port", "-p") { Description = "TCP port; 0 takes a free one (default: 5252; jobs alone 5253, tracking alone 8999)", HelpName = "N" };
    private static readonly Option<string[]> Roles = RolesOption();
    private static readonly StoreOptions Stores = new();
    private static readonly AskSetup Asking = new();
    private static readonly Option<string[]> AllowHost = new("--allow-host") { Description = "A name under which others reach this server; give it again for more", HelpName = "NAME" };
    private static readonly Option<string[]> WebhookAllow = new("--webhook-allow") { Description = "A network of your own that webhooks may call, also without TLS; give it again for more", HelpName = "CIDR" };
    private static readonly Option<bool> Public = new("--public") { Description = "The Try page and predictions need no token" };
    private static readonly Option<bool> NoAuth = new("--no-auth") { Description = "Nobody signs in; only while listening on this machine alone" };
    private static readonly Option<string?> Pipeline = TargetOptions.Pipeline();

    public static Command Create()
    {
        var verb = new Verb("up", "Run the product: a page, and answers over HTTP") { Examples = ["saki up", "saki up runs:/latest --port 8080 --public", "saki up --host 0.0.0.0 --allow-host saki.example.com"] };
        verb.Add(TargetName);
        foreach (var option in (Option[])[Host, Port, Roles, AllowHost, WebhookAllow, Public, NoAuth, Pipeline]) verb.Add(option);
        ServerLook.AddTo(verb);
        Stores.AddTo(verb);
        Asking.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
            await Run(parsed.GetValue(TargetName), parsed.GetValue(Pipeline), home, ServerLook.Read(parsed, Read(parsed, home)), cancel);
            return 0;
        });
        return verb;
    }

    private static Option<string[]> RolesOption()
    {
        var roles = new Option<string[]>("--roles") { Description = "What this process does: serving, tracking, jobs (default: all)", HelpName = "ROLE", AllowMultipleArgumentsPerToken = true };
        roles.AcceptOnlyFromAmong("serving", "tracking", "jobs");
        return roles;
    }

    private static bool Has(ParseResult parsed, string role) => parsed.GetValue(Roles) is not { Length: > 0 } roles || roles.Contains(role);

    private static ServerOptions Read(ParseResult parsed, SakiHome home) => new()
    {
        Host = parsed.GetRequiredValue(Host),
        Port = parsed.GetValue(Port) ?? (Has(parsed, "serving") ? 5252 : Has(parsed, "tracking") ? 8999 : 5253),
        Home = Has(parsed, "tracking") ? home : null,
        Jobs = Has(parsed, "jobs") && OperatingSystem.IsLinux() ? new JobOptions { Home = home, Saki = Self(), Tracking = Has(parsed, "tracking") ? null : Named() } : null,
        ServeProduction = Has(parsed, "serving"),
        Registry = Has(parsed, "serving") && !Has(parsed, "tracking") ? RegisteredPackage.Registry(home) : null,
        ServingAudit = Path.Combine(home.Root, "serving", "up", "audit.jsonl"),
        Database = Stores.Database(parsed),
        Artifacts = Stores.Artifacts(parsed),
        AllowedHosts = parsed.GetValue(AllowHost) ?? [],
        WebhookNetworks = [.. (parsed.GetValue(WebhookAllow) ?? []).Select(Network)],
        Ask = Has(parsed, "tracking") ? Asking.Read(parsed) : null,
        Public = parsed.GetValue(Public),
        Tokens = parsed.GetValue(NoAuth) ? null : AccessTokens.Open(home, TimeProvider.System),
    };

    private static System.Net.IPNetwork Network(string text) => System.Net.IPNetwork.TryParse(text, out var network) ? network
        : throw new SakiException("Reading --webhook-allow", "a network such as 10.0.0.0/8 or 127.0.0.1/32", $"\"{text}\"");

    // How a job starts this very command: the program itself, or dotnet with its assembly.
    private static string[] Self()
    {
        var program = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, Path.Combine(AppContext.BaseDirectory, "Saki.Cli.dll")] : [program];
    }

    private static Uri? Named() => Uri.TryCreate(Environment.GetEnvironmentVariable("SAKI_URL") ?? Environment.GetEnvironmentVariable("MLFLOW_TRACKING_URI"), UriKind.Absolute, out var server) ? server : null;

    private static async Task Run(string? target, string? pipeline, SakiHome home, ServerOptions options, CancellationToken cancel)
    {
        var terminal = Verb.Terminal.Value!;
        var output = terminal.Output;
        var serving = options.ServeProduction;
        await using var models = new ModelRepository(new RepositoryOptions { Cache = home.Cache, StateFile = serving ? Path.Combine(home.EnsureWritable().Root, "serving", "up", "models.json") : null });
        using var registry = RegistryLinks.OfHome(home);
        if (serving) await LoadAsync(models, options.Registry ?? registry, target, pipeline, home, terminal, cancel);
        await using var server = SakiServer.Build(options with { Models = models });
        await server.StartAsync(cancel);
        foreach (var model in models.Models.SelectMany(entry => entry.Versions.Values)) output.WriteLine(Describe(model));
        if (models.DefaultModel is null) output.WriteLine("No model yet: the page says how to make one.");
        output.WriteLine($"Page   {server.Address}");
        output.WriteLine($"Try    curl -s {(options.Tokens is null || options.Public ? "" : "-H \"Authorization: Bearer $SAKI_TOKEN\" ")}-F image=@photo.jpg {server.Address}predict_image");
        output.WriteLine(options.Tokens switch
        {
            null => "Access nobody signs in (--no-auth): every program on this machine may do everything",
            var tokens when tokens.CreateFirst() is { } first => $"Token  {first}  (shown once; kept in {home.AdminToken})",
            _ => $"Token  in {home.AdminToken}; more with: saki tokens add",
        });
        await output.FlushAsync(cancel);
        await server.WaitForShutdownAsync(cancel);
    }

    // What was loaded before, then the target in front of it. The registry's models in Production come when the server starts; without any of them the newest run answers.
    private static async Task LoadAsync(ModelRepository models, RegistryLink registry, string? target, string? pipeline, SakiHome home, Terminal.Terminal terminal, CancellationToken cancel)
    {
        models.Resolve = reference => registry.FindAsync(reference, CancellationToken.None).GetAwaiter().GetResult();
        await models.RestoreAsync(terminal.Say, cancel);
        var chosen = target is not null ? Target.Resolve(target, home, pipeline)
            : OnlyRuns(models, home) && RunReference.NewestWithPackage(home) is { } run ? new Target(RunReference.Package(run))
            : null;
        if (chosen is null) return;
        if (target is null)
            foreach (var older in models.Models) await models.UnloadAsync(older.Name, cancellation: cancel);
        var model = await models.LoadAsync(models.Open(chosen.PackageFolder)[0], cancellation: cancel);
        await models.PreferAsync(model.Name, cancel);
    }

    // What nobody chose but the newest run's model of last time gives way to the newest run's model of today.
    private static bool OnlyRuns(ModelRepository models, SakiHome home) =>
        models.Models.All(entry => entry.Sources.Values.All(source => source.StartsWith(Path.GetFullPath(home.Runs) + Path.DirectorySeparatorChar, StringComparison.Ordinal)));

    private static string Describe(ServedModel model) =>
        $"Serving {model.Name} {model.Version}{(model.Predictor is { } predictor ? $" ({string.Join(", ", predictor.Pipeline.Labels.Take(20))})" : "")}";
}

using System.CommandLine;
using Saki.Inference.Serving;
using Saki.Server;
using Saki.Server.Accounts;

namespace Saki.Cli.Verbs;

/// <summary><c>saki up [TARGET]</c>: a page and an answer over HTTP, until Ctrl-C.</summary>
internal static class UpVerb
{
    private static readonly Argument<string?> TargetName = new("target") { Description = "The model to serve (default: the newest run's package)", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string> Host = new("--host") { Description = "Address to listen on; 0.0.0.0 for every one of this machine", HelpName = "ADDRESS", DefaultValueFactory = _ => "127.0.0.1" };
    private static readonly Option<int?> Port = new("--port", "-p") { Description = "TCP port; 0 takes a free one (default: 5252, for the tracking role alone 8999)", HelpName = "N" };
    private static readonly Option<string[]> Roles = RolesOption();
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
        verb.SetAction(async (parsed, cancel) =>
        {
            var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
            var target = Has(parsed, "serving") ? Choose(parsed.GetValue(TargetName), home, parsed.GetValue(Pipeline)) : null;
            await Run(target, home, Read(parsed, home), cancel);
            return 0;
        });
        return verb;
    }

    private static Option<string[]> RolesOption()
    {
        var roles = new Option<string[]>("--roles") { Description = "What this process does: serving, tracking (default: both)", HelpName = "ROLE", AllowMultipleArgumentsPerToken = true };
        roles.AcceptOnlyFromAmong("serving", "tracking");
        return roles;
    }

    private static bool Has(ParseResult parsed, string role) => parsed.GetValue(Roles) is not { Length: > 0 } roles || roles.Contains(role);

    private static ServerOptions Read(ParseResult parsed, SakiHome home) => new()
    {
        Host = parsed.GetRequiredValue(Host),
        Port = parsed.GetValue(Port) ?? (Has(parsed, "serving") ? 5252 : 8999),
        Home = Has(parsed, "tracking") ? home : null,
        AllowedHosts = parsed.GetValue(AllowHost) ?? [],
        WebhookNetworks = [.. (parsed.GetValue(WebhookAllow) ?? []).Select(Network)],
        Public = parsed.GetValue(Public),
        Tokens = parsed.GetValue(NoAuth) ? null : AccessTokens.Open(home, TimeProvider.System),
    };

    private static System.Net.IPNetwork Network(string text) => System.Net.IPNetwork.TryParse(text, out var network) ? network
        : throw new SakiException("Reading --webhook-allow", "a network such as 10.0.0.0/8 or 127.0.0.1/32", $"\"{text}\"");

    private static Target? Choose(string? target, SakiHome home, string? pipeline)
    {
        if (target is not null) return Target.Resolve(target, home, pipeline);
        return RunReference.NewestWithPackage(home) is { } run ? new Target(RunReference.Package(run)) : null;
    }

    private static async Task Run(Target? target, SakiHome home, ServerOptions options, CancellationToken cancel)
    {
        var output = Verb.Terminal.Value!.Output;
        await using var models = new ModelRepository(new RepositoryOptions { Cache = home.Cache });
        var predictor = target is null ? null : (await models.LoadAsync(models.Open(target.PackageFolder)[0], cancellation: cancel)).Predictor;
        await using var server = SakiServer.Build(options with { Models = models });
        await server.StartAsync(cancel);
        output.WriteLine(predictor is null
            ? "No model yet: the page says how to make one."
            : $"Serving {predictor.Model} {predictor.Version} ({string.Join(", ", predictor.Pipeline.Labels)})");
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
}

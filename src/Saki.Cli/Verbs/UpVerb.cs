using System.CommandLine;
using Saki.Inference.Serving;
using Saki.Server;

namespace Saki.Cli.Verbs;

/// <summary><c>saki up [TARGET]</c>: a page and an answer over HTTP, until Ctrl-C.</summary>
internal static class UpVerb
{
    public static Command Create()
    {
        var target = new Argument<string?>("target") { Description = "The model to serve (default: the newest run's package)", Arity = ArgumentArity.ZeroOrOne };
        var host = new Option<string>("--host") { Description = "Address to listen on; only this machine's own while there are no accounts", HelpName = "ADDRESS", DefaultValueFactory = _ => "127.0.0.1" };
        var port = new Option<int>("--port", "-p") { Description = "TCP port; 0 takes a free one", HelpName = "N", DefaultValueFactory = _ => 5252 };
        var pipeline = TargetOptions.Pipeline();
        var verb = new Verb("up", "Run the product: a page, and answers over HTTP") { Examples = ["saki up", "saki up runs:/latest --port 8080"] };
        verb.Add(target);
        verb.Add(host);
        verb.Add(port);
        verb.Add(pipeline);
        verb.SetAction(async (parsed, cancel) =>
        {
            var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
            var options = new ServerOptions { Host = parsed.GetRequiredValue(host), Port = parsed.GetValue(port) };
            await Run(Choose(parsed.GetValue(target), home, parsed.GetValue(pipeline)), home, options, cancel);
            return 0;
        });
        return verb;
    }

    private static Target? Choose(string? target, SakiHome home, string? pipeline)
    {
        if (target is not null) return Target.Resolve(target, home, pipeline);
        return RunReference.NewestWithPackage(home) is { } run ? new Target(RunReference.Package(run)) : null;
    }

    private static async Task Run(Target? target, SakiHome home, ServerOptions options, CancellationToken cancel)
    {
        var terminal = Verb.Terminal.Value!;
        await using var models = new ModelRepository(new RepositoryOptions { Cache = home.Cache });
        var predictor = target is null ? null : (await models.LoadAsync(models.Open(target.PackageFolder)[0], cancellation: cancel)).Predictor;
        await using var server = SakiServer.Build(options with { Models = models });
        await server.StartAsync(cancel);
        terminal.Output.WriteLine(predictor is null
            ? "No model yet: the page says how to make one."
            : $"Serving {predictor.Model} {predictor.Version} ({string.Join(", ", predictor.Pipeline.Labels)})");
        terminal.Output.WriteLine($"Page   {server.Address}");
        terminal.Output.WriteLine($"Try    curl -s -F image=@photo.jpg {server.Address}predict_image");
        await terminal.Output.FlushAsync(cancel);
        await server.WaitForShutdownAsync(cancel);
    }
}

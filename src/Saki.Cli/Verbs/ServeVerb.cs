using System.CommandLine;
using Saki.Inference.Serving;
using Saki.Pipelines;
using Saki.Server;
using Saki.Server.Accounts;
using Saki.Server.Serving.Following;
using Saki.Tracking;

namespace Saki.Cli.Verbs;

/// <summary><c>saki serve TARGET…</c>: an inference server alone, until Ctrl-C. Never loads libtorch.</summary>
internal static class ServeVerb
{
    public static Command Create()
    {
        var targets = new Argument<string[]>("target")
        {
            Description = "Packages, .saki.zip, .mar, model.onnx, runs:/ID, models:/NAME/3, models:/NAME@ALIAS (followed), a model repository (NAME/VERSION/model.onnx); NAME=TARGET names it. None: what was served before",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var host = new Option<string>("--host") { Description = "Address to listen on; 0.0.0.0 for every one of this machine", HelpName = "ADDRESS", DefaultValueFactory = _ => "127.0.0.1" };
        var port = new Option<int>("--port", "-p") { Description = "TCP port; 0 takes a free one", HelpName = "N", DefaultValueFactory = _ => 5254 };
        var management = new Option<int?>("--management-port") { Description = "A port of its own for loading and unloading (TorchServe: 8081)", HelpName = "N" };
        var grpc = new Option<int?>("--grpc-port") { Description = "A port for gRPC (Triton: 8001)", HelpName = "N" };
        var metrics = new Option<int?>("--metrics-port") { Description = "A port of its own for /metrics (TorchServe: 8082)", HelpName = "N" };
        var store = new Option<string?>("--model-store") { Description = "Folder whose archives may be registered over HTTP", HelpName = "DIR" };
        var allow = new Option<string[]>("--allow-host") { Description = "A name under which others reach this server; give it again for more", HelpName = "NAME" };
        var open = new Option<bool>("--public") { Description = "Asking models needs no token" };
        var noAuth = new Option<bool>("--no-auth") { Description = "Nobody needs a token; only while listening on this machine alone" };
        var probe = new Option<string>("--probe") { Description = "Models first tried in a process of their own: unknown (those no package vouches for), all or none", HelpName = "WHICH", DefaultValueFactory = _ => "unknown" };
        probe.AcceptOnlyFromAmong("unknown", "all", "none");
        var pipeline = TargetOptions.Pipeline();
        var verb = new Verb("serve", "Answer over HTTP in the protocols of Triton, KServe, MLflow and TorchServe")
        {
            Examples = ["saki serve ./package", "saki serve models:/emotions@champion", "saki serve digits=opt-mnist.onnx ./model_repository --port 8000", "saki serve mnist.mar --port 8080 --management-port 8081 --metrics-port 8082 --model-store ./store"],
        };
        verb.Add(targets);
        foreach (var option in new Option[] { host, port, management, metrics, grpc, store, allow, open, noAuth, probe, pipeline }) verb.Add(option);
        ServerLook.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
            var options = new ServerOptions
            {
                Host = parsed.GetRequiredValue(host),
                Port = parsed.GetValue(port),
                ManagementPort = parsed.GetValue(management),
                MetricsPort = parsed.GetValue(metrics),
                GrpcPort = parsed.GetValue(grpc),
                ModelStore = parsed.GetValue(store),
                AllowedHosts = parsed.GetValue(allow) ?? [],
                Public = parsed.GetValue(open),
                Tokens = parsed.GetValue(noAuth) ? null : AccessTokens.Open(home, TimeProvider.System),
            };
            await Run(parsed.GetValue(targets) ?? [], home, parsed.GetValue(pipeline), parsed.GetRequiredValue(probe), ServerLook.Read(parsed, options), cancel);
            return 0;
        });
        return verb;
    }

    private static async Task Run(string[] targets, SakiHome home, string? pipelineFile, string probe, ServerOptions options, CancellationToken cancel)
    {
        var terminal = Verb.Terminal.Value!;
        await using var models = new ModelRepository(new RepositoryOptions
        {
            Cache = home.EnsureWritable().Cache,
            StateFile = Path.Combine(home.Root, "serving", "models.json"),
            Probe = probe == "none" ? null : ModelProbe.OfThisProgram(Path.Combine(home.Cache, "probed")) is { } own ? own with { Packages = probe == "all" } : null,
        });
        using var registry = RegisteredPackage.Registry(home);
        models.Resolve = reference => registry.FindAsync(reference, CancellationToken.None).GetAwaiter().GetResult();
        var pipeline = pipelineFile is null ? null : PipelineFile.Read(pipelineFile);
        var plans = targets.SelectMany(target => Plans(models, home, target, pipeline)).ToList();
        foreach (var plan in plans.Where(plan => plan.Note is not null)) terminal.Say($"{plan.Name} {plan.Version}: {plan.Note}");
        if (plans.Count == 0) await models.RestoreAsync(terminal.Say, cancel);
        else await models.LoadAllAsync(plans, cancel);
        foreach (var target in targets) await FollowAsync(models, target);
        await using var server = SakiServer.Build(options with { Models = models, Registry = registry, ServingAudit = Path.Combine(home.Root, "serving", "audit.jsonl") });
        await server.StartAsync(cancel);
        foreach (var model in models.Models.SelectMany(entry => entry.Versions.Values)) terminal.Output.WriteLine(Describe(model));
        if (models.DefaultModel is null) terminal.Output.WriteLine("No model yet: register one, or start with saki serve TARGET.");
        terminal.Output.WriteLine($"Listening on {server.Address}");
        if (options.Tokens is { } tokens) terminal.Output.WriteLine(tokens.CreateFirst() is { } first ? $"Token        {first}  (shown once; kept in {home.AdminToken})" : $"Token        in {home.AdminToken}; more with: saki tokens add");
        terminal.Output.WriteLine($"Try          curl -s {(options.Tokens is null || options.Public ? "" : "-H \"Authorization: Bearer $SAKI_TOKEN\" ")}{server.Address}v2/models/{models.DefaultModel ?? "NAME"}");
        await terminal.Output.FlushAsync(cancel);
        await server.WaitForShutdownAsync(cancel);
    }

    private static IReadOnlyList<ModelPlan> Plans(ModelRepository models, SakiHome home, string target, Pipeline? pipeline)
    {
        var equals = target.IndexOf('=', StringComparison.Ordinal);
        var (name, place) = equals > 0 && ModelPlan.IsName(target[..equals]) ? (target[..equals], target[(equals + 1)..]) : (null, target);
        if (place.StartsWith(RegistryLink.RunScheme, StringComparison.Ordinal)) place = Target.Resolve(place, home, null).PackageFolder;
        return models.Open(place, name, pipeline);
    }

    // An alias or a stage is followed when its registry moves; a number stays.
    private static async Task FollowAsync(ModelRepository models, string target)
    {
        if (!target.StartsWith(ModelReference.Scheme, StringComparison.Ordinal)) return;
        var reference = ModelReference.Parse(target);
        await models.Changes.FollowAsync(reference.Name, reference.Alias ?? (reference.Stage is ModelReference.Latest ? null : reference.Stage), ChangedBy.Saki with { Why = $"saki serve {target}" });
    }

    private static string Describe(ServedModel model)
    {
        var takes = model.Predictor is { } predictor ? $"pictures, or {string.Join(", ", model.Tensors.Inputs)}; {predictor.Pipeline.Labels.Count} classes" : string.Join(", ", model.Tensors.Inputs);
        var (perRun, perRow) = model.Cost;
        var batches = model.BestRows > 1 ? $"batches of up to {model.BestRows}" : "one row a run";
        return FormattableString.Invariant($"Serving {model.Name} {model.Version}: {takes}; {(perRun + perRow) * 1e3:0.00} ms, {batches}");
    }
}

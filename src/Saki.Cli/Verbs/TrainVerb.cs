using System.CommandLine;
using System.Text.Json;
using Saki.Cli.Terminal;
using Saki.Cli.Training;
using Saki.Configuration;
using Saki.Datasets;
using Saki.Torch.Training;
using Saki.Tracking;

namespace Saki.Cli.Verbs;

/// <summary><c>saki train [OVERRIDES…]</c>: composes <c>conf/</c>, trains, exports, packages. Ctrl-C saves a checkpoint; <c>--resume RUN</c> goes on.</summary>
internal static class TrainVerb
{
    private const string ConfigFile = "config.yaml", OverridesFile = "overrides.yaml", HydraFile = "hydra.yaml", OriginsFile = "origins.json";

    private static readonly Argument<string[]> Overrides = new("override") { Description = "group=option or key=value over conf/train.yaml", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string?> ResumeRun = new("--resume") { Description = "Go on with this run from its last checkpoint", HelpName = "RUN" };
    private static readonly HydraFlags Flags = new();
    private static readonly Option<bool> Check = new("--check") { Description = "Check the configuration and print it with all values filled in; train nothing" };
    private static readonly Option<bool> Profile = new("--profile") { Description = "Write a Chrome trace into the run's folder and tell where the time went" };
    private static readonly Option<string?> Server = TrackingOptions.Server();

    public static Command Create()
    {
        var verb = new Verb("train", "Train a network, export it to ONNX, package it")
        {
            Examples = ["saki train experiment=emotions trainer.seconds=75", "saki train dataset=fer2013 network=emotion_cnn trainer.epochs=3 optimizer.lr=0.05", "saki train --cfg job --resolve --package optimizer optimizer=adamw", "saki train --resume latest"],
        };
        verb.Add(Overrides);
        foreach (var option in (Option[])[ResumeRun, Check, Profile, Server]) verb.Add(option);
        Flags.AddTo(verb);
        verb.SetAction(Run);
        return verb;
    }

    private static async Task<int> Run(ParseResult parsed, CancellationToken cancel)
    {
        var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
        var overrides = parsed.GetValue(Overrides) ?? [];
        var terminal = Verb.Terminal.Value!;
        var time = TimeProvider.System;
        var old = parsed.GetValue(ResumeRun) is { } resume ? RunReference.Find(home, resume) : null;
        if (old is not null && overrides.Length > 0)
            throw new SakiException("Resuming", "no overrides: a run goes on with its own configuration", overrides[0], "Leave them out, or begin a new run.");
        ConfigMap config, hydra = new();
        if (old is null)
        {
            var (composed, context) = Flags.Compose(parsed, overrides);
            if (Flags.Show(parsed, composed, context, terminal.Output)) return 0;
            (config, hydra) = (composed.Resolve(context), context.Hydra!);
        }
        else config = (ConfigMap)ConfigYaml.Parse(File.ReadAllText(Path.Combine(old.Path, ".hydra", ConfigFile)), ConfigFile);

        var networks = Verb.Networks.Value!;
        var options = TrainConfig.Bind(config, networks);
        if (parsed.GetValue(Check))
        {
            terminal.Output.Write(ConfigYamlWriter.Write(config));
            return 0;
        }
        using var store = new DatasetStore(home.EnsureWritable());
        var dataset = store.Load(old?.Read().Data.Tags.FirstOrDefault(t => t.Key == SakiTags.Dataset)?.Value ?? options.Dataset.Name);
        using var run = old is null ? Begin(home, config, hydra, options, dataset, time) : new RunStore(home, time).Resume(old.RunId);
        JobReport.FromEnvironment().Run(run);
        using var tracking = TrackingServer.Follow(run, parsed.GetValue(Server), home, time);
        terminal.Say($"run {run.RunId}: {options.Network.Name} on {dataset.Summary} ({dataset.Summary.Count(Split.Train):N0} training images)");
        var request = new TrainRequest
        {
            Options = options,
            Config = ConfigYamlWriter.Write(config),
            Dataset = dataset,
            Objects = store.Objects,
            Home = home,
            RunId = run.RunId,
            RunFolder = run.Folder.Path,
            Resume = old is not null,
            Networks = networks,
            Profile = parsed.GetValue(Profile) ? new TrainProfile(time) : null,
            Time = time,
        };
        try
        {
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancel, tracking.StopAsked);
            return Finish(run, request, store, parsed.GetValue(SakiCommand.Json), ends.Token);
        }
        finally
        {
            run.Dispose(); // a run that failed is marked so before the server hears the last of it
            await tracking.FinishAsync(terminal);
        }
    }

    private static RunLog Begin(SakiHome home, ConfigMap config, ConfigMap hydra, TrainOptions options, DatasetVersion dataset, TimeProvider time)
    {
        var run = new RunStore(home, time).Create(new CreateRun { RunName = options.Package.Name ?? $"{dataset.Name}-{options.Network.Name}" });
        run.LogParams(config.Leaves().Select(leaf => new Param(leaf.Path, ConfigJsonWriter.Write(leaf.Value).Trim('"'))));
        run.SetTag(SakiTags.Dataset, $"{dataset.Name}@{dataset.Digest}");
        Storage.DurableFile.Write(Path.Combine(run.Folder.Path, ".hydra", ConfigFile), ConfigYamlWriter.Write(config));
        Storage.DurableFile.Write(Path.Combine(run.Folder.Path, ".hydra", OverridesFile), ConfigYamlWriter.Write(new Interpolation(hydra, InterpolationContext.Default).Part("overrides.task")!));
        var node = new ConfigMap();
        node.Entries.Add("hydra", hydra);
        Storage.DurableFile.Write(Path.Combine(run.Folder.Path, ".hydra", HydraFile), ConfigYamlWriter.Write(node));
        Storage.DurableFile.Write(Path.Combine(run.Folder.Path, ".hydra", OriginsFile), JsonSerializer.Serialize(config.Leaves().ToDictionary(leaf => leaf.Path, leaf => leaf.Value.Origin.ToString()), CliJson.Default.DictionaryStringString));
        return run;
    }

    private static int Finish(RunLog run, TrainRequest request, DatasetStore store, bool json, CancellationToken cancel)
    {
        var terminal = Verb.Terminal.Value!;
        var progress = new TrainingProgress(terminal, run, request.Time);
        var result = Train.Run(request, progress.Report, cancel);
        terminal.EndProgress();
        if (request.Profile is { } profile) TellProfile(profile, Path.Combine(run.Folder.Path, "profile.json"), terminal);
        if (result.Model is not { } trained)
        {
            run.End(RunStatus.Killed);
            terminal.Say($"Interrupted. {(result.Checkpoint is null ? "Nothing was trained yet." : $"Saved {result.Checkpoint}.")} Go on with: saki train --resume {run.RunId}");
            return Interrupt.ExitCode;
        }
        using (trained)
        {
            var package = TrainedPackage.Write(trained, request.Options, request.Dataset, store, RunReference.Package(run.Folder), request.Time, terminal);
            run.SetTag(SakiTags.Package, package.Version);
            run.End(RunStatus.Finished);
            if (json) terminal.WriteJson(new TrainView(run.RunId, trained.Best.ValAccuracy, package.Folder, package.Model, package.Version), CliJson.Default.TrainView);
            else terminal.Output.WriteLine($"{package.Model} {package.Version}: validation accuracy {Format.Percent(trained.Best.ValAccuracy)} (epoch {trained.Best.Epoch}), package {package.Folder}");
            return 0;
        }
    }

    private static void TellProfile(TrainProfile profile, string path, Terminal.Terminal terminal)
    {
        profile.WriteChromeTrace(path);
        var table = new TextTable("PART", "SECONDS", "TIMES", "MS EACH").Right("SECONDS", "TIMES", "MS EACH");
        foreach (var (name, total, count) in profile.Table) table.Add(name, $"{total.TotalSeconds:0.0}", $"{count:N0}", $"{total.TotalMilliseconds / count:0.0}");
        using var lines = new StringWriter();
        table.Write(lines);
        terminal.Say(lines.ToString().TrimEnd());
        terminal.Say($"profile: {path} (open it in chrome://tracing or ui.perfetto.dev); the loader runs beside the rest");
    }
}

/// <summary>What <c>saki train --json</c> prints.</summary>
internal sealed record TrainView(string RunId, double ValAccuracy, string Package, string Model, string Version);

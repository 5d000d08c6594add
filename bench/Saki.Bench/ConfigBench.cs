using System.Diagnostics;
using Saki.Configuration;
using Saki.Torch.Networks;
using Saki.Torch.Training;

namespace Saki.Bench;

/// <summary>
/// Composing, resolving and binding the largest configuration that conf/ has, with 21 overrides: <c>config [FOLDER]</c>. The first time in a process (its code is compiled then) and the
/// median afterwards; files are read anew each time. Goal: below 20 ms after the start.
/// </summary>
internal static class ConfigBench
{
    private static readonly string[] Overrides =
    [
        "experiment=fer2013_gpu", "augment=full", "optimizer=muon", "weights=finetune", "weights.from=some.pth", "schedule=cosine", "loss=focal", "seed=3", "trainer.epochs=5", "trainer.batch_size=64", "trainer.ema=0.9",
        "trainer.patience=3", "trainer.keep_best=2", "trainer.precision=fp32", "trainer.accumulate=2", "optimizer.lr=0.05", "package.name=big", "package.mirror=true", "trainer.device=cpu", "trainer.workers=2", "trainer.threads=1",
    ];

    public static void Run(string[] args)
    {
        var folder = args.Length > 0 ? args[0] : Find();
        var networks = NetworkRegistry.BuiltIn();
        var (start, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        Compose(folder, networks);
        Measure.Report("compose, resolve and bind, first", Stopwatch.GetElapsedTime(start).TotalMilliseconds, "ms");
        Measure.Report("compose, resolve and bind, first, compiling included", (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds, "ms of CPU");
        for (var i = 0; i < 300; i++) Compose(folder, networks);
        Measure.Report("compose, resolve and bind, median", Measure.Median(21, 20, () => Compose(folder, networks)) / 1000, "ms");
        cpu = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < 100; i++) Compose(folder, networks);
        Measure.Report("compose, resolve and bind, mean", (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / 100, "ms of CPU");
        var composed = ConfigComposer.Compose(folder, "train", Overrides);
        Measure.Report("files", composed.Sources.Count, "files");
        Measure.Report("values", composed.Root.Leaves().Count(), "values");
    }

    private static void Compose(string folder, NetworkRegistry networks) => TrainConfig.Bind(ConfigComposer.Compose(folder, "train", Overrides).Resolve(), networks);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "conf") is var conf && File.Exists(Path.Combine(conf, "train.yaml"))) return conf;
        throw new DirectoryNotFoundException("conf/ is not above the program.");
    }
}

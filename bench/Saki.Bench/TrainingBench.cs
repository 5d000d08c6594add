using System.Diagnostics;
using System.Globalization;
using Saki.Torch;

namespace Saki.Bench;

/// <summary>
/// Training steps against PyTorch eager, each side in its own process, in turn (A B A B), so that a neighbour on the machine hits both.
/// <c>training</c> runs all cases; <c>training CASE…</c> some of them; <c>training memory</c> the memory over 1,000 steps; <c>training step CASE STEPS</c> is one turn of ours.
/// </summary>
internal static class TrainingBench
{
    private const int Rounds = 3;

    public static void Run(string[] args)
    {
        switch (args)
        {
            case ["step", var name, var steps]:
                using (var step = new TrainingStep(name))
                    foreach (var milliseconds in step.Time(int.Parse(steps, CultureInfo.InvariantCulture)))
                        Console.WriteLine(milliseconds.ToString("R", CultureInfo.InvariantCulture));
                break;
            case ["memory"]:
                Memory("cnn", 1000);
                break;
            case ["memory", var name, var steps]:
                Memory(name, int.Parse(steps, CultureInfo.InvariantCulture));
                break;
            default:
                foreach (var name in args.Length > 0 ? args : TrainingStep.Cases) Compare(name);
                break;
        }
    }

    private static void Compare(string name)
    {
        var steps = name.Split('-')[0] switch { "resnet18" => "3", "airbench94" => "4", "emotion_cnn" => "12", _ => name == "mlp-small" ? "3000" : "400" };
        var (ours, peer) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            ours.Add(Turn(Environment.ProcessPath!, ours.Count, "training", "step", name, steps));
            peer.Add(Turn("/usr/bin/python3", peer.Count, Peer(), name, steps));
        }
        Measure.Report($"{name} saki", Median(ours), "ms/step");
        Measure.Report($"{name} pytorch-eager", Median(peer), "ms/step");
        using (var step = new TrainingStep(name))
        {
            Measure.Report($"{name} saki", 1000 * step.Batch / Median(ours), "images/s");
            Measure.Report($"{name} pytorch-eager", 1000 * step.Batch / Median(peer), "images/s");
        }
        Measure.Report($"{name} ratio of medians", Median(peer) / Median(ours), "x");
        Measure.Report($"{name} ratio of best turns", peer.Min() / ours.Min(), "x");
        Console.Error.WriteLine($"{name}: saki {string.Join(" ", ours.Select(Show))} | pytorch {string.Join(" ", peer.Select(Show))}");
    }

    private static double Turn(string program, int round, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        if (process.ExitCode != 0 || lines.Length == 0) throw new InvalidOperationException($"Turn {round} of {program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
        return Median(lines.Select(line => double.Parse(line, CultureInfo.InvariantCulture)));
    }

    // A csv of resident memory; flat means that nothing leaks, neither handles nor the allocator's pages.
    private static void Memory(string name, int steps)
    {
        using var step = new TrainingStep(name);
        step.Run();
        step.Run();
        var garbage = GC.GetAllocatedBytesForCurrentThread();
        Console.WriteLine("step,rss_mb,live_tensors,managed_bytes_per_step");
        var every = steps / 20;
        for (var i = 1; i <= steps; i++)
        {
            step.Run();
            if (i % every != 0) continue;
            var now = GC.GetAllocatedBytesForCurrentThread();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i},{Environment.WorkingSet / 1048576.0:F1},{Tensor.Live},{(now - garbage) / every}"));
            garbage = GC.GetAllocatedBytesForCurrentThread();
        }
    }

    private static string Peer()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "bench", "peers", "training.py") is var script && File.Exists(script)) return script;
        throw new FileNotFoundException("bench/peers/training.py is not above the program.");
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private static string Show(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}

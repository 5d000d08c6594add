using System.Globalization;
using System.Runtime.InteropServices;
using Saki.Datasets;
using Saki.Evaluation;
using Saki.Gates;
using Saki.Inference.Evaluation;
using Saki.Pipelines;
using Saki.Vision;

namespace Saki.Inference.Gates;

/// <summary>What is asked of a gate.</summary>
/// <param name="Model">The registered model.</param>
/// <param name="Version">The version that asks to enter.</param>
/// <param name="Stage">The stage that it asks for.</param>
/// <param name="Package">Its package's folder; null when its files are not here.</param>
/// <param name="Champion">The version in Production; 0 for none.</param>
/// <param name="ChampionPackage">Its package's folder; null when its files are not here.</param>
public sealed record GateRequest(string Model, long Version, string Stage, string? Package, long Champion, string? ChampionPackage);

/// <summary>
/// Proves a package against a policy, in this process and on this machine: 1 its files are whole, 2 it loads and gives its golden answer, 3 it answers the frozen
/// test set well enough, 4 not worse than the champion, 5 quickly enough. A line that later ones need ends the proof when it fails.
/// </summary>
public static class GateProof
{
    private const int WarmUps = 5, Runs = 51, FewestRuns = 5;
    private static readonly TimeSpan LatencyPatience = TimeSpan.FromSeconds(20);

    /// <summary>Computes the evidence; refusals are lines of it, not exceptions.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="policy">What is demanded.</param>
    /// <param name="policyDigest">Names the policy in the evidence.</param>
    /// <param name="home">Where data sets lie.</param>
    /// <param name="time">For the latency and the evidence's time.</param>
    /// <param name="cancel">Stops.</param>
    public static GateEvidence Prove(GateRequest request, GatePolicy policy, string policyDigest, SakiHome home, TimeProvider time, CancellationToken cancel)
    {
        var lines = new List<GateLine>();
        var evidence = new GateEvidence
        {
            Model = request.Model,
            Version = request.Version,
            Stage = request.Stage,
            Champion = request.Champion,
            Policy = policyDigest,
            Time = 0,
            Machine = string.Create(CultureInfo.InvariantCulture, $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores"),
            Lines = lines,
        };
        return Prove(evidence, lines, request, policy, home, time, cancel) with { Time = time.GetUtcNow().ToUnixTimeMilliseconds() };
    }

    private static GateEvidence Prove(GateEvidence evidence, List<GateLine> lines, GateRequest request, GatePolicy policy, SakiHome home, TimeProvider time, CancellationToken cancel)
    {
        // 1
        if (Try(lines, "integrity", "every file with its SHA-256", () => OpenPackage(request.Package)) is not { } package) return evidence;
        lines.Add(new GateLine("integrity", "every file with its SHA-256", $"{package.Files.Count} files as in {Package.SumsFile}", true));
        evidence = evidence with { Package = package.Digest.ToString() };

        // 2
        using var predictor = Try(lines, "golden", "the golden answer", () => Predictor.Load(package, cancellation: cancel));
        if (predictor is null) return evidence;
        lines.Add(new GateLine("golden", "the golden answer", "the same", true));

        // 3
        if (policy.Data is { } data)
        {
            using var samples = Try(lines, "data", data, () => LabelledSamples.Open(DatasetReference.Parse(data), home, predictor.Pipeline.Labels));
            if (samples is null) return evidence;
            if (Try(lines, "data", $"answers to {data}", () => ModelAnswers.Of(predictor, samples.Samples, _ => { }, cancel)) is not { } answers) return evidence;
            var report = answers.Figures(predictor, samples);
            evidence = evidence with { Data = samples.Version.ToString(), Report = report };
            lines.AddRange(Measured(policy, report));

            // 4
            if (policy.Compares) evidence = Compare(evidence, lines, request, DatasetReference.Parse(data), answers, home, cancel);
        }

        // 5
        if (policy.MaxLatencyMs is not { } most) return evidence;
        var median = Latency(predictor, package, policy, home, time, cancel);
        lines.Add(new GateLine("latency", $"at most {Number(most)} ms", $"{Number(median)} ms", median <= most));
        return evidence with { LatencyMs = median };
    }

    private static IEnumerable<GateLine> Measured(GatePolicy policy, EvaluationReport report)
    {
        yield return new GateLine("data", policy.Data!, string.Create(CultureInfo.InvariantCulture, $"{report.Data}, {report.Samples:N0} samples"), true);
        if (policy.MinAccuracy is { } accuracy) yield return new GateLine("accuracy", $"at least {Percent(accuracy)}", Percent(report.Accuracy), report.Accuracy >= accuracy);
        if (policy.MinRecall is { } recall)
        {
            var worst = report.PerClass.Where(one => one.Support > 0).MinBy(one => one.Recall)!;
            yield return new GateLine("recall", $"at least {Percent(recall)} of each class", $"{Percent(worst.Recall)} of {worst.Class}", worst.Recall >= recall);
        }
        if (policy.MaxEce is { } ece) yield return new GateLine("calibration", $"an error of at most {Number(ece)}", Number(report.Ece), report.Ece <= ece);
    }

    private static GateEvidence Compare(GateEvidence evidence, List<GateLine> lines, GateRequest request, DatasetReference data, ModelAnswers answers, SakiHome home, CancellationToken cancel)
    {
        if (request.Champion == 0 || request.Champion == request.Version)
        {
            lines.Add(new GateLine("champion", "not worse than Production", request.Champion == 0 ? "nothing in Production yet" : "it is in Production itself", true));
            return evidence;
        }
        var expected = string.Create(CultureInfo.InvariantCulture, $"not worse than version {request.Champion}");
        return Try(lines, "champion", expected, () =>
        {
            var package = OpenPackage(request.ChampionPackage);
            using var champion = Predictor.Load(package, cancellation: cancel);
            using var samples = LabelledSamples.Open(data, home, champion.Pipeline.Labels);
            var test = PairedTest.Of(answers.Right, ModelAnswers.Of(champion, samples.Samples, _ => { }, cancel).Right);
            lines.Add(new GateLine("champion", expected, string.Create(CultureInfo.InvariantCulture, $"{test.Difference * 100:+0.00;-0.00;0.00} points, p = {test.PValue:0.0000}"), !test.FirstIsWorse));
            return evidence with { ChampionPackage = package.Digest.ToString(), Against = test };
        }) ?? evidence;
    }

    // One prediction after another as a client would send them, on a picture of the test set, or the one that the golden answer is for.
    private static double Latency(Predictor predictor, Package package, GatePolicy policy, SakiHome home, TimeProvider time, CancellationToken cancel)
    {
        var picture = Picture(predictor, package.Golden, policy, home);
        for (var i = 0; i < WarmUps; i++) predictor.Predict(picture, cancellation: cancel);
        var (began, taken) = (time.GetTimestamp(), new List<double>());
        while (taken.Count < Runs && (taken.Count < FewestRuns || time.GetElapsedTime(began) < LatencyPatience))
        {
            var start = time.GetTimestamp();
            predictor.Predict(picture, cancellation: cancel);
            taken.Add(time.GetElapsedTime(start).TotalMilliseconds);
        }
        taken.Sort();
        return taken[taken.Count / 2];
    }

    private static byte[] Picture(Predictor predictor, GoldenSample golden, GatePolicy policy, SakiHome home)
    {
        if (policy.Data is null) return Png.Encode(GoldenSample.Draw(golden.Seed, golden.Width, golden.Height, 3), golden.Width, golden.Height);
        using var samples = LabelledSamples.Open(DatasetReference.Parse(policy.Data), home, predictor.Pipeline.Labels);
        return samples.Samples.First().Read();
    }

    private static Package OpenPackage(string? folder) => folder is not null && Directory.Exists(folder) ? Package.Open(folder)
        : throw new SakiException("Opening the package", "a package among this server's artifacts", "no such folder");

    private static T? Try<T>(List<GateLine> lines, string check, string expected, Func<T> work) where T : class
    {
        try
        {
            return work();
        }
        catch (SakiException failure)
        {
            lines.Add(new GateLine(check, $"{expected}: {failure.Expected}", failure.Got, false));
            return null;
        }
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.0#} %");

    private static string Number(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);
}

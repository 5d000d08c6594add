using System.Diagnostics;
using System.Globalization;
using Saki.Datasets;
using Saki.Labelling;
using Saki.Labelling.Sampling;
using Saki.Torch;
using Saki.Torch.Nn;
using Saki.Torch.Optim;

namespace Saki.Bench;

/// <summary>
/// What an order of labelling gains over chance: <c>active-learning POOL TEST [SEEDS] [STRATEGY…]</c>, archives of CIFAR-10. From the same first 250 labels each strategy
/// asks for the next ones, round by round, with the code that the labelling queue uses; the network is trained anew after each round. Prints accuracies, then for accuracies of
/// the random control how many labels each strategy needs for the same.
/// </summary>
/// <remarks>The network is small so that many of them train in minutes: a frozen layer of whitened patches (Coates and Ng, 2012), as airbench's first, and a trained linear layer.</remarks>
internal static class ActiveLearningBench
{
    private static readonly int[] Rounds = [250, 500, 750, 1000, 1500, 2000, 2500, 3000, 4000];

    public static void Run(string[] args)
    {
        var seeds = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 3;
        var strategies = args.Length > 3 ? args[3..].Select(StrategyNames.Parse).ToArray() : [SamplingStrategy.Margin, SamplingStrategy.Entropy, SamplingStrategy.KCentre];
        torch.set_num_threads(2);
        var started = Stopwatch.GetTimestamp();
        var (pool, test) = (Pictures.Read(args[0], 10_000), Pictures.Read(args[1], 5_000));
        using var layer = PatchLayer.Of(pool, new SeededRandom(1));
        var (poolFeatures, testFeatures) = (layer.Apply(pool), layer.Apply(test));
        Standardize(poolFeatures, testFeatures);
        Console.Error.WriteLine($"features after {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");
        var curves = new Dictionary<SamplingStrategy, List<CurvePoint[]>>();
        for (var seed = 0; seed < seeds; seed++)
        {
            foreach (var strategy in strategies.Prepend(SamplingStrategy.Random))
            {
                var curve = Curve(strategy, (ulong)seed, poolFeatures, pool.Labels, testFeatures, test.Labels);
                if (!curves.TryGetValue(strategy, out var all)) curves.Add(strategy, all = []);
                all.Add(curve);
                foreach (var point in curve)
                    Console.WriteLine($"{{\"strategy\": \"{strategy.Name()}\", \"seed\": {seed}, \"labels\": {point.Labels}, \"accuracy\": {point.Accuracy.ToString("0.0000", CultureInfo.InvariantCulture)}}}");
            }
            Console.Error.WriteLine($"seed {seed} after {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");
        }
        Compare(curves);
    }

    private static CurvePoint[] Curve(SamplingStrategy strategy, ulong seed, float[][] pool, int[] labels, float[][] test, int[] testLabels)
    {
        var random = new SeededRandom(seed);
        var order = Enumerable.Range(0, pool.Length).ToArray();
        random.Shuffle<int>(order); // the same first labels for every strategy of this seed
        var known = order[..Rounds[0]].ToList();
        var points = new List<CurvePoint>();
        Head? head = null;
        foreach (var round in Rounds)
        {
            if (head is not null) known.AddRange(Choose(strategy, head, pool, known, round - known.Count, random));
            head = Head.Trained(pool, labels, known, seed);
            points.Add(new CurvePoint(round, head.Accuracy(test, testLabels)));
        }
        return [.. points];
    }

    private static IEnumerable<int> Choose(SamplingStrategy strategy, Head head, float[][] pool, List<int> known, int count, SeededRandom random)
    {
        var taken = known.ToHashSet();
        int[] left = [.. Enumerable.Range(0, pool.Length).Where(i => !taken.Contains(i))];
        if (strategy == SamplingStrategy.KCentre)
        {
            // In the space of the class scores: the layer below never learns, so its distances would say nothing of what is known.
            var centres = KCentre.Choose([.. left.Select(i => head.Scores(pool[i]))], count, [.. known.Select(i => head.Scores(pool[i]))]);
            return [.. centres.Select(centre => left[centre.Index])];
        }
        var candidates = new Candidates { Count = left.Length, Probabilities = [.. left.Select(i => head.Probabilities(pool[i]))] };
        return [.. Ranking.Of(candidates, strategy, random).Take(count).Select(ranked => left[ranked.Index])];
    }

    private static void Compare(Dictionary<SamplingStrategy, List<CurvePoint[]>> curves)
    {
        var mean = curves.ToDictionary(pair => pair.Key, pair => Rounds.Select((round, i) => new CurvePoint(round, pair.Value.Average(curve => curve[i].Accuracy))).ToArray());
        foreach (var round in Rounds.Index())
        {
            var cells = curves.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key.Name()} {100 * mean[pair.Key][round.Index].Accuracy:0.0} ± {100 * Deviation([.. pair.Value.Select(curve => curve[round.Index].Accuracy)]):0.0}"));
            Console.Error.WriteLine($"{round.Item,5} labels: {string.Join(", ", cells)}");
        }
        foreach (var point in mean[SamplingStrategy.Random].Where(point => point.Labels >= 1000))
        {
            foreach (var (strategy, curve) in mean.Where(pair => pair.Key != SamplingStrategy.Random))
            {
                var needed = LabelCurve.LabelsFor(curve, point.Accuracy);
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{100 * point.Accuracy:0.0} %: random {point.Labels}, {strategy.Name()} {(needed is { } labels ? $"{labels:0} ({100 * ((labels / point.Labels) - 1):+0.0;-0.0} %)" : "more than were asked")}"));
            }
        }
    }

    private static double Deviation(double[] values)
    {
        var mean = values.Average();
        return values.Length < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }

    // By the pool's mean and deviation of each feature; the test set follows.
    private static void Standardize(float[][] pool, float[][] test)
    {
        for (var d = 0; d < pool[0].Length; d++)
        {
            var mean = pool.Average(row => (double)row[d]);
            var scale = 1 / Math.Sqrt(pool.Average(row => (row[d] - mean) * (row[d] - mean)) + 1e-8);
            foreach (var row in pool.Concat(test)) row[d] = (float)((row[d] - mean) * scale);
        }
    }

    /// <summary>The trained layer: logistic regression.</summary>
    private sealed class Head
    {
        private const int Batch = 50, Steps = 1500;
        private readonly float[] _weights, _bias;
        private readonly int _size;

        private Head(float[] weights, float[] bias) => (_weights, _bias, _size) = (weights, bias, weights.Length / bias.Length);

        public static Head Trained(float[][] pool, int[] labels, List<int> known, ulong seed)
        {
            torch.manual_seed(seed);
            var size = pool[0].Length;
            using var layer = new Linear(size, 10);
            using var optimizer = new Adam(layer.parameters(), 1e-3, weight_decay: 3e-2);
            using var rows = torch.tensor(known.SelectMany(i => pool[i]).ToArray(), known.Count, size);
            using var targets = torch.tensor(known.Select(i => (long)labels[i]).ToArray(), known.Count);
            var random = new SeededRandom(seed);
            for (var step = 0; step < Steps; step++)
            {
                using var scope = torch.NewDisposeScope();
                var batch = torch.tensor(Enumerable.Range(0, Batch).Select(_ => (long)random.Next(known.Count)).ToArray(), Batch);
                optimizer.zero_grad();
                functional.cross_entropy(layer.forward(rows.index_select(0, batch)), targets.index_select(0, batch)).backward();
                optimizer.step();
            }
            using var weight = layer.parameters()[0].detach();
            using var bias = layer.parameters()[1].detach();
            return new Head(weight.data<float>().ToArray(), bias.data<float>().ToArray());
        }

        public float[] Scores(float[] row)
        {
            var scores = new float[_bias.Length];
            for (var c = 0; c < scores.Length; c++)
            {
                var sum = _bias[c];
                for (var d = 0; d < _size; d++) sum += _weights[(c * _size) + d] * row[d];
                scores[c] = sum;
            }
            return scores;
        }

        public float[] Probabilities(float[] row)
        {
            var scores = Scores(row);
            var most = scores.Max();
            var sum = scores.Sum(score => Math.Exp(score - most));
            return [.. scores.Select(score => (float)(Math.Exp(score - most) / sum))];
        }

        public double Accuracy(float[][] rows, int[] labels) => rows.Zip(labels).Count(pair => Scores(pair.First).Index().MaxBy(score => score.Item).Index == pair.Second) / (double)rows.Length;
    }
}

using Saki.Datasets;
using Saki.Server.Tests.Tracking;
using Saki.Vision;

namespace Saki.Server.Tests.Registry.Gates;

/// <summary>
/// Two real packages: softmax regression trained on drawn stripes, and one of random weights; and the frozen test set that both are asked about.
/// Made once; a server gets the data imported and the packages uploaded through its own routes.
/// </summary>
internal static class GatedModels
{
    public const string Trained = "trained", Random = "random";

    private static readonly Lazy<float[]> Learned = new(Train);
    private static readonly Lazy<string> Packages = new(Make);

    /// <summary>The weights of <see cref="Trained"/>.</summary>
    public static float[] Weights => Learned.Value;

    /// <summary>The classes of the stripes.</summary>
    public static IReadOnlyList<string> Classes => Stripes.Names;

    /// <summary>The folder of a package.</summary>
    public static string Folder(string package) => Path.Combine(Packages.Value, package);

    /// <summary>Imports the stripes and gives the frozen reference of their test split.</summary>
    public static string ImportStripes(SakiHome home)
    {
        using var store = new DatasetStore(home);
        var version = new DatasetImport(store, TimeProvider.System, _ => null).Run(new Stripes(), "stripes").Version;
        return $"stripes@{version.Digest.Short}:test";
    }

    /// <summary>A picture of a class, as those of the data set.</summary>
    /// <param name="random">Draws the noise.</param>
    /// <param name="label">0 to 2: brighter on the left, in the middle, on the right.</param>
    /// <param name="dark">The darkest value; 0 in the data set.</param>
    public static byte[] Picture(SeededRandom random, int label, int dark = 0) => Png.Encode(Pixels(random, label, dark), 8, 8);

    private static byte[] Pixels(SeededRandom random, int label, int dark) =>
        [.. Enumerable.Range(0, TestModel.Inputs).Select(p => (byte)(dark + random.Next(230 - dark) + (p % 24 / 8 == label ? 22 : 0)))];

    /// <summary>Uploads a package and registers it as the next version of <c>m</c>.</summary>
    public static async Task RegisterAsync(this MlflowServer server, string package, Func<string, byte[], byte[]>? change = null)
    {
        var place = Guid.CreateVersion7().ToString("N");
        foreach (var file in Directory.GetFiles(Folder(package)))
        {
            var (name, content) = (Path.GetFileName(file), await File.ReadAllBytesAsync(file));
            using var reply = await server.Client.PutAsync($"/api/2.0/mlflow-artifacts/artifacts/{place}/{name}", new ByteArrayContent(change?.Invoke(name, content) ?? content));
            reply.EnsureSuccessStatusCode();
        }
        await server.PostAsync("model-versions/create", $$"""{"name":"m","source":"mlflow-artifacts:/{{place}}"}""");
    }

    private static string Make()
    {
        var folder = Directory.CreateTempSubdirectory("saki-gate-tests-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        TestModel.Package(Stripes.Names, Weights, Path.Combine(folder, Trained));
        TestModel.Package(Stripes.Names, TestModel.RandomWeights(Stripes.Names.Count, seed: 7), Path.Combine(folder, Random));
        return folder;
    }

    private static float[] Train()
    {
        const int Steps = 300;
        const float Rate = 0.5f;
        var classes = Stripes.Names.Count;
        var preprocessor = new Preprocessor(TestModel.PipelineOf(Stripes.Names));
        var samples = new Stripes().Read().Where(picture => picture.Split == Split.Train).Select(picture => (Row: Row(preprocessor, picture), picture.Label)).ToArray();
        var weights = new float[TestModel.Inputs * classes];
        for (var step = 0; step < Steps; step++)
        {
            var gradient = new float[weights.Length];
            foreach (var (row, label) in samples) Add(gradient, weights, row, label, classes);
            for (var i = 0; i < weights.Length; i++) weights[i] -= Rate * gradient[i] / samples.Length;
        }
        return weights;
    }

    private static void Add(float[] gradient, float[] weights, float[] row, int label, int classes)
    {
        var logits = new float[classes];
        for (var i = 0; i < row.Length; i++)
            for (var c = 0; c < classes; c++) logits[c] += row[i] * weights[(i * classes) + c];
        var most = logits.Max();
        var sum = logits.Sum(logit => MathF.Exp(logit - most));
        for (var c = 0; c < classes; c++) logits[c] = (MathF.Exp(logits[c] - most) / sum) - (c == label ? 1 : 0);
        for (var i = 0; i < row.Length; i++)
            for (var c = 0; c < classes; c++) gradient[(i * classes) + c] += row[i] * logits[c];
    }

    private static float[] Row(Preprocessor preprocessor, SourceImage picture)
    {
        var row = new float[TestModel.Inputs];
        using var image = ImageDecoder.Decode(picture.Content.Span, preprocessor.Decode);
        preprocessor.Run(image, row);
        return row;
    }

    /// <summary>8x8 pictures, brighter on the left, in the middle or on the right, under so much noise that a few are told wrongly.</summary>
    private sealed class Stripes : IDatasetReader
    {
        public static readonly IReadOnlyList<string> Names = ["left", "middle", "right"];

        public string Format => "drawn";

        public string Source => "drawn by a test";

        public IReadOnlyList<string> Classes => Names;

        public long? ExpectedCount => 390;

        public IEnumerable<SourceImage> Read()
        {
            var random = new SeededRandom(11);
            for (var i = 0; i < ExpectedCount; i++)
            {
                var label = i % 3;
                var split = i < 240 ? Split.Train : Split.Test;
                yield return new SourceImage($"{split.Name()}/{Names[label]}/{i:d4}.ppm", label, split, Pnm.Rgb(Pixels(random, label, dark: 0), 8, 8));
            }
        }
    }
}

using Saki.Datasets;
using Saki.Torch.Networks;
using Saki.Torch.Training;

namespace Saki.Torch.Tests.Training;

/// <summary>A data set small enough to train on in a test: 16x16 grey pictures, bright on the left, on the right, or in the middle, with noise.</summary>
internal sealed class TinyData : IDisposable
{
    internal TinyData(int count = 120, bool withVal = false)
    {
        Home = new SakiHome(Directory.CreateTempSubdirectory("saki-train").FullName);
        Store = new DatasetStore(Home);
        Version = new DatasetImport(Store, TimeProvider.System, _ => null).Run(new Drawn(count, withVal), "tiny").Version;
    }

    internal SakiHome Home { get; }

    internal DatasetStore Store { get; }

    internal DatasetVersion Version { get; }

    internal TrainRequest Request(TrainOptions options, string run, bool resume = false) => new()
    {
        Options = options,
        Config = "test",
        Dataset = Version,
        Objects = Store.Objects,
        Home = Home,
        RunId = run,
        RunFolder = Path.Combine(Home.Runs, run),
        Resume = resume,
    };

    internal static TrainOptions Options(int epochs = 3) => new()
    {
        Seed = 7,
        Dataset = new DatasetOptions { Name = "tiny", Width = 16, Height = 16 },
        Network = new NetworkOptions { Options = new EmotionCnnOptions { Channels = [8, 16], Convolutions = [1, 1], Dropout = 0.2 } },
        Augment = new AugmentOptions { RandomCrop = new RandomCropOptions { Padding = 1 } },
        Optimizer = new OptimizerOptions { Lr = 0.05 },
        Trainer = new TrainerOptions { Epochs = epochs, BatchSize = 16, Threads = 1 },
    };

    public void Dispose()
    {
        Store.Dispose();
        Directory.Delete(Home.Root, recursive: true);
    }

    private sealed class Drawn(int count, bool withVal) : IDatasetReader
    {
        public string Format => "drawn";

        public string Source => "drawn by a test";

        public IReadOnlyList<string> Classes { get; } = ["left", "middle", "right"];

        public long? ExpectedCount => count;

        public IEnumerable<SourceImage> Read()
        {
            var random = new SeededRandom(11);
            for (var i = 0; i < count; i++)
            {
                var label = i % 3;
                var picture = "P5\n16 16\n255\n"u8.ToArray().Concat(Enumerable.Range(0, 256)
                    .Select(p => (byte)(random.Next(100) + ((p % 16) / 6 == label ? 100 : 0)))).ToArray();
                var split = withVal && i % 5 == 0 ? Split.Val : Split.Train;
                yield return new SourceImage($"{split.Name()}/{Classes[label]}/{i:d4}.pgm", label, split, picture);
            }
        }
    }
}

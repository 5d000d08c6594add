using System.Buffers.Binary;
using Saki.Datasets;
using Saki.Testing;

namespace Saki.Tests.Datasets;

public sealed class IdxReaderTests : IDisposable
{
    private readonly Importing _import = new();

    public void Dispose() => _import.Dispose();

    private string Pair(string stem, byte[] labels, int? images = null, int more = 0)
    {
        _import.Folder.Write($"idx/{stem}-labels-idx1-ubyte", [.. Numbers(0x801, labels.Length), .. labels]);
        var count = images ?? labels.Length;
        return _import.Folder.Write($"idx/{stem}-images-idx3-ubyte", [.. Numbers(0x803, count, 2, 3), .. Enumerable.Range(0, (6 * count) + more).Select(i => (byte)i)]);
    }

    private static byte[] Numbers(params int[] numbers)
    {
        var bytes = new byte[4 * numbers.Length];
        for (var i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 * i), numbers[i]);
        return bytes;
    }

    private string Refused(string path) => Assert.Throws<SakiException>(() => _import.Run(path)).Message;

    [Fact]
    public void A_folder_of_two_pairs_gives_train_and_test()
    {
        Pair("train", [0, 1, 2]);
        Pair("t10k", [2, 2]);

        var version = _import.Run(_import.Folder.At("idx")).Version;

        Assert.Equal(["0", "1", "2"], version.Classes);
        Assert.Equal(["test/2/t10k_000000.pgm", "test/2/t10k_000001.pgm", "train/0/train_000000.pgm", "train/1/train_000001.pgm", "train/2/train_000002.pgm"], version.Samples.Select(sample => sample.Path));
        Assert.Equal(Pnm.Grey([6, 7, 8, 9, 10, 11], 3, 2), _import.Store.Read(version.Samples[3]));
    }

    [Fact]
    public void Another_count_of_labels_than_of_images_is_refused() => Assert.Contains("as many images as labels (3), got 2", Refused(Pair("train", [0, 1, 1], images: 2)));

    [Fact]
    public void Bytes_behind_the_last_image_are_refused() => Assert.Contains("more bytes behind them", Refused(Pair("train", [0, 1], more: 1)));

    [Fact]
    public void A_file_cut_short_is_refused() => Assert.Contains("an earlier end", Refused(Pair("train", [0, 1], more: -1)));

    [Fact]
    public void Images_without_their_labels_are_refused()
    {
        var path = Pair("train", [0, 1]);
        File.Delete(_import.Folder.At("idx/train-labels-idx1-ubyte"));

        Assert.Contains("train-labels-idx1-ubyte beside it", Refused(path));
    }

    // shared/data/README.md: "10,000 digits; per class 980, 1135, …"
    [SharedDataFact]
    public void Mnist_has_the_official_counts()
    {
        var version = _import.Run(SharedData.At("mnist/t10k-images-idx3-ubyte.gz")).Version;
        Assert.Equal([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009], version.Summary.Counts[(int)Split.Test]);
    }

    [SharedDataFact]
    public void Fashion_mnist_has_1000_test_images_of_each_class()
    {
        var version = _import.Run(SharedData.At("fashion-mnist")).Version;
        Assert.All(version.Summary.Counts[(int)Split.Test], count => Assert.Equal(1000, count));
        Assert.Equal(5000, version.Summary.Count(Split.Train));
    }
}

using System.IO.Compression;
using Saki.Datasets;
using Saki.Testing;

namespace Saki.Tests.Datasets;

/// <summary>Counts are those of shared/data/README.md, which were taken from the official files.</summary>
public sealed class RealDataTests : IDisposable
{
    private readonly Importing _import = new();

    public void Dispose() => _import.Dispose();

    [SharedDataFact]
    public void Fer2013_publictest_has_the_official_counts_and_pixels()
    {
        var result = _import.Run(SharedData.At("fer2013/publictest.csv.bz2"), "fer");

        Assert.Equal(["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"], result.Version.Classes);
        Assert.Equal([467, 56, 496, 895, 653, 415, 607], result.Version.Summary.Counts[(int)Split.Val]);
        Assert.Equal(3589, result.Version.Summary.Total);
        // bzcat publictest.csv.bz2 | sed -n 2p: "0,254 254 254 254 254 249 255 160 2 58 ..."
        var first = _import.Store.Read(result.Version.Samples.Single(sample => sample.Path == "val/angry/00000000.pgm"));
        Assert.Equal("P5\n48 48\n255\n"u8.ToArray(), first[..13]);
        Assert.Equal([254, 254, 254, 254, 254, 249, 255, 160, 2, 58], first[13..23]);
        Assert.Equal(13 + 2304, first.Length);
    }

    [SharedDataFact]
    public void Fer2013_privatetest_a_is_gzip_and_the_test_split()
    {
        var version = _import.Run(SharedData.At("fer2013/privatetest_a.csv.gz"), "fer").Version;

        Assert.Equal([246, 28, 264, 440, 297, 208, 313], version.Summary.Counts[(int)Split.Test]);
        Assert.Equal(1796, version.Of(Split.Test).Length);
    }

    [SharedDataFact]
    public void Cifar10_test_a_has_500_images_of_each_class()
    {
        var version = _import.Run(SharedData.At("cifar10/cifar-10-binary-test_a.tar.bz2"), "cifar").Version;

        Assert.Equal(["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"], version.Classes);
        Assert.All(version.Summary.Counts[(int)Split.Test], count => Assert.Equal(500, count));
    }

    [SharedDataFact]
    public void Cifar10_batch_1_has_the_official_counts_and_the_pixels_of_the_publishers_png_files()
    {
        var version = _import.Run(SharedData.At("cifar10/cifar-10-binary-batch1.tar.bz2"), "cifar").Version;

        Assert.Equal([1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981], version.Summary.Counts[(int)Split.Train]);
        // Record 0 is a frog. `bzip2 -dc … | tar xO cifar-10-batches-bin/data_batch_1.bin | head -c 3073 | od -An -tu1 -v`, bytes 1, 1025, 2049 and 2, 1026, 2050.
        var first = _import.Store.Read(version.Samples.Single(sample => sample.Path == "train/frog/data_batch_1_00000.ppm"));
        Assert.Equal([59, 62, 63, 43, 46, 45], first[13..19]);
    }

    [SharedDataFact]
    public void An_image_folder_with_train_and_test_is_read_and_a_second_import_stores_nothing()
    {
        ZipFile.ExtractToDirectory(SharedData.At("fer2013/imagefolder_sample.zip"), _import.Folder.At("faces"));

        var first = _import.Run(_import.Folder.At("faces"), "faces");
        var before = _import.HomeBytes;
        var second = _import.Run(_import.Folder.At("faces"), "faces");

        Assert.Equal(["angry", "disgusted", "fearful", "happy", "neutral", "sad", "surprised"], first.Version.Classes);
        Assert.All(first.Version.Summary.Counts[(int)Split.Train], count => Assert.Equal(40, count));
        Assert.All(first.Version.Summary.Counts[(int)Split.Test], count => Assert.Equal(15, count));
        Assert.True(first.IsNew);
        Assert.False(second.IsNew);
        Assert.Equal(first.Version.Digest, second.Version.Digest);
        Assert.Equal((0, 0L), (second.NewObjects, second.NewBytes));
        Assert.Equal(before, _import.HomeBytes);
    }
}

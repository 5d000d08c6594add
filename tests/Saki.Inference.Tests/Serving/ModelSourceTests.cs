using System.IO.Compression;
using Saki.Inference.Serving;
using Saki.Testing;

namespace Saki.Inference.Tests.Serving;

public sealed class ModelSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("saki-source-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SharedDataFact]
    public void Both_archives_of_TorchServes_own_archiver_open_with_version_labels_and_size()
    {
        var source = new ModelSource(_folder);
        foreach (var (archive, version, labels) in new[] { ("mnist.mar", "1.0", "zero one two"), ("mnist_tgz.tar.gz", "3", "0 1 2") })
        {
            var plan = source.Open(SharedData.At($"../torchserve/{archive}")).Single();
            Assert.Equal(version, plan.Version);
            Assert.StartsWith("mnist", plan.Name, StringComparison.Ordinal);
            Assert.Equal(labels.Split(' '), plan.Pipeline!.Labels.Take(3)); // the second has no index_to_name.json
            Assert.Equal(28, plan.Pipeline.Input.Width);
        }
    }

    [Theory]
    [InlineData("../x.onnx")]
    [InlineData("/abs.onnx")]
    [InlineData("a/../../b.onnx")]
    [InlineData("C:\\x.onnx")]
    [InlineData("..\\x.onnx")]
    [InlineData("con.onnx")]
    [InlineData("trailing./x")]
    public void An_archive_with_a_name_that_leaves_it_is_refused_whole(string name)
    {
        var mar = Zip(("good.onnx", 10), (name, 10));
        Assert.Throws<SakiException>(() => new ModelSource(_folder).Open(mar));
        Assert.Equal([Path.GetFileName(mar)], Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    [Fact]
    public void Names_twice_links_and_bombs_are_refused()
    {
        Assert.Throws<SakiException>(() => new ModelSource(_folder).Open(Zip(("a", 1), ("A", 1))));
        Assert.Throws<SakiException>(() => new ModelSource(_folder).Open(Zip(("bomb", 60_000_000))));
        var link = Path.Combine(_folder, "link.mar");
        using (var zip = ZipFile.Open(link, ZipArchiveMode.Create)) zip.CreateEntry("model.onnx").ExternalAttributes = unchecked((int)0xA1FF0000);
        Assert.Throws<SakiException>(() => new ModelSource(_folder).Open(link));
    }

    [Fact]
    public void Encrypted_entries_and_files_that_are_folders_too_are_refused()
    {
        var locked = Zip(("model.onnx", 1));
        var bytes = File.ReadAllBytes(locked);
        bytes[6] |= 1; // the flag of the local header, and below that of the directory
        bytes[bytes.AsSpan().IndexOf("PK\u0001\u0002"u8) + 8] |= 1;
        File.WriteAllBytes(locked, bytes);
        Assert.Contains("encrypted", Assert.Throws<SakiException>(() => new ModelSource(_folder).Open(locked)).Message, StringComparison.Ordinal);
        Assert.Throws<SakiException>(() => new ModelSource(_folder).Open(Zip(("a", 1), ("a/b", 1))));
        Assert.Throws<SakiException>(() => new ModelSource(_folder).Open(Zip(("a/b", 1), ("a/./b", 1))));
    }

    [Theory]
    [InlineData("{\"model\":{\"modelName\":\"m\",\"serializedFile\":\"m.pt\",\"handler\":\"image_classifier\"}}", "ONNX")]
    [InlineData("{\"model\":{\"modelName\":\"m\",\"handler\":\"h.py\"}}", "ONNX")]
    [InlineData("{\"model\":{\"modelName\":\"m\",\"serializedFile\":\"m.onnx\",\"handler\":\"evil.py\"}}", "handler")]
    [InlineData("{\"model\":{\"modelName\":\"../m\",\"serializedFile\":\"m.onnx\"}}", "name")]
    [InlineData("not json", "JSON")]
    public void An_archive_that_would_need_Python_is_refused_clearly(string manifest, string says)
    {
        var archive = Path.Combine(_folder, "x.mar");
        using (var zip = ZipFile.Open(archive, ZipArchiveMode.Create))
        {
            using (var model = zip.CreateEntry("m.onnx").Open()) model.Write(TestFiles.AddOne());
            using var writer = new StreamWriter(zip.CreateEntry("MAR-INF/MANIFEST.json").Open());
            writer.Write(manifest);
        }
        Assert.Contains(says, Assert.Throws<SakiException>(() => new ModelSource(_folder).Open(archive)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_config_in_Tritons_form_sets_batch_queue_delay_versions_and_labels()
    {
        foreach (var version in new[] { "1", "2", "7" }) Model($"m/{version}");
        File.WriteAllText(Path.Combine(_folder, "m", "labels.txt"), "cat\ndog\n");
        File.WriteAllText(Path.Combine(_folder, "m", "config.pbtxt"), """
            name: "animals" # a comment
            backend: "onnxruntime"
            max_batch_size: 12
            input [ { name: "x", data_type: TYPE_FP32, dims: [ 4 ] } ]
            output [ { name: "y" data_type: TYPE_FP32 dims: [ 4 ] label_filename: "labels.txt" } ]
            instance_group [ { count: 2 kind: KIND_CPU }, { count: 1 kind: KIND_GPU gpus: [ 0 ] } ]
            parameters { key: "other" value: { string_value: "x" } }
            parameters { key: "intra_op_thread_count" value: { string_value: "4" } }
            dynamic_batching { max_queue_delay_microseconds: 700 default_queue_policy { max_queue_size: 9 } }
            version_policy: { specific: { versions: [ 1, 7 ] } }
            """);
        var plans = new ModelSource(_folder).Open(Path.Combine(_folder, "m"));
        Assert.Equal(["1", "7"], plans.Select(plan => plan.Version));
        var settings = plans[0].Settings;
        Assert.Equal(("animals", 12, 9, 700), (plans[0].Name, settings.MaxBatch, settings.MaxQueued, settings.DelayMicroseconds));
        Assert.Equal(["cat", "dog"], settings.Labels);
        Assert.Equal((3, 4), (settings.Instances, settings.Threads));
        Assert.Contains("processor", plans[0].Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("max_batch_size: -1")]
    [InlineData("max_batch_size: 99999999999")]
    [InlineData("backend: \"python\"")]
    [InlineData("instance_group [ { count: many } ]")]
    [InlineData("dynamic_batching {")]
    [InlineData("name: \"open")]
    [InlineData("{{{{")]
    public void A_config_that_cannot_be_right_is_refused(string config)
    {
        Model("m/1");
        File.WriteAllText(Path.Combine(_folder, "m", "config.pbtxt"), config);
        Assert.Throws<SakiException>(() => new ModelSource(_folder).Open(Path.Combine(_folder, "m")));
    }

    private void Model(string version)
    {
        Directory.CreateDirectory(Path.Combine(_folder, version));
        File.WriteAllBytes(Path.Combine(_folder, version, "model.onnx"), TestFiles.AddOne());
    }

    private string Zip(params (string Name, int Bytes)[] entries)
    {
        var path = Path.Combine(_folder, $"{Guid.CreateVersion7():N}.mar");
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, bytes) in entries)
        {
            using var content = zip.CreateEntry(name).Open();
            content.Write(new byte[bytes]);
        }
        return path;
    }
}

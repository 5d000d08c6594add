using System.Text;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Serving;
using Saki.Testing;

namespace Saki.Inference.Tests.Serving;

/// <summary>Files that somebody brings: opened or refused with a sentence that names nothing of this machine, in bounded memory; nothing is written outside the cache.</summary>
public sealed class SourceFuzzTests
{
    private const long MostBytesForEach = 64 << 20;

    [Fact]
    public void Triton_configs_are_read_or_refused() => Try("config", 20_000, (_, bytes) => TritonConfig.Parse(Encoding.UTF8.GetString(bytes)));

    [Fact]
    public void Manifests_of_archives_are_read_or_refused() => Try("manifest", 800, (folder, bytes) =>
    {
        var archive = folder.At("archive");
        if (!Directory.Exists(archive)) folder.Write("archive/model.onnx", TestFiles.AddOne());
        folder.Write("archive/MAR-INF/MANIFEST.json", bytes);
        folder.Write("archive/index_to_name.json", bytes);
        new ModelSource(folder.At("cache")).Open(archive);
    });

    [Theory]
    [InlineData("zip", "fuzz.mar", 500)]
    [InlineData("zip", "fuzz.saki.zip", 200)]
    [InlineData("tar", "fuzz.tar.gz", 300)]
    public void Archives_are_unpacked_or_refused(string corpus, string name, int rounds) => Try(corpus, rounds, (folder, bytes) =>
    {
        var file = folder.Write($"in/{name}", bytes);
        try
        {
            new ModelSource(folder.At("cache")).Open(file);
        }
        finally
        {
            Assert.Equal([folder.At("in")], Directory.GetDirectories(folder.Root).Where(path => Path.GetFileName(path) != "cache"));
            Assert.Equal([file], Directory.GetFileSystemEntries(folder.At("in")));
        }
    });

    /// <summary>Our own walk over a model's wire format, which runs before the engine sees it. The engine itself is tried in a process of its own (ModelProbeTests).</summary>
    [Fact]
    public void Models_are_walked_or_refused() => Try("onnx", 20_000, (folder, bytes) => ExternalData.Check(bytes, folder.Root));

    private static void Try(string corpus, int rounds, Action<TemporaryFolder, byte[]> read)
    {
        using var folder = new TemporaryFolder();
        var fuzz = new Fuzz(corpus);
        foreach (var (_, seed) in fuzz.Seeds) Once(seed);
        for (var round = Fuzz.Rounds(rounds); round > 0; round--) Once(fuzz.Next().Body);

        void Once(byte[] bytes)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(folder, bytes);
            }
            catch (SakiException refused)
            {
                Assert.DoesNotContain(folder.Root, refused.Message, StringComparison.Ordinal);
                Assert.DoesNotContain("System.", refused.Message, StringComparison.Ordinal);
            }
            catch (Exception fault)
            {
                Assert.Fail($"{fault} for {Fuzz.Describe([], bytes)}");
            }
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MostBytesForEach, $"much memory for {Fuzz.Describe([], bytes)}");
        }
    }
}

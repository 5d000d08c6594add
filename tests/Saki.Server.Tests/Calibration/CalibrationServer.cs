using System.IO.Compression;
using System.Net;
using System.Text.Json;
using Saki.Calibration;
using Saki.Datasets;
using Saki.Inference;
using Saki.Inference.Serving;
using Saki.Onnx;
using Saki.Server.Tests.Jobs;
using Saki.Storage;
using Saki.Testing;
using Saki.Tracking;

namespace Saki.Server.Tests.Calibration;

/// <summary>
/// A server whose model was trained here as far as anyone can tell: run, checkpoint folder and data set are there. Its jobs are real processes; what stands for the minutes of training in
/// them is a package made beforehand, so that these tests are about everything around it. The training itself is tested in Saki.Cli.Tests.
/// </summary>
internal sealed class CalibrationServer : IAsyncDisposable
{
    private readonly TemporaryFolder _made;
    private readonly ModelRepository _models;
    private readonly JobsServer _server;

    private CalibrationServer(TemporaryFolder made, ModelRepository models, JobsServer server) => (_made, _models, _server) = (made, models, server);

    public static readonly string[] Labels = ["calm", "glad", "sad"];

    public Uri Address => _server.Address;

    public HttpClient Client => _server.Client;

    public SakiHome Home => _server.Home;

    /// <summary>The version of the calibrated package.</summary>
    public string Version { get; private init; } = "";

    public static async Task<CalibrationServer> StartAsync()
    {
        var made = new TemporaryFolder();
        var models = new ModelRepository(new RepositoryOptions { Cache = made.At("cache") });
        var script = made.At("saki.sh");
        var server = await JobsServer.StartAsync(options => options with { Saki = ["/bin/sh", script] }, models);
        var run = Trained(server.Home);
        Package(made.At("base"), seed: 7, run);
        Package(made.At("better"), seed: 8, run);
        await models.LoadAsync(models.Open(made.At("base"))[0]);
        var version = Pipelines.Package.Open(made.At("better")).Version;
        made.Write("saki.sh", $"""
            out=
            while [ $# -gt 0 ]; do case "$1" in --out) out="$2"; shift;; esac; shift; done
            while [ -e '{made.At("hold")}' ]; do sleep 0.05; done
            cp -r '{made.At("better")}' "$out/package"
            cat '{made.At("report.json")}'
            """);
        var calibrated = new CalibrationServer(made, models, server) { Version = version };
        calibrated.Says(after: 6);
        return calibrated;
    }

    /// <summary>What the next jobs report: right answers on eight held-back pictures, of which three were right before.</summary>
    public void Says(int after)
    {
        var report = new CalibrationReport
        {
            Model = "linear",
            Base = Pipelines.Package.Open(_made.At("base")).Digest.ToString(),
            Package = Pipelines.Package.Open(_made.At("better")).Digest.ToString(),
            Folder = "/",
            Pictures = 24,
            Learned = 16,
            Rehearsed = 100,
            You = new BeforeAfter(8, 3, after, 0.2),
            All = new BeforeAfter(200, 150, 149, 1),
            Test = "faces:test",
        };
        _made.Write("report.json", JsonSerializer.Serialize(CalibrationGate.Judge(report, new CalibrationPolicy()), CalibrationJson.Default.CalibrationReport));
    }

    /// <summary>Makes jobs wait until the answer is disposed.</summary>
    public IDisposable Hold()
    {
        _made.Write("hold", "");
        return new Held(_made.At("hold"));
    }

    /// <summary>A zip of drawn faces, eight of each class.</summary>
    public static byte[] Zip(params (string Name, byte[] Content)[] more)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in Labels.SelectMany((label, i) => Enumerable.Range(0, 8).Select(n => ($"{label}/{n}.png", Face((100 * i) + n)))).Concat(more))
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
        }
        return stream.ToArray();
    }

    public static byte[] Face(int number) => Vision.Png.Encode(Datasets.Emotions.EmotionFaces.Draw(new SeededRandom((ulong)number), Datasets.Emotions.Emotion.Happy, 48), 48, 48);

    /// <summary>Who answers requests with this key.</summary>
    public async Task<string> ServedByAsync(string? user)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/invocations{(user is null ? "" : $"?id={user}")}")
        {
            Content = new StringContent($$"""{"instances":[{"b64":"{{Convert.ToBase64String(Face(1))}}"}]}""", System.Text.Encoding.UTF8, "application/json"),
        };
        using var reply = await Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        return reply.Headers.GetValues("Saki-Served-By").Single();
    }

    /// <summary>Waits until a calibration stands so.</summary>
    public async Task UntilAsync(string id, string state)
    {
        for (var tries = 0; ; tries++)
        {
            var said = await Client.GetStringAsync($"/api/calibrations/{id}");
            if (said.Contains($"\"state\":\"{state}\"", StringComparison.Ordinal)) return;
            Assert.True(tries < 300, said);
            await Task.Delay(100);
        }
    }

    /// <summary>The folders of calibrations.</summary>
    public IReadOnlyList<string> Folders => Directory.Exists(Home.Calibrations) ? Directory.GetDirectories(Home.Calibrations) : [];

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _models.DisposeAsync();
        _made.Dispose();
    }

    private static string Trained(SakiHome home)
    {
        using var run = new RunStore(home, TimeProvider.System).Create(new CreateRun { RunName = "linear" });
        Directory.CreateDirectory(Path.Combine(run.Folder.Path, "checkpoints"));
        DurableFile.Write(Path.Combine(run.Folder.Path, ".hydra", "config.yaml"), "seed: 0\n");
        using var store = new DatasetStore(home);
        using var pack = store.Objects.BeginPack();
        Sample[] samples = [.. Labels.Select((_, label) => new Sample($"{label}.png", pack.Add(Face(label)), label, Split.Train))];
        pack.Commit();
        var (version, _) = store.Add(DatasetVersion.Make("Making", "faces", Labels, samples, "drawn", DateTimeOffset.UnixEpoch, [], 0));
        run.SetTag(SakiTags.Dataset, $"faces@{version.Digest}");
        run.End(RunStatus.Finished);
        return run.RunId;
    }

    private static void Package(string folder, ulong seed, string run)
    {
        TestModel.Package(Labels, TestModel.RandomWeights(Labels.Length, seed), folder);
        var graph = OnnxModel.Read($"{folder}.onnx");
        graph.MetadataProps.Add(new StringStringEntryProto { Key = SakiTags.Run, Value = run });
        OnnxModel.Write(graph, $"{folder}.onnx");
        PackageBuilder.Wrap($"{folder}.onnx", TestModel.PipelineOf(Labels), folder, "linear");
    }

    private sealed class Held(string file) : IDisposable
    {
        public void Dispose() => File.Delete(file);
    }
}

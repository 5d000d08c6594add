using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Saki.Inference.Serving;
using Saki.Pipelines;
using Saki.Testing;
using Saki.Vision;

namespace Saki.Server.Tests.Serving;

public sealed class AccuracyOverHttpTests : IDisposable
{
    private static readonly string[] Classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    private readonly string _folder = Directory.CreateTempSubdirectory("saki-accuracy-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // ResNet-20's published accuracy is 91.7 %; the 100 official test pictures of the image folder are a sample of that.
    [SharedDataFact]
    public async Task A_hundred_test_pictures_are_answered_alike_and_rightly_in_every_protocol()
    {
        var pipeline = new Pipeline
        {
            Input = new InputSpec(ColorKind.Rgb, 32, 32),
            Labels = Classes,
            Normalize = new NormalizeSpec { Scale = 1f / 255, Mean = [0.485f, 0.456f, 0.406f], Std = [0.229f, 0.224f, 0.225f] },
        };
        await using var models = new ModelRepository(new RepositoryOptions { Cache = _folder });
        await models.LoadAsync(models.Open(SharedData.At("models/cifar10/resnet20_cifar10.onnx"), "resnet20", pipeline).Single());
        await using var server = await RunningServer.StartAsync(new ServerOptions { Models = models });

        ZipFile.ExtractToDirectory(SharedData.At("cifar10/imagefolder_sample.zip"), _folder);
        var pictures = Directory.GetFiles(_folder, "*.png", SearchOption.AllDirectories).Where(file => file.Contains($"{Path.DirectorySeparatorChar}test{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).ToList();
        Assert.Equal(100, pictures.Count);
        var preprocess = new Preprocessor(pipeline);
        var right = 0;
        foreach (var file in pictures)
        {
            var bytes = await File.ReadAllBytesAsync(file);
            using var image = ImageDecoder.Decode(bytes, preprocess.Decode);
            var row = new float[3072];
            preprocess.Run(image, row);
            var multipart = await MultipartAsync(server, bytes);
            Assert.Equal(multipart, await JsonAsync(server, row));
            Assert.Equal(multipart, await BinaryAsync(server, row));
            Assert.Equal(multipart, await InvocationsAsync(server, row));
            if (multipart == Path.GetFileName(Path.GetDirectoryName(file))) right++;
        }
        Assert.InRange(right, 85, 100);
    }

    private static async Task<string> MultipartAsync(RunningServer server, byte[] picture)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(picture), "image", "a.png" } };
        return (string)(await PostAsync(server, "/predict_image", form))["class"]!;
    }

    private static async Task<string> JsonAsync(RunningServer server, float[] row)
    {
        using var content = Text($$"""{"inputs":[{"name":"input","shape":[1,3,32,32],"datatype":"FP32","data":[{{Numbers(row)}}]}]}""");
        return Best((await PostAsync(server, "/v2/models/resnet20/infer", content))["outputs"]![0]!["data"]!);
    }

    private static async Task<string> BinaryAsync(RunningServer server, float[] row)
    {
        var header = """{"inputs":[{"name":"input","shape":[1,3,32,32],"datatype":"FP32","parameters":{"binary_data_size":12288}}]}"""u8.ToArray();
        using var content = new ByteArrayContent([.. header, .. MemoryMarshal.AsBytes<float>(row)]);
        content.Headers.Add("Inference-Header-Content-Length", header.Length.ToString(CultureInfo.InvariantCulture));
        return Best((await PostAsync(server, "/v2/models/resnet20/infer", content))["outputs"]![0]!["data"]!);
    }

    // A flat row: the model's own shape is put on it.
    private static async Task<string> InvocationsAsync(RunningServer server, float[] row)
    {
        using var content = Text($$"""{"instances":[[{{Numbers(row)}}]]}""");
        return Best((await PostAsync(server, "/invocations", content))["predictions"]![0]!);
    }

    private static async Task<JsonNode> PostAsync(RunningServer server, string path, HttpContent content)
    {
        using var reply = await server.Client.PostAsync(path, content);
        var text = await reply.Content.ReadAsStringAsync();
        Assert.True(reply.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private static StringContent Text(string json) => new(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    private static string Numbers(float[] row) => string.Join(',', row.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));

    private static string Best(JsonNode scores)
    {
        var values = scores.AsArray().Select(score => (float)score!).ToList();
        return Classes[values.IndexOf(values.Max())];
    }
}

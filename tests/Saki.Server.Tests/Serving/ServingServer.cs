using System.Buffers.Binary;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Saki.Inference.Serving;
using Saki.Onnx;
using DataType = Saki.Onnx.TensorProto.Types.DataType;

namespace Saki.Server.Tests.Serving;

/// <summary>A real server with small real models: "plus" (y = x + 1 over rows of 4) and "emotions" (pictures).</summary>
internal sealed class ServingServer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly RunningServer _server;

    private ServingServer(string folder, ModelRepository models, RunningServer server) => (_folder, Models, _server) = (folder, models, server);

    public ModelRepository Models { get; }

    public HttpClient Client => _server.Client;

    public string Store => _folder;

    public static async Task<ServingServer> StartAsync(Func<ServerOptions, ServerOptions>? change = null)
    {
        var folder = Directory.CreateTempSubdirectory("saki-serving-").FullName;
        WritePlus(Path.Combine(folder, "plus", "1"), 1);
        WritePlus(Path.Combine(folder, "plus", "2"), 2);
        File.Copy(Path.Combine(folder, "plus", "2", "model.onnx"), Path.Combine(folder, "other.onnx"));
        var models = new ModelRepository(new RepositoryOptions { Cache = folder });
        await models.LoadAllAsync(models.Open(Path.Combine(folder, "plus", "1", "model.onnx"), "plus"));
        models.Add(TestModel.Make(["cat", "dog", "bird"]));
        var options = new ServerOptions { Models = models, ModelStore = folder };
        return new ServingServer(folder, models, await RunningServer.StartAsync(change?.Invoke(options) ?? options));
    }

    public async Task<(int Status, JsonNode? Json, HttpResponseMessage Reply)> SendAsync(HttpMethod method, string path, byte[]? body = null, string? type = "application/json", Action<HttpRequestMessage>? with = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            if (type is not null) request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        }
        with?.Invoke(request);
        var reply = await Client.SendAsync(request);
        var text = await reply.Content.ReadAsStringAsync();
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        return ((int)reply.StatusCode, reply.Content.Headers.ContentType?.MediaType == "application/json" && text.Length > 0 ? JsonNode.Parse(text) : null, reply);
    }

    public Task<(int Status, JsonNode? Json, HttpResponseMessage Reply)> PostAsync(string path, string json) => SendAsync(HttpMethod.Post, path, Encoding.UTF8.GetBytes(json));

    public Task<(int Status, JsonNode? Json, HttpResponseMessage Reply)> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    /// <summary>One message of gRPC in its frame.</summary>
    public static byte[] Frame(IMessage message)
    {
        var bytes = message.ToByteArray();
        var frame = new byte[5 + bytes.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), bytes.Length);
        bytes.CopyTo(frame, 5);
        return frame;
    }

    public static byte[] Floats(params ReadOnlySpan<float> values) => MemoryMarshal.AsBytes(values).ToArray();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await Models.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Writes a model that adds <paramref name="bias"/> to rows of 4.</summary>
    public static void WritePlus(string folder, float bias)
    {
        Directory.CreateDirectory(folder);
        var graph = new OnnxGraphBuilder("plus");
        var x = graph.Input("x", DataType.Float, OnnxGraphBuilder.Batch, 4);
        graph.Output("y", graph.Node("Add", [x, graph.Initializer("bias", [bias], 1)]), DataType.Float, OnnxGraphBuilder.Batch, 4);
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), graph.Build(new Dictionary<string, string>()).ToByteArray());
    }
}

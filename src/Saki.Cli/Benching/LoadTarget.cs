using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Saki.Inference.Serving;
using Saki.Inference.Tensors;

namespace Saki.Cli.Benching;

/// <summary>What is loaded: a server's model over HTTP, or a model in this process.</summary>
/// <param name="Name">For people.</param>
/// <param name="Items">Pictures or rows in one request.</param>
/// <param name="Send">One request.</param>
internal sealed record LoadTarget(string Name, int Items, Func<CancellationToken, Task<Outcome>> Send) : IAsyncDisposable
{
    private readonly List<object> _owned = [];

    /// <summary>A model of a server that speaks the Open Inference Protocol; with a picture, its <c>/v1/predict</c>.</summary>
    /// <exception cref="SakiException">No server, no such model, or one whose inputs have free axes.</exception>
    public static async Task<LoadTarget> OfServerAsync(Uri server, string? model, string form, int items, byte[]? picture, string? token, CancellationToken cancellation)
    {
        var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1024, UseCookies = false, UseProxy = false }) { BaseAddress = server, Timeout = TimeSpan.FromSeconds(60) };
        if (token is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            model ??= await FirstModelAsync(client, cancellation);
            using var metadata = JsonDocument.Parse(await client.GetStringAsync(new Uri($"/v2/models/{model}", UriKind.Relative), cancellation));
            var (path, make) = picture is not null ? ($"/v1/predict/{model}", Pictures(picture, items))
                : ($"/v2/models/{model}/infer", Tensor(metadata.RootElement.GetProperty("inputs")[0], form, items));
            var target = new LoadTarget($"{server}{path.TrimStart('/')} ({(picture is null ? form : "picture")})", items, stop => SendAsync(client, path, make, stop));
            target._owned.Add(client);
            return target;
        }
        catch (HttpRequestException failure)
        {
            client.Dispose();
            throw new SakiException("Loading the server", $"a server with the model {model ?? "any"} at {server}", failure.StatusCode is { } status ? $"the answer {(int)status}" : "none", "Start it: saki serve TARGET.", failure) { ExitCode = 3 };
        }
    }

    /// <summary>A model in this process, without HTTP.</summary>
    public static async Task<LoadTarget> OfPlanAsync(ModelRepository models, ModelPlan plan, int items, byte[]? picture, CancellationToken cancellation)
    {
        var model = await models.LoadAsync(plan, cancellation: cancellation);
        if (picture is not null) return new LoadTarget($"{plan.Name}, in process (picture)", 1, token => TryAsync(async () => await model.PredictAsync(picture, null, 5, CallOptions.Patient(token))));
        var inputs = model.Tensors.InputRows.Select(row => new TensorInput(row.Name, row.Type, row.ShapeOf(items), new byte[checked(items * row.Bytes)])).ToList();
        if (inputs.Count == 0) throw Free(plan.Name);
        return new LoadTarget($"{plan.Name}, in process (zeros)", items, token => TryAsync(async () => await model.InferAsync(inputs, CallOptions.Patient(token))));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in _owned)
            if (owned is IAsyncDisposable later) await later.DisposeAsync();
            else (owned as IDisposable)?.Dispose();
    }

    private static async Task<Outcome> TryAsync(Func<Task> ask)
    {
        try
        {
            await ask();
            return Outcome.Answered;
        }
        catch (Saki.Inference.Batching.QueueFullException)
        {
            return Outcome.Refused;
        }
    }

    private static async Task<Outcome> SendAsync(HttpClient client, string path, Func<HttpContent> make, CancellationToken cancellation)
    {
        try
        {
            using var content = make();
            using var reply = await client.PostAsync(new Uri(path, UriKind.Relative), content, cancellation);
            await reply.Content.ReadAsByteArrayAsync(cancellation);
            return reply.IsSuccessStatusCode ? Outcome.Answered : reply.StatusCode == HttpStatusCode.ServiceUnavailable ? Outcome.Refused : Outcome.Failed;
        }
        catch (HttpRequestException)
        {
            return Outcome.Failed;
        }
    }

    private static async Task<string> FirstModelAsync(HttpClient client, CancellationToken cancellation)
    {
        using var empty = new ByteArrayContent([]);
        using var reply = await client.PostAsync(new Uri("/v2/repository/index", UriKind.Relative), empty, cancellation);
        using var index = JsonDocument.Parse(await reply.Content.ReadAsStringAsync(cancellation));
        return index.RootElement.GetArrayLength() > 0 ? index.RootElement[0].GetProperty("name").GetString()! : throw new SakiException("Loading the server", "a loaded model", "none", "Name one with --model.");
    }

    private static Func<HttpContent> Tensor(JsonElement input, string form, int items)
    {
        var name = input.GetProperty("name").GetString()!;
        var shape = input.GetProperty("shape").EnumerateArray().Select((axis, i) => i == 0 && axis.GetInt64() < 0 ? items : axis.GetInt64()).ToArray();
        if (shape.Any(axis => axis < 0) || input.GetProperty("datatype").GetString() != "FP32") throw Free(name);
        var values = Enumerable.Range(0, (int)shape.Aggregate(1L, (product, axis) => product * axis)).Select(i => ((i * 37) % 101) / 101f).ToArray();
        var head = $"\"name\":{JsonSerializer.Serialize(name, BenchJson.Default.String)},\"shape\":[{string.Join(',', shape)}],\"datatype\":\"FP32\"";
        if (form == "json")
        {
            var json = Encoding.UTF8.GetBytes($"{{\"inputs\":[{{{head},\"data\":[{string.Join(',', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)))}]}}]}}");
            return () => Content(json, "application/json", null);
        }
        var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray();
        var header = Encoding.UTF8.GetBytes($"{{\"inputs\":[{{{head},\"parameters\":{{\"binary_data_size\":{bytes.Length}}}}}],\"parameters\":{{\"binary_data_output\":true}}}}");
        byte[] body = [.. header, .. bytes];
        return () => Content(body, "application/octet-stream", header.Length);
    }

    private static Func<HttpContent> Pictures(byte[] picture, int items)
    {
        if (items == 1) return () => Content(picture, "application/octet-stream", null);
        return () =>
        {
            var parts = new MultipartFormDataContent();
            for (var i = 0; i < items; i++) parts.Add(new ByteArrayContent(picture), "image", $"{i}.jpg");
            return parts;
        };
    }

    private static ByteArrayContent Content(byte[] body, string type, int? header)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (header is { } length) content.Headers.Add("Inference-Header-Content-Length", length.ToString(CultureInfo.InvariantCulture));
        return content;
    }

    private static SakiException Free(string name) => new("Loading the model", "inputs of FP32 with fixed axes", $"others in {name}", "Give a picture with --image, or load another model.");
}

/// <summary>JSON texts.</summary>
[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class BenchJson : System.Text.Json.Serialization.JsonSerializerContext;

using System.Globalization;
using System.Text.Json;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Tensors;
using Saki.Server.Http;

namespace Saki.Server.Serving.OpenInference;

/// <summary>An output that a request asks for.</summary>
/// <param name="Name">The model's output.</param>
/// <param name="Binary">True: raw bytes behind the JSON; null: as the request says for all.</param>
/// <param name="Classes">Top classes as texts instead of numbers; 0 for numbers.</param>
internal sealed record OipOutput(string Name, bool? Binary, int Classes);

/// <summary>An inference request of the Open Inference Protocol, its tensors still unread.</summary>
internal sealed record OipRequest
{
    private const string Operation = "Reading the request";
    private const int MostTensors = 256, MostAxes = 16;

    public string? Id { get; private init; }

    public required IReadOnlyList<TensorInput> Inputs { get; init; }

    /// <summary>What is asked for; null for all outputs.</summary>
    public IReadOnlyList<OipOutput>? Outputs { get; private init; }

    public bool BinaryOutputs { get; private init; }

    /// <summary>Triton's queue priority: 0 for the default, else 1 is first.</summary>
    public int Priority { get; private init; }

    /// <summary>Microseconds that the sender wants to wait for; null for as long as the server does.</summary>
    public long? TimeoutMicroseconds { get; private init; }

    /// <summary>The key in parameters.user, by which a user stays on one side of a canary; null without one.</summary>
    public string? User { get; private init; }

    /// <summary>Reads the JSON, and cuts the binary tensors behind it.</summary>
    /// <param name="body">JSON, and raw tensors in the order of the inputs.</param>
    /// <param name="header">The text of Inference-Header-Content-Length; null when the whole body is JSON.</param>
    /// <exception cref="RequestException">400 with the sentence to show.</exception>
    public static OipRequest Parse(ReadOnlyMemory<byte> body, string? header)
    {
        var json = body;
        var binary = ReadOnlyMemory<byte>.Empty;
        if (header is not null)
        {
            if (!int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > body.Length)
                throw Bad("an Inference-Header-Content-Length from 0 to the body's length", "another one");
            (json, binary) = (body[..length], body[length..]);
        }
        if (header is not null && OipHeaders.Find(json.Span) is { } known) return known.Of(binary);
        using var skeleton = JsonSkeleton.Parse(json, "data");
        var root = skeleton.Document.RootElement;
        if (root.ValueKind != JsonValueKind.Object) throw Bad("an object with \"inputs\"", "something else");
        var parameters = Parameters(root);
        var inputs = InputsOf(root, skeleton, ref binary);
        if (!binary.IsEmpty) throw TooMany(binary.Length);
        var request = new OipRequest
        {
            Id = root.TryGetProperty("id", out var id) ? Text(id, "id") : null,
            Inputs = inputs,
            Outputs = root.TryGetProperty("outputs", out var outputs) ? ReadOutputs(outputs) : null,
            BinaryOutputs = Flag(parameters, "binary_data_output") ?? false,
            Priority = (int)Math.Clamp(Whole(parameters, "priority") ?? 0, 0, 1000),
            User = parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("user", out var user) ? ServedBy.Key(Text(user, "user")) : null,
            TimeoutMicroseconds = Whole(parameters, "timeout") is > 0 and var timeout ? timeout : null,
        };
        if (header is not null) OipHeaders.Keep(json.Span, request);
        return request;
    }

    /// <summary>400: raw tensors shorter than their JSON says.</summary>
    public static RequestException TooFew(string name, long bytes, int left) => Bad($"{bytes} bytes behind the JSON for \"{Shown(name)}\"", $"{left}");

    /// <summary>400: raw tensors longer than their JSON says.</summary>
    public static RequestException TooMany(int left) => Bad("binary tensors of the lengths that the inputs name", $"{left} bytes more");

    private static List<TensorInput> ReadInputs(JsonElement list, JsonSkeleton skeleton, ref ReadOnlyMemory<byte> binary)
    {
        var inputs = new List<TensorInput>();
        foreach (var item in list.EnumerateArray())
        {
            if (inputs.Count == MostTensors) throw Bad($"at most {MostTensors} inputs", "more");
            if (item.ValueKind != JsonValueKind.Object) throw Bad("objects in \"inputs\"", "something else");
            var name = item.TryGetProperty("name", out var named) ? Text(named, "name") : throw Bad("a name for every input", "none");
            var type = OipTypes.Parse(item.TryGetProperty("datatype", out var datatype) ? Text(datatype, "datatype") : null);
            if (type == OrtElementType.Undefined) throw Bad($"a datatype of the protocol for \"{Shown(name)}\"", "another one");
            var shape = Shape(item, name);
            var size = Whole(Parameters(item), "binary_data_size");
            if (size is { } bytes)
            {
                if (bytes < 0 || bytes > binary.Length) throw TooFew(name, bytes, binary.Length);
                var content = binary[..(int)bytes];
                binary = binary[(int)bytes..];
                inputs.Add(type == OrtElementType.String ? new TensorInput(name, type, shape, default, Texts: OipText.Split(content.Span)) : new TensorInput(name, type, shape, content));
                continue;
            }
            if (!item.TryGetProperty("data", out var data) || !skeleton.TryGetArray(data, out var array)) throw Bad($"an array as the data of \"{Shown(name)}\", or binary_data_size", "neither");
            inputs.Add(type == OrtElementType.String ? new TensorInput(name, type, shape, default, Texts: OipText.OfJson(array)) : new TensorInput(name, type, shape, array, TensorForm.Json));
        }
        return inputs;
    }

    private static List<TensorInput> InputsOf(JsonElement root, JsonSkeleton skeleton, ref ReadOnlyMemory<byte> binary) =>
        root.TryGetProperty("inputs", out var list) && list.ValueKind == JsonValueKind.Array ? ReadInputs(list, skeleton, ref binary) : throw Bad("a list \"inputs\"", "none");

    private static List<OipOutput> ReadOutputs(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MostTensors) throw Bad($"a list of at most {MostTensors} \"outputs\"", "something else");
        var outputs = new List<OipOutput>();
        foreach (var item in list.EnumerateArray())
        {
            var name = item.ValueKind == JsonValueKind.Object && item.TryGetProperty("name", out var named) ? Text(named, "name") : throw Bad("a name for every output", "none");
            if (outputs.Any(other => other.Name == name)) throw Bad("each output once", $"\"{Shown(name)}\" twice");
            var parameters = Parameters(item);
            outputs.Add(new OipOutput(name, Flag(parameters, "binary_data"), (int)Math.Clamp(Whole(parameters, "classification") ?? 0, 0, 100_000)));
        }
        return outputs;
    }

    private static long[] Shape(JsonElement item, string name)
    {
        if (!item.TryGetProperty("shape", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MostAxes) throw Bad($"a shape of at most {MostAxes} axes for \"{Shown(name)}\"", "none");
        return [.. list.EnumerateArray().Select(axis => axis.ValueKind == JsonValueKind.Number && axis.TryGetInt64(out var length) && length >= 0 ? length : throw Bad("whole numbers in shapes", "something else"))];
    }

    private static JsonElement Parameters(JsonElement item)
    {
        if (!item.TryGetProperty("parameters", out var parameters)) return default;
        return parameters.ValueKind == JsonValueKind.Object ? parameters : throw Bad("an object as parameters", "something else");
    }

    private static bool? Flag(JsonElement parameters, string name)
    {
        if (parameters.ValueKind != JsonValueKind.Object || !parameters.TryGetProperty(name, out var value)) return null;
        return value.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => throw Bad($"true or false for {name}", "something else") };
    }

    private static long? Whole(JsonElement parameters, string name)
    {
        if (parameters.ValueKind != JsonValueKind.Object || !parameters.TryGetProperty(name, out var value)) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : throw Bad($"a whole number for {name}", "something else");
    }

    private static string Text(JsonElement value, string name) => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Bad($"a text for {name}", "something else");

    private static string Shown(string text) => PlainText.Of(text, 64);

    private static RequestException Bad(string expected, string got) => new(400, Operation, expected, got);
}

using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Serving;
using Saki.Inference.Tensors;
using Saki.Server.Http;

namespace Saki.Server.Serving.OpenInference;

/// <summary>Writes an answer: JSON, with raw tensors behind it where they were asked for.</summary>
internal static class OipReply
{
    private const string HeaderLength = "Inference-Header-Content-Length";

    public static async Task WriteAsync(HttpContext context, ModelLease lease, OipRequest request, IReadOnlyList<TensorOutput> answer)
    {
        var model = lease.Model;
        using var span = ServingTrace.Serialise();
        var outputs = Choose(model, request, answer);
        var binary = new List<ReadOnlyMemory<byte>>();
        var json = JsonScratch.Take();
        var writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteString("model_name", model.Name);
        writer.WriteString("model_version", model.Version);
        if ((request.Id ?? TraceParent.IdOf(context)) is { } id) writer.WriteString("id", id);
        if (lease.TellsArm)
        {
            writer.WriteStartObject("parameters");
            writer.WriteString("arm", lease.ArmName);
            writer.WriteEndObject();
        }
        writer.WriteStartArray("outputs");
        foreach (var (output, raw) in outputs) Write(writer, output, raw, binary);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        var response = context.Response;
        var tail = binary.Sum(tensor => (long)tensor.Length);
        if (binary.Count > 0) response.Headers[HeaderLength] = json.Written.Length.ToString(CultureInfo.InvariantCulture);
        response.ContentType = binary.Count > 0 ? "application/octet-stream" : "application/json";
        response.ContentLength = json.Written.Length + tail;
        response.BodyWriter.Write(json.Written);
        json.Return();
        foreach (var tensor in binary) response.BodyWriter.Write(tensor.Span);
        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private static List<(TensorOutput Output, bool Binary)> Choose(ServedModel model, OipRequest request, IReadOnlyList<TensorOutput> answer)
    {
        var chosen = new List<(TensorOutput, bool)>();
        if (request.Outputs is not { } wanted)
        {
            foreach (var output in answer) chosen.Add((output, request.BinaryOutputs));
            return chosen;
        }
        foreach (var want in wanted)
        {
            var output = answer.FirstOrDefault(output => output.Name == want.Name)
                ?? throw new RequestException(400, "Answering", $"outputs of the model: {string.Join(", ", answer.Select(output => output.Name))}", "another name");
            chosen.Add((want.Classes > 0 ? Classification.Top(output, want.Classes, model.Labels) : output, want.Binary ?? request.BinaryOutputs));
        }
        return chosen;
    }

    private static void Write(Utf8JsonWriter writer, TensorOutput output, bool raw, List<ReadOnlyMemory<byte>> binary)
    {
        writer.WriteStartObject();
        writer.WriteString("name", output.Name);
        writer.WriteString("datatype", OipTypes.Name(output.Type));
        writer.WriteStartArray("shape");
        foreach (var axis in output.Shape) writer.WriteNumberValue(axis);
        writer.WriteEndArray();
        // These have no form in JSON.
        raw |= output.Type is OrtElementType.Float16 or OrtElementType.BFloat16;
        if (raw)
        {
            var bytes = output.Texts is { } texts ? OipText.Join(texts) : output.Content;
            writer.WriteStartObject("parameters");
            writer.WriteNumber("binary_data_size", bytes.Length);
            writer.WriteEndObject();
            binary.Add(bytes);
        }
        else
        {
            writer.WriteStartArray("data");
            JsonValues.Write(writer, output);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }
}

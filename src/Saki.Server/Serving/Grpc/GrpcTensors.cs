using System.Runtime.InteropServices;
using Google.Protobuf;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Tensors;
using Saki.Server.Http;
using Saki.Server.Serving.Grpc.Messages;
using Saki.Server.Serving.OpenInference;

namespace Saki.Server.Serving.Grpc;

/// <summary>Tensors between gRPC messages and the handler. Raw contents are used in place; typed ones are put into memory first.</summary>
internal static class GrpcTensors
{
    private const string Operation = "Reading the request";

    /// <exception cref="RequestException">An unknown type, raw and typed contents mixed, or a type without contents.</exception>
    public static List<TensorInput> Read(ModelInferRequest request)
    {
        var raw = request.RawInputContents;
        if (raw.Count > 0 && raw.Count != request.Inputs.Count) throw Bad($"raw contents for all {request.Inputs.Count} inputs or for none", $"{raw.Count}");
        var inputs = new List<TensorInput>();
        for (var i = 0; i < request.Inputs.Count; i++)
        {
            var input = request.Inputs[i];
            var type = OipTypes.Parse(input.Datatype);
            if (type == OrtElementType.Undefined) throw Bad("a datatype of the protocol", "another one");
            if (raw.Count > 0 && input.Contents is not null) throw Bad("raw or typed contents", "both");
            var bytes = raw.Count > 0 ? raw[i].Memory : default;
            if (type == OrtElementType.String)
            {
                var texts = raw.Count > 0 ? OipText.Split(bytes.Span) : [.. input.Contents?.BytesContents.Select(text => text.ToStringUtf8()) ?? []];
                inputs.Add(new TensorInput(input.Name, type, [.. input.Shape], default, Texts: texts));
                continue;
            }
            inputs.Add(new TensorInput(input.Name, type, [.. input.Shape], raw.Count > 0 ? bytes : Typed(input.Contents ?? new InferTensorContents(), type)));
        }
        return inputs;
    }

    public static ModelInferResponse Write(string model, string version, ModelInferRequest request, IReadOnlyList<TensorOutput> answer, IReadOnlyList<string>? labels)
    {
        var response = new ModelInferResponse { ModelName = model, ModelVersion = version, Id = request.Id };
        foreach (var output in Choose(request, answer, labels))
        {
            response.Outputs.Add(new ModelInferResponse.Types.InferOutputTensor { Name = output.Name, Datatype = OipTypes.Name(output.Type), Shape = { output.Shape } });
            response.RawOutputContents.Add(UnsafeByteOperations.UnsafeWrap(output.Texts is { } texts ? OipText.Join(texts) : output.Content));
        }
        return response;
    }

    private static IEnumerable<TensorOutput> Choose(ModelInferRequest request, IReadOnlyList<TensorOutput> answer, IReadOnlyList<string>? labels)
    {
        if (request.Outputs.Count == 0) return answer;
        return request.Outputs.Select(want =>
        {
            var output = answer.FirstOrDefault(output => output.Name == want.Name) ?? throw Bad($"outputs of the model: {string.Join(", ", answer.Select(output => output.Name))}", "another name");
            return want.Parameters.TryGetValue("classification", out var classes) && classes.Int64Param > 0 ? Classification.Top(output, (int)Math.Min(classes.Int64Param, 100_000), labels) : output;
        }).ToList();
    }

    private static byte[] Typed(InferTensorContents contents, OrtElementType type) => type switch
    {
        OrtElementType.Float32 => Bytes(contents.Fp32Contents),
        OrtElementType.Float64 => Bytes(contents.Fp64Contents),
        OrtElementType.Int64 => Bytes(contents.Int64Contents),
        OrtElementType.UInt64 => Bytes(contents.Uint64Contents),
        OrtElementType.Int32 => Bytes(contents.IntContents),
        OrtElementType.UInt32 => Bytes(contents.UintContents),
        OrtElementType.Int16 => Bytes(contents.IntContents.Select(value => checked((short)value))),
        OrtElementType.UInt16 => Bytes(contents.UintContents.Select(value => checked((ushort)value))),
        OrtElementType.Int8 => Bytes(contents.IntContents.Select(value => checked((sbyte)value))),
        OrtElementType.UInt8 => Bytes(contents.UintContents.Select(value => checked((byte)value))),
        OrtElementType.Bool => Bytes(contents.BoolContents),
        _ => throw Bad($"raw contents for {OipTypes.Name(type)}", "typed ones"),
    };

    private static byte[] Bytes<T>(IEnumerable<T> values) where T : unmanaged
    {
        try
        {
            return MemoryMarshal.AsBytes<T>(values.ToArray()).ToArray();
        }
        catch (OverflowException)
        {
            throw Bad($"numbers that {typeof(T).Name} can hold", "another number");
        }
    }

    private static RequestException Bad(string expected, string got) => new(400, Operation, expected, got);
}

using Saki.Inference.Backends.OnnxRuntime;

namespace Saki.Server.Serving.OpenInference;

/// <summary>The protocol's names of element types.</summary>
internal static class OipTypes
{
    public static string Name(OrtElementType type) => type switch
    {
        OrtElementType.Bool => "BOOL",
        OrtElementType.UInt8 => "UINT8",
        OrtElementType.UInt16 => "UINT16",
        OrtElementType.UInt32 => "UINT32",
        OrtElementType.UInt64 => "UINT64",
        OrtElementType.Int8 => "INT8",
        OrtElementType.Int16 => "INT16",
        OrtElementType.Int32 => "INT32",
        OrtElementType.Int64 => "INT64",
        OrtElementType.Float16 => "FP16",
        OrtElementType.BFloat16 => "BF16",
        OrtElementType.Float32 => "FP32",
        OrtElementType.Float64 => "FP64",
        OrtElementType.String => "BYTES",
        _ => type.ToString().ToUpperInvariant(),
    };

    /// <summary>The type of a name; undefined for one that the protocol does not have.</summary>
    public static OrtElementType Parse(string? name) => name switch
    {
        "BOOL" => OrtElementType.Bool,
        "UINT8" => OrtElementType.UInt8,
        "UINT16" => OrtElementType.UInt16,
        "UINT32" => OrtElementType.UInt32,
        "UINT64" => OrtElementType.UInt64,
        "INT8" => OrtElementType.Int8,
        "INT16" => OrtElementType.Int16,
        "INT32" => OrtElementType.Int32,
        "INT64" => OrtElementType.Int64,
        "FP16" => OrtElementType.Float16,
        "BF16" => OrtElementType.BFloat16,
        "FP32" => OrtElementType.Float32,
        "FP64" => OrtElementType.Float64,
        "BYTES" => OrtElementType.String,
        _ => OrtElementType.Undefined,
    };
}

namespace Saki.Inference.Backends.OnnxRuntime;

/// <summary>Element types with the numbers of ONNX's <c>TensorProto.DataType</c> order as the C API has them.</summary>
public enum OrtElementType
{
    /// <summary>Not a tensor, or not known before the run.</summary>
    Undefined,
    /// <summary>32-bit floating point.</summary>
    Float32,
    /// <summary>8-bit unsigned.</summary>
    UInt8,
    /// <summary>8-bit signed.</summary>
    Int8,
    /// <summary>16-bit unsigned.</summary>
    UInt16,
    /// <summary>16-bit signed.</summary>
    Int16,
    /// <summary>32-bit signed.</summary>
    Int32,
    /// <summary>64-bit signed.</summary>
    Int64,
    /// <summary>UTF-8 text.</summary>
    String,
    /// <summary>One byte, 0 or 1.</summary>
    Bool,
    /// <summary>IEEE half: <see cref="Half"/>.</summary>
    Float16,
    /// <summary>64-bit floating point.</summary>
    Float64,
    /// <summary>32-bit unsigned.</summary>
    UInt32,
    /// <summary>64-bit unsigned.</summary>
    UInt64,
    /// <summary>Two float32.</summary>
    Complex64,
    /// <summary>Two float64.</summary>
    Complex128,
    /// <summary>Upper half of a float32; read as <see cref="ushort"/>.</summary>
    BFloat16,
    /// <summary>8-bit float, finite, NaN; read as bytes.</summary>
    Float8E4M3FN,
    /// <summary>8-bit float, finite, no negative zero; read as bytes.</summary>
    Float8E4M3FNUZ,
    /// <summary>8-bit float with infinities; read as bytes.</summary>
    Float8E5M2,
    /// <summary>8-bit float, no negative zero; read as bytes.</summary>
    Float8E5M2FNUZ,
    /// <summary>4-bit unsigned, two in a byte; read as bytes.</summary>
    UInt4,
    /// <summary>4-bit signed, two in a byte; read as bytes.</summary>
    Int4,
    /// <summary>4-bit float, two in a byte; read as bytes.</summary>
    Float4E2M1,
}

/// <summary>Facts of element types.</summary>
public static class OrtElementTypes
{
    /// <summary>Bytes of one element; 0 for texts and for types below one byte.</summary>
    public static int Bytes(this OrtElementType type) => type switch
    {
        OrtElementType.UInt8 or OrtElementType.Int8 or OrtElementType.Bool or (>= OrtElementType.Float8E4M3FN and <= OrtElementType.Float8E5M2FNUZ) => 1,
        OrtElementType.UInt16 or OrtElementType.Int16 or OrtElementType.Float16 or OrtElementType.BFloat16 => 2,
        OrtElementType.Float32 or OrtElementType.Int32 or OrtElementType.UInt32 => 4,
        OrtElementType.Float64 or OrtElementType.Int64 or OrtElementType.UInt64 or OrtElementType.Complex64 => 8,
        OrtElementType.Complex128 => 16,
        _ => 0,
    };
}

/// <summary>What a value is.</summary>
public enum OrtValueKind
{
    /// <summary>Nothing (an optional left out).</summary>
    Unknown,
    /// <summary>A dense tensor.</summary>
    Tensor,
    /// <summary>A list of values.</summary>
    Sequence,
    /// <summary>Keys and values: two tensors, or keys and a sequence.</summary>
    Map,
    /// <summary>Not used by models.</summary>
    Opaque,
    /// <summary>A sparse tensor.</summary>
    SparseTensor,
    /// <summary>A value that may be absent.</summary>
    Optional,
}

/// <summary>One axis of a declared shape.</summary>
/// <param name="Size">Its length; -1 when it is free.</param>
/// <param name="Symbol">The name of a free axis; null when it has none.</param>
public readonly record struct OrtDimension(long Size, string? Symbol)
{
    /// <summary>True when any length is taken.</summary>
    public bool IsFree => Size < 0;

    /// <inheritdoc/>
    public override string ToString() => IsFree ? Symbol ?? "?" : $"{Size}";
}

/// <summary>An input or output as the model declares it.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="Kind">Tensor, sequence or map.</param>
/// <param name="ElementType">Of the tensor (in a map: of the keys); undefined for sequences.</param>
/// <param name="Shape">Axis by axis; null when the model does not say.</param>
/// <param name="Inner">The element type of a sequence, the value type of a map; null for tensors.</param>
public sealed record OrtValueInfo(string Name, OrtValueKind Kind, OrtElementType ElementType, IReadOnlyList<OrtDimension>? Shape, OrtValueInfo? Inner = null)
{
    /// <summary>For people: <c>input: float32[N 3 32 32]</c>, <c>probability: sequence(map(int64, float32))</c>.</summary>
    public override string ToString() => Name.Length == 0 ? Type : $"{Name}: {Type}";

    private string Type => Kind switch
    {
        OrtValueKind.Tensor => ElementType.ToString().ToLowerInvariant() + (Shape is null ? "" : $"[{string.Join(' ', Shape)}]"),
        OrtValueKind.Map => $"map({ElementType.ToString().ToLowerInvariant()}, {Inner?.Type})",
        _ => $"{Kind.ToString().ToLowerInvariant()}({Inner?.Type})",
    };
}

/// <summary>What the file says of itself.</summary>
/// <param name="Producer">The exporter's name.</param>
/// <param name="GraphName">The graph's name.</param>
/// <param name="Domain">Reverse-DNS name of the author, often empty.</param>
/// <param name="Description">Free text.</param>
/// <param name="Version">The author's number.</param>
/// <param name="Custom">Further keys and values.</param>
public sealed record OrtModelMetadata(string Producer, string GraphName, string Domain, string Description, long Version, IReadOnlyDictionary<string, string> Custom);

/// <summary>How much the graph is rewritten at load.</summary>
public enum OrtOptimization
{
    /// <summary>Not at all.</summary>
    None = 0,
    /// <summary>Redundant nodes go.</summary>
    Basic = 1,
    /// <summary>Fused operators.</summary>
    Extended = 2,
    /// <summary>Everything, memory layout too.</summary>
    All = 99,
}

/// <summary>Settings of a session, fixed at load.</summary>
public sealed record OrtSessionOptions
{
    /// <summary>Threads that compute one run, the caller included. Default 1: no pool, and two concurrent callers give more answers per second than one with two threads. 0: one per core.</summary>
    public int IntraOpThreads { get; init; } = 1;

    /// <summary>Pool threads burn a core while they wait for the next run. Default off: 0.3 ms more latency at most, an eighth of the CPU time.</summary>
    public bool Spinning { get; init; }

    /// <summary>Default all.</summary>
    public OrtOptimization Optimization { get; init; } = OrtOptimization.All;

    /// <summary>Beginning of the path of a trace of every operator, written when <see cref="OrtSession.EndProfile"/> is called; null (default): none.</summary>
    public string? Profile { get; init; }

    /// <summary>Keeps freed tensors for the next run. Default on; off saves memory where inputs vary in size.</summary>
    public bool MemoryArena { get; init; } = true;
}

namespace Saki.Inference.Backends.OnnxRuntime.Interop;

/// <summary>
/// Layer 1: the C API as a table of functions. An index never changes (the table only grows at its end), so these hold for every library
/// that knows <see cref="Version"/>. All return <c>OrtStatus*</c> (0 = fine, otherwise owned by the caller) except where noted.
/// </summary>
/// <remarks>Conventions of the table: size_t is <c>nuint</c>, enums are <c>int</c>, text is UTF-8 and ends with a zero byte.</remarks>
internal static unsafe class OrtApi
{
    /// <summary>The API version asked for: the lowest one that has every index below (390 came with 24).</summary>
    public const uint Version = 24;

    /// <summary>Written once by <see cref="OrtEngine"/> before any other member is used.</summary>
    public static void** Table;

    // status: the first two return a value, Release* nothing
    public static delegate* unmanaged<nint, int> GetErrorCode => (delegate* unmanaged<nint, int>)Table[1];
    public static delegate* unmanaged<nint, byte*> GetErrorMessage => (delegate* unmanaged<nint, byte*>)Table[2];
    /// <summary>Any of the table's Release functions, by its index (<see cref="OrtKind"/>).</summary>
    public static delegate* unmanaged<nint, void> Release(int index) => (delegate* unmanaged<nint, void>)Table[index];

    // environment
    public static delegate* unmanaged<int, byte*, nint*, nint> CreateEnv => (delegate* unmanaged<int, byte*, nint*, nint>)Table[3];
    public static delegate* unmanaged<byte***, int*, nint> GetAvailableProviders => (delegate* unmanaged<byte***, int*, nint>)Table[125];
    public static delegate* unmanaged<byte**, int, nint> ReleaseAvailableProviders => (delegate* unmanaged<byte**, int, nint>)Table[126];

    // session options
    public static delegate* unmanaged<nint*, nint> CreateSessionOptions => (delegate* unmanaged<nint*, nint>)Table[10];
    public static delegate* unmanaged<nint, byte*, nint> EnableProfiling => (delegate* unmanaged<nint, byte*, nint>)Table[14];
    public static delegate* unmanaged<nint, nint> DisableCpuMemArena => (delegate* unmanaged<nint, nint>)Table[19];
    public static delegate* unmanaged<nint, int, nint> SetSessionGraphOptimizationLevel => (delegate* unmanaged<nint, int, nint>)Table[23];
    public static delegate* unmanaged<nint, int, nint> SetIntraOpNumThreads => (delegate* unmanaged<nint, int, nint>)Table[24];
    public static delegate* unmanaged<nint, int, nint> SetInterOpNumThreads => (delegate* unmanaged<nint, int, nint>)Table[25];
    public static delegate* unmanaged<nint, int, nint> SetSessionLogSeverityLevel => (delegate* unmanaged<nint, int, nint>)Table[22];
    public static delegate* unmanaged<nint, byte*, byte*, nint> AddSessionConfigEntry => (delegate* unmanaged<nint, byte*, byte*, nint>)Table[130];
    public static delegate* unmanaged<nint, byte, nint> SetLoadCancellationFlag => (delegate* unmanaged<nint, byte, nint>)Table[293];

    // session
    public static delegate* unmanaged<nint, byte*, nuint, nint, nint*, nint> CreateSessionFromArray => (delegate* unmanaged<nint, byte*, nuint, nint, nint*, nint>)Table[8];
    public static delegate* unmanaged<nint, nuint*, nint> SessionGetInputCount => (delegate* unmanaged<nint, nuint*, nint>)Table[30];
    public static delegate* unmanaged<nint, nuint*, nint> SessionGetOutputCount => (delegate* unmanaged<nint, nuint*, nint>)Table[31];
    public static delegate* unmanaged<nint, nuint, nint*, nint> SessionGetInputTypeInfo => (delegate* unmanaged<nint, nuint, nint*, nint>)Table[33];
    public static delegate* unmanaged<nint, nuint, nint*, nint> SessionGetOutputTypeInfo => (delegate* unmanaged<nint, nuint, nint*, nint>)Table[34];
    public static delegate* unmanaged<nint, nuint, nint, byte**, nint> SessionGetInputName => (delegate* unmanaged<nint, nuint, nint, byte**, nint>)Table[36];
    public static delegate* unmanaged<nint, nuint, nint, byte**, nint> SessionGetOutputName => (delegate* unmanaged<nint, nuint, nint, byte**, nint>)Table[37];

    public static delegate* unmanaged<nint, nint, byte**, nint> SessionEndProfiling => (delegate* unmanaged<nint, nint, byte**, nint>)Table[110];

    // run: session, options (0 for none), input names, inputs, their count, output names, their count, outputs (0 = make one)
    public static delegate* unmanaged<nint, nint, nint*, nint*, nuint, nint*, nuint, nint*, nint> Run => (delegate* unmanaged<nint, nint, nint*, nint*, nuint, nint*, nuint, nint*, nint>)Table[9];
    public static delegate* unmanaged<nint*, nint> CreateRunOptions => (delegate* unmanaged<nint*, nint>)Table[39];
    public static delegate* unmanaged<nint, nint> RunOptionsSetTerminate => (delegate* unmanaged<nint, nint>)Table[46];

    // binding: Clear* return nothing
    public static delegate* unmanaged<nint, nint*, nint> CreateIoBinding => (delegate* unmanaged<nint, nint*, nint>)Table[134];
    public static delegate* unmanaged<nint, nint, nint, nint> BindInput => (delegate* unmanaged<nint, nint, nint, nint>)Table[136];
    public static delegate* unmanaged<nint, nint, nint, nint> BindOutput => (delegate* unmanaged<nint, nint, nint, nint>)Table[137];
    public static delegate* unmanaged<nint, nint, nint, nint> BindOutputToDevice => (delegate* unmanaged<nint, nint, nint, nint>)Table[138];
    public static delegate* unmanaged<nint, nint, nint, nint> RunWithBinding => (delegate* unmanaged<nint, nint, nint, nint>)Table[133];
    public static delegate* unmanaged<nint, nint, nint**, nuint*, nint> GetBoundOutputValues => (delegate* unmanaged<nint, nint, nint**, nuint*, nint>)Table[140];
    public static delegate* unmanaged<nint, void> ClearBoundInputs => (delegate* unmanaged<nint, void>)Table[141];
    public static delegate* unmanaged<nint, void> ClearBoundOutputs => (delegate* unmanaged<nint, void>)Table[142];

    // values
    public static delegate* unmanaged<nint, long*, nuint, int, nint*, nint> CreateTensorAsOrtValue => (delegate* unmanaged<nint, long*, nuint, int, nint*, nint>)Table[48];
    public static delegate* unmanaged<nint, void*, nuint, long*, nuint, int, nint*, nint> CreateTensorWithData => (delegate* unmanaged<nint, void*, nuint, long*, nuint, int, nint*, nint>)Table[49];
    public static delegate* unmanaged<nint, void**, nint> GetTensorMutableData => (delegate* unmanaged<nint, void**, nint>)Table[51];
    public static delegate* unmanaged<nint, nuint*, nint> GetTensorSizeInBytes => (delegate* unmanaged<nint, nuint*, nint>)Table[318];
    public static delegate* unmanaged<nint, int*, nint> GetValueType => (delegate* unmanaged<nint, int*, nint>)Table[67];
    public static delegate* unmanaged<nint, int, nint, nint*, nint> GetValue => (delegate* unmanaged<nint, int, nint, nint*, nint>)Table[80];
    public static delegate* unmanaged<nint, nuint*, nint> GetValueCount => (delegate* unmanaged<nint, nuint*, nint>)Table[81];
    public static delegate* unmanaged<nint, byte**, nuint, nint> FillStringTensor => (delegate* unmanaged<nint, byte**, nuint, nint>)Table[52];
    public static delegate* unmanaged<nint, nuint*, nint> GetStringTensorDataLength => (delegate* unmanaged<nint, nuint*, nint>)Table[53];
    public static delegate* unmanaged<nint, void*, nuint, nuint*, nuint, nint> GetStringTensorContent => (delegate* unmanaged<nint, void*, nuint, nuint*, nuint, nint>)Table[54];

    // type and shape: what 55, 63, 103 and 104 give is borrowed; 390 returns the answer itself
    public static delegate* unmanaged<nint, nint*, nint> CastTypeInfoToTensorInfo => (delegate* unmanaged<nint, nint*, nint>)Table[55];
    public static delegate* unmanaged<nint, int*, nint> GetOnnxTypeFromTypeInfo => (delegate* unmanaged<nint, int*, nint>)Table[56];
    public static delegate* unmanaged<nint, int*, nint> GetTensorElementType => (delegate* unmanaged<nint, int*, nint>)Table[60];
    public static delegate* unmanaged<nint, nuint*, nint> GetDimensionsCount => (delegate* unmanaged<nint, nuint*, nint>)Table[61];
    public static delegate* unmanaged<nint, long*, nuint, nint> GetDimensions => (delegate* unmanaged<nint, long*, nuint, nint>)Table[62];
    public static delegate* unmanaged<nint, byte**, nuint, nint> GetSymbolicDimensions => (delegate* unmanaged<nint, byte**, nuint, nint>)Table[63];
    public static delegate* unmanaged<nint, nint*, nint> GetTensorTypeAndShape => (delegate* unmanaged<nint, nint*, nint>)Table[65];
    public static delegate* unmanaged<nint, nint*, nint> CastTypeInfoToMapTypeInfo => (delegate* unmanaged<nint, nint*, nint>)Table[103];
    public static delegate* unmanaged<nint, nint*, nint> CastTypeInfoToSequenceTypeInfo => (delegate* unmanaged<nint, nint*, nint>)Table[104];
    public static delegate* unmanaged<nint, int*, nint> GetMapKeyType => (delegate* unmanaged<nint, int*, nint>)Table[105];
    public static delegate* unmanaged<nint, nint*, nint> GetMapValueType => (delegate* unmanaged<nint, nint*, nint>)Table[106];
    public static delegate* unmanaged<nint, nint*, nint> GetSequenceElementType => (delegate* unmanaged<nint, nint*, nint>)Table[107];
    public static delegate* unmanaged<nint, byte> HasShape => (delegate* unmanaged<nint, byte>)Table[390];

    // memory
    public static delegate* unmanaged<int, int, nint*, nint> CreateCpuMemoryInfo => (delegate* unmanaged<int, int, nint*, nint>)Table[69];
    public static delegate* unmanaged<nint, void*, nint> AllocatorFree => (delegate* unmanaged<nint, void*, nint>)Table[76];
    public static delegate* unmanaged<nint*, nint> GetAllocatorWithDefaultOptions => (delegate* unmanaged<nint*, nint>)Table[78];

    // model metadata: text through the allocator
    public static delegate* unmanaged<nint, nint*, nint> SessionGetModelMetadata => (delegate* unmanaged<nint, nint*, nint>)Table[111];
    public static delegate* unmanaged<nint, nint, byte**, nint> MetadataGetProducerName => (delegate* unmanaged<nint, nint, byte**, nint>)Table[112];
    public static delegate* unmanaged<nint, nint, byte**, nint> MetadataGetGraphName => (delegate* unmanaged<nint, nint, byte**, nint>)Table[113];
    public static delegate* unmanaged<nint, nint, byte**, nint> MetadataGetDomain => (delegate* unmanaged<nint, nint, byte**, nint>)Table[114];
    public static delegate* unmanaged<nint, nint, byte**, nint> MetadataGetDescription => (delegate* unmanaged<nint, nint, byte**, nint>)Table[115];
    public static delegate* unmanaged<nint, nint, byte*, byte**, nint> MetadataLookup => (delegate* unmanaged<nint, nint, byte*, byte**, nint>)Table[116];
    public static delegate* unmanaged<nint, long*, nint> MetadataGetVersion => (delegate* unmanaged<nint, long*, nint>)Table[117];
    public static delegate* unmanaged<nint, nint, byte***, long*, nint> MetadataGetKeys => (delegate* unmanaged<nint, nint, byte***, long*, nint>)Table[123];
}

/// <summary>What a handle owns; the number is the index of its Release function in the table.</summary>
internal enum OrtKind
{
    Env = 92, Session = 95, Value = 96, RunOptions = 97, TypeInfo = 98, TensorInfo = 99, SessionOptions = 100, Metadata = 118, IoBinding = 135,
}

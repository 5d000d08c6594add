using System.Runtime.InteropServices;
using Saki.Inference.Backends.OnnxRuntime.Interop;

namespace Saki.Inference.Backends.OnnxRuntime;

/// <summary>Reads what a session takes, gives and says of itself.</summary>
internal static unsafe class OrtDescription
{
    private const string Operation = "Reading the model's description";

    public static OrtValueInfo[] Inputs(OrtHandle session) => All(session, OrtApi.SessionGetInputCount, OrtApi.SessionGetInputName, OrtApi.SessionGetInputTypeInfo);

    public static OrtValueInfo[] Outputs(OrtHandle session) => All(session, OrtApi.SessionGetOutputCount, OrtApi.SessionGetOutputName, OrtApi.SessionGetOutputTypeInfo);

    public static OrtModelMetadata Metadata(OrtHandle session)
    {
        using var metadata = OrtCall.Create(OrtKind.Metadata, OrtApi.SessionGetModelMetadata, session.Pointer, Operation);
        var custom = new Dictionary<string, string>(StringComparer.Ordinal);
        byte** keys;
        long count;
        OrtCall.Check(OrtApi.MetadataGetKeys(metadata.Pointer, OrtEngine.Allocator, &keys, &count), Operation);
        for (var i = 0; i < count; i++)
        {
            byte* value;
            OrtCall.Check(OrtApi.MetadataLookup(metadata.Pointer, OrtEngine.Allocator, keys[i], &value), Operation);
            custom[OrtCall.Text(keys[i])] = OrtCall.Text(value);
        }
        if (keys is not null) OrtApi.AllocatorFree(OrtEngine.Allocator, keys);
        return new OrtModelMetadata(
            Text(metadata, OrtApi.MetadataGetProducerName), Text(metadata, OrtApi.MetadataGetGraphName), Text(metadata, OrtApi.MetadataGetDomain),
            Text(metadata, OrtApi.MetadataGetDescription), OrtCall.Get(OrtApi.MetadataGetVersion, metadata.Pointer, Operation), custom);
    }

    private static string Text(OrtHandle metadata, delegate* unmanaged<nint, nint, byte**, nint> get)
    {
        byte* text;
        OrtCall.Check(get(metadata.Pointer, OrtEngine.Allocator, &text), Operation);
        return OrtCall.Text(text);
    }

    private static OrtValueInfo[] All(
        OrtHandle session, delegate* unmanaged<nint, nuint*, nint> countOf, delegate* unmanaged<nint, nuint, nint, byte**, nint> nameOf, delegate* unmanaged<nint, nuint, nint*, nint> typeOf)
    {
        var all = new OrtValueInfo[OrtCall.Get(countOf, session.Pointer, Operation)];
        for (var i = 0; i < all.Length; i++)
        {
            byte* name;
            nint type;
            OrtCall.Check(nameOf(session.Pointer, (nuint)i, OrtEngine.Allocator, &name), Operation);
            var text = OrtCall.Text(name);
            OrtCall.Check(typeOf(session.Pointer, (nuint)i, &type), Operation);
            using var info = new OrtHandle(OrtKind.TypeInfo, type);
            all[i] = Describe(text, info, 0);
        }
        return all;
    }

    private static OrtValueInfo Describe(string name, OrtHandle type, int depth)
    {
        const int Deepest = 8; // types nest by declaration; no model of use goes beyond sequence(map(tensor))
        var kind = (OrtValueKind)OrtCall.Get(OrtApi.GetOnnxTypeFromTypeInfo, type.Pointer, Operation);
        if (depth > Deepest) return new OrtValueInfo(name, kind, OrtElementType.Undefined, null);
        switch (kind)
        {
            case OrtValueKind.Tensor or OrtValueKind.SparseTensor:
                return Tensor(name, kind, OrtCall.Get(OrtApi.CastTypeInfoToTensorInfo, type.Pointer, Operation));
            case OrtValueKind.Sequence:
                {
                    var sequence = OrtCall.Get(OrtApi.CastTypeInfoToSequenceTypeInfo, type.Pointer, Operation);
                    using var element = OrtCall.Create(OrtKind.TypeInfo, OrtApi.GetSequenceElementType, sequence, Operation);
                    return new OrtValueInfo(name, kind, OrtElementType.Undefined, null, Describe("", element, depth + 1));
                }
            case OrtValueKind.Map:
                {
                    var map = OrtCall.Get(OrtApi.CastTypeInfoToMapTypeInfo, type.Pointer, Operation);
                    using var value = OrtCall.Create(OrtKind.TypeInfo, OrtApi.GetMapValueType, map, Operation);
                    return new OrtValueInfo(name, kind, (OrtElementType)OrtCall.Get(OrtApi.GetMapKeyType, map, Operation), null, Describe("", value, depth + 1));
                }
            default:
                return new OrtValueInfo(name, kind, OrtElementType.Undefined, null);
        }
    }

    private static OrtValueInfo Tensor(string name, OrtValueKind kind, nint info)
    {
        if (info == 0) return new OrtValueInfo(name, kind, OrtElementType.Undefined, null);
        var type = (OrtElementType)OrtCall.Get(OrtApi.GetTensorElementType, info, Operation);
        if (OrtApi.HasShape(info) == 0) return new OrtValueInfo(name, kind, type, null);
        var rank = OrtCall.Get(OrtApi.GetDimensionsCount, info, Operation);
        var (sizes, symbols, shape) = (new long[rank], new nint[rank], new OrtDimension[rank]);
        fixed (long* to = sizes) OrtCall.Check(OrtApi.GetDimensions(info, to, rank), Operation);
        fixed (nint* to = symbols) OrtCall.Check(OrtApi.GetSymbolicDimensions(info, (byte**)to, rank), Operation);
        for (var i = 0; i < shape.Length; i++)
            shape[i] = new OrtDimension(sizes[i], sizes[i] < 0 && Marshal.PtrToStringUTF8(symbols[i]) is { Length: > 0 } symbol ? symbol : null);
        return new OrtValueInfo(name, kind, type, shape);
    }
}

namespace Saki.Pickle;

/// <summary>A NumPy array out of a pickle: raw numbers with their shape and type. Source: NumPy's <c>array_reduce</c> and <c>array_setstate</c>.</summary>
public sealed class NumpyArray : IPickled
{
    private NumpyArray()
    {
    }

    /// <summary>Length of each axis.</summary>
    public IReadOnlyList<long> Shape { get; private set; } = [];

    /// <summary>NumPy's type code: <c>u1</c>, <c>i8</c>, <c>f4</c>, …; little-endian.</summary>
    public string Type { get; private set; } = "";

    /// <summary>The numbers in C order. Owned by the array.</summary>
    public ReadOnlyMemory<byte> Data { get; private set; }

    /// <summary>The globals that arrays need, for <see cref="PickleRules.Global"/>; null for any other.</summary>
    public static PickleGlobal? Global(string name) => name switch
    {
        "numpy.ndarray" => new PickleGlobal(name),
        "numpy.dtype" => new PickleGlobal(name, arguments => new NumpyType(Unpickler.Text(arguments[0]) ?? "")),
        "numpy.core.multiarray._reconstruct" or "numpy._core.multiarray._reconstruct" => new PickleGlobal(name, _ => new NumpyArray()),
        _ => null,
    };

    /// <inheritdoc/>
    public void SetState(object? state)
    {
        // (version, shape, dtype, is_fortran, bytes)
        if (state is not object?[] { Length: 5 } parts || parts[1] is not object?[] shape || parts[2] is not NumpyType type || parts[3] is not bool fortran || parts[4] is not byte[] data)
            throw new InvalidDataException("an array of Python objects or of an unknown form");
        Shape = [.. shape.Select(length => (long)length!)];
        Type = type.Code;
        Data = data;
        if (type.BigEndian && type.Size > 1) throw new InvalidDataException("an array of big-endian numbers");
        if (fortran && Shape.Count > 1) throw new InvalidDataException("an array in Fortran order");
        var expected = Shape.Aggregate((long)type.Size, (bytes, length) => checked(bytes * length));
        if (Shape.Any(length => length < 0) || expected != data.Length) throw new InvalidDataException($"an array of {data.Length} bytes where its shape has {expected}");
    }

    private sealed class NumpyType : IPickled
    {
        public NumpyType(string code)
        {
            if (code.Length != 2 || code[0] is not ('u' or 'i' or 'f' or 'b') || code[1] is not ('1' or '2' or '4' or '8')) throw new InvalidDataException($"an array of type {code}");
            Code = code;
        }

        public string Code { get; }

        public int Size => Code[1] - '0';

        public bool BigEndian { get; private set; }

        public void SetState(object? state)
        {
            if (state is object?[] { Length: > 1 } parts && Unpickler.Text(parts[1]) is { } order) BigEndian = order == ">";
        }
    }
}

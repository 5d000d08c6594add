namespace Saki.Torch.Weights;

/// <summary>The raw numbers behind one or more tensors of a PyTorch file.</summary>
internal sealed class TorchStorage
{
    private byte[] _data = [];

    /// <exception cref="InvalidDataException">The type is unknown or the size impossible.</exception>
    internal TorchStorage(string key, string type, long count)
    {
        Type = TypeOf(type) ?? throw new InvalidDataException($"a storage of type {type}");
        if (count < 0 || count > Array.MaxLength / Tensor.SizeOf(Type)) throw new InvalidDataException($"a storage of {count} elements");
        (Key, Count) = (key, count);
    }

    internal string Key { get; }

    internal ScalarType Type { get; }

    internal long Count { get; }

    internal long Bytes => Count * Tensor.SizeOf(Type);

    internal ReadOnlySpan<byte> Data => _data;

    /// <summary>From the global's name to the element type; null for what is no storage that Saki can hold.</summary>
    internal static ScalarType? TypeOf(string name) => name switch
    {
        "torch.FloatStorage" => ScalarType.float32,
        "torch.DoubleStorage" => ScalarType.float64,
        "torch.HalfStorage" => ScalarType.float16,
        "torch.BFloat16Storage" => ScalarType.bfloat16,
        "torch.LongStorage" => ScalarType.int64,
        "torch.IntStorage" => ScalarType.int32,
        "torch.ByteStorage" => ScalarType.uint8,
        "torch.BoolStorage" => ScalarType.@bool,
        _ => null,
    };

    internal void ReadFrom(Stream stream)
    {
        var data = new byte[Bytes];
        stream.ReadExactly(data);
        _data = data;
    }
}

/// <summary>A tensor as a view of a storage: (storage, offset, sizes, strides, …), all in elements.</summary>
internal sealed class TorchView
{
    private const int MostDimensions = 16;

    private readonly TorchStorage _storage;
    private readonly long _offset;
    private readonly long[] _sizes, _strides;

    internal TorchView(object?[] arguments)
    {
        _storage = (TorchStorage)arguments[0]!;
        _offset = (long)arguments[1]!;
        _sizes = Numbers(arguments[2]);
        _strides = Numbers(arguments[3]);
        if (_sizes.Length != _strides.Length || _sizes.Length > MostDimensions || _offset < 0) throw new InvalidDataException("a tensor of impossible shape");
        var last = _offset;
        for (var i = 0; i < _sizes.Length; i++)
        {
            if (_sizes[i] < 0 || _strides[i] < 0) throw new InvalidDataException("a tensor of negative size");
            last = checked(last + (Math.Max(0, _sizes[i] - 1) * _strides[i]));
        }
        if (!_sizes.Contains(0) && last >= _storage.Count) throw new InvalidDataException("a tensor beyond its storage");
    }

    /// <summary>A copy in rows; the caller owns it.</summary>
    internal Tensor ToTensor()
    {
        if (_storage.Data.Length != _storage.Bytes) throw new InvalidDataException($"no storage {_storage.Key}");
        long count = 1;
        foreach (var size in _sizes) count = checked(count * size);
        if (count > _storage.Count) throw new InvalidDataException("a tensor larger than its storage"); // repeated elements have no place in a state file
        var tensor = torch.empty(_sizes, _storage.Type);
        if (count == 0) return tensor;
        DisposeScope.Detach(tensor);
        var width = Tensor.SizeOf(_storage.Type);
        var rows = tensor.bytes();
        var index = new long[_sizes.Length];
        for (long i = 0, at = _offset; i < count; i++)
        {
            _storage.Data.Slice((int)(at * width), width).CopyTo(rows.Slice((int)(i * width), width));
            for (var d = index.Length - 1; d >= 0; d--)
            {
                at += _strides[d];
                if (++index[d] < _sizes[d]) break;
                at -= _sizes[d] * _strides[d];
                index[d] = 0;
            }
        }
        return tensor;
    }

    private static long[] Numbers(object? value) => [.. ((object?[])value!).Select(number => (long)number!)];
}

using System.Buffers.Binary;
using System.Text.Json;

namespace Saki.Torch;

/// <summary>Reads and distrusts a safetensors header: after this, every entry lies inside the file, has the length of its shape, and touches no other.</summary>
internal static class SafetensorsHeader
{
    private const int MaxDimensions = 16;

    internal sealed record Entry(string Name, ScalarType Type, long[] Shape, long Begin, long End);

    internal static (List<Entry> Entries, long DataStart, IReadOnlyDictionary<string, string> Metadata) Read(Stream file, string path)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (file.Length < 8) throw Broken(path, "at least 8 bytes", $"{file.Length}");
        file.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        var most = (ulong)Math.Min(Safetensors.MaxHeaderBytes, file.Length - 8);
        if (length is 0 || length > most) throw Broken(path, $"a header of 1 to {most} bytes", $"{length}");
        var header = new byte[length];
        file.ReadExactly(header);

        var dataStart = 8 + (long)length;
        var entries = new List<Entry>();
        var metadata = new Dictionary<string, string>();
        try
        {
            // Unlike the reader of JSON documents, the format allows no duplicate names.
            using var json = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            foreach (var property in json.RootElement.EnumerateObject())
            {
                if (property.Name == "__metadata__")
                    foreach (var pair in property.Value.EnumerateObject()) metadata.Add(pair.Name, pair.Value.GetString() ?? "");
                else
                    entries.Add(ReadEntry(property, path));
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw Broken(path, "a JSON header of name: {dtype, shape, data_offsets}", failure.Message.TrimEnd('.'), failure);
        }
        CheckLayout(entries, file.Length - dataStart, path);
        return (entries, dataStart, metadata);
    }

    internal static string Name(ScalarType type) => type switch
    {
        ScalarType.float64 => "F64",
        ScalarType.float32 => "F32",
        ScalarType.float16 => "F16",
        ScalarType.bfloat16 => "BF16",
        ScalarType.int64 => "I64",
        ScalarType.int32 => "I32",
        ScalarType.uint8 => "U8",
        _ => "BOOL",
    };

    private static Entry ReadEntry(JsonProperty property, string path)
    {
        var type = property.Value.GetProperty("dtype").GetString();
        var known = Array.Find(Enum.GetValues<ScalarType>(), candidate => Name(candidate) == type);
        if (Name(known) != type) throw Broken(path, $"{property.Name} of type F64, F32, F16, BF16, I64, I32, U8 or BOOL", $"\"{type}\"");
        var shape = property.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray();
        var offsets = property.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64()).ToArray();
        if (shape.Length > MaxDimensions || offsets.Length != 2) throw Broken(path, $"{property.Name} with at most {MaxDimensions} dimensions and two offsets", $"{shape.Length} and {offsets.Length}");

        UInt128 bytes = (UInt128)Tensor.SizeOf(known);
        foreach (var size in shape)
        {
            if (size < 0 || bytes > int.MaxValue) throw Broken(path, $"a possible shape for {property.Name}", $"[{string.Join(", ", shape)}]");
            bytes *= (UInt128)size;
        }
        if (bytes > int.MaxValue) throw Broken(path, $"{property.Name} of at most 2 GiB", $"{bytes} bytes");
        if (offsets[0] < 0 || offsets[1] < offsets[0] || (UInt128)(offsets[1] - offsets[0]) != bytes)
            throw Broken(path, $"{bytes} bytes for {property.Name} {type}[{string.Join(", ", shape)}]", $"offsets {offsets[0]} to {offsets[1]}");
        return new Entry(property.Name, known, shape, offsets[0], offsets[1]);
    }

    // The format demands that the entries cover the data exactly: gaps could hide things, overlaps could multiply memory.
    private static void CheckLayout(List<Entry> entries, long dataLength, string path)
    {
        long at = 0;
        foreach (var entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != at) throw Broken(path, $"{entry.Name} to begin at {at}", $"{entry.Begin}");
            at = entry.End;
        }
        if (at != dataLength) throw Broken(path, $"{at} bytes of data", $"{dataLength}");
    }

    private static SakiException Broken(string path, string expected, string got, Exception? inner = null) =>
        new($"Reading {path}", expected, got, "The file is damaged or not safetensors; get it again.", inner);
}

using System.Buffers.Binary;
using System.Text.Json;
using Saki.Storage;

namespace Saki.Torch;

/// <summary>
/// The safetensors format: u64 header length, JSON header, then raw little-endian data without gaps. No code can hide in it.
/// Types that <see cref="ScalarType"/> lacks are refused by name.
/// </summary>
public static class Safetensors
{
    /// <summary>Longest header that is read: the reference implementation's own limit.</summary>
    public const int MaxHeaderBytes = 100_000_000;

    /// <summary>Writes <paramref name="tensors"/> so that a crash leaves the old file or the new one. <paramref name="metadata"/> goes into the header.</summary>
    public static void Save(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        // Widest types first keeps every tensor aligned, as the reference writer does.
        var ordered = tensors.OrderByDescending(entry => Tensor.SizeOf(entry.Value.dtype)).ThenBy(entry => entry.Key, StringComparer.Ordinal).ToList();
        var header = Header(ordered, metadata);
        DurableFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var (_, tensor) in ordered)
            {
                using var plain = tensor.cpu();
                using var rows = plain.contiguous();
                stream.Write(rows.bytes());
            }
        });
    }

    /// <summary>Reads all tensors; the caller owns them.</summary>
    /// <exception cref="SakiException">The file is missing, damaged, or hostile; nothing is left allocated.</exception>
    public static Dictionary<string, Tensor> Load(string path) => Load(path, out _);

    /// <summary>Reads all tensors, which the caller owns, and the header's string map.</summary>
    /// <exception cref="SakiException">The file is missing, damaged, or hostile; nothing is left allocated.</exception>
    public static Dictionary<string, Tensor> Load(string path, out IReadOnlyDictionary<string, string> metadata)
    {
        using var file = Open(path);
        var (entries, dataStart, map) = SafetensorsHeader.Read(file, path);
        metadata = map;
        var tensors = new Dictionary<string, Tensor>(entries.Count);
        try
        {
            foreach (var entry in entries)
            {
                var tensor = torch.empty(entry.Shape, entry.Type);
                tensors.Add(entry.Name, tensor);
                file.Position = dataStart + entry.Begin;
                file.ReadExactly(tensor.bytes());
            }
            return tensors;
        }
        catch
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
            throw;
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SakiException($"Reading {path}", "a readable safetensors file", failure.Message.TrimEnd('.'), null, failure);
        }
    }

    private static byte[] Header(List<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata) json.WriteString(key, value);
                json.WriteEndObject();
            }
            long offset = 0;
            foreach (var (name, tensor) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorsHeader.Name(tensor.dtype));
                json.WriteStartArray("shape");
                foreach (var size in tensor.shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.numel() * Tensor.SizeOf(tensor.dtype));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }
}

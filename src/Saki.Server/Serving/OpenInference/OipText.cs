using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Saki.Server.Http;

namespace Saki.Server.Serving.OpenInference;

/// <summary>Tensors of texts (BYTES) on the wire: each element is its length in four little-endian bytes, then its UTF-8.</summary>
internal static class OipText
{
    /// <exception cref="RequestException">400: a length beyond the end.</exception>
    public static string[] Split(ReadOnlySpan<byte> bytes)
    {
        var texts = new List<string>();
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < 4) throw Cut();
            var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            if (length > bytes.Length - 4) throw Cut();
            texts.Add(Encoding.UTF8.GetString(bytes.Slice(4, (int)length)));
            bytes = bytes[(4 + (int)length)..];
        }
        return [.. texts];
    }

    public static byte[] Join(IEnumerable<string> texts)
    {
        var all = new MemoryStream();
        Span<byte> length = stackalloc byte[4];
        foreach (var text in texts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            all.Write(length);
            all.Write(bytes);
        }
        return all.ToArray();
    }

    /// <exception cref="RequestException">400: not texts, or not JSON.</exception>
    public static string[] OfJson(ReadOnlyMemory<byte> array)
    {
        try
        {
            var reader = new Utf8JsonReader(array.Span, new JsonReaderOptions { MaxDepth = 64 });
            var texts = new List<string>();
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.String) texts.Add(reader.GetString()!);
                else if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.EndArray)) throw new JsonException();
            }
            return [.. texts];
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw new RequestException(400, "Reading the request", "an array of texts", "something else");
        }
    }

    private static RequestException Cut() => new(400, "Reading the request", "texts of the lengths that stand before them", "fewer bytes");
}

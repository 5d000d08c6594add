using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Saki.Server.Http;

namespace Saki.Server.Serving;

/// <summary><c>{"image": "…"}</c> or <c>{"images": ["…", …]}</c>: base64 with or without a <c>data:image/…;base64,</c> prefix.</summary>
internal static class Base64Images
{
    private const string Operation = "Reading the request";

    /// <exception cref="RequestException">400 or 413 with the sentence to show.</exception>
    public static Upload Parse(ReadOnlyMemory<byte> json, ServerOptions options)
    {
        try
        {
            using var document = StrictJson.Parse(json, new JsonDocumentOptions { MaxDepth = 4, AllowDuplicateProperties = false });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw NotOurs("something else");
            var members = root.EnumerateObject().ToList();
            if (members.Count != 1) throw NotOurs(members.Count == 0 ? "an empty object" : "several members");

            var (name, value) = (members[0].Name, members[0].Value);
            return (name, value.ValueKind) switch
            {
                ("image", JsonValueKind.String) => new Upload([Decode(value, options)], AsList: false),
                ("images", JsonValueKind.Array) => Many(value, options),
                ("image" or "images", _) => throw NotOurs($"another kind of value for \"{name}\""),
                _ => throw NotOurs("a member of another name"),
            };
        }
        catch (JsonException)
        {
            throw NotOurs("text that is not JSON, nests deeper, or names a member twice");
        }
    }

    private static Upload Many(JsonElement list, ServerOptions options)
    {
        var count = list.GetArrayLength();
        if (count == 0) throw Upload.Empty();
        if (count > options.MaxImages) throw Upload.TooMany(options.MaxImages);
        return new Upload([.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? Decode(item, options) : throw NotOurs("a list with something else in it"))], AsList: true);
    }

    /// <summary>A picture as <c>{"b64": "…"}</c>, <c>{"image": "…"}</c> or the bare text.</summary>
    /// <exception cref="RequestException">400 or 413 with the sentence to show.</exception>
    public static UploadedImage DecodeMember(JsonElement item, ServerOptions options)
    {
        if (item.ValueKind == JsonValueKind.Object && (item.TryGetProperty("b64", out var inner) || item.TryGetProperty("image", out inner))) item = inner;
        return item.ValueKind == JsonValueKind.String ? Decode(item, options) : throw NotBase64();
    }

    private static UploadedImage Decode(JsonElement text, ServerOptions options)
    {
        // The bytes between the quotes; only a text with escapes (PHP writes "\/") is copied first.
        var raw = JsonMarshal.GetRawUtf8Value(text)[1..^1];
        var signs = raw.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(text.GetString()!) : raw;
        if (signs.StartsWith("data:"u8))
        {
            var comma = signs.IndexOf((byte)',');
            if (comma < 0 || !signs[..comma].EndsWith(";base64"u8)) throw NotBase64();
            signs = signs[(comma + 1)..];
        }
        if (signs.IsEmpty) throw Upload.Empty();
        if (signs.Length / 4L * 3 > options.MaxImageBytes + 2L) throw Upload.TooLarge("picture", options.MaxImageBytes);
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(signs.Length)];
        var status = Base64.DecodeFromUtf8(signs, bytes, out _, out var written);
        return status == OperationStatus.Done && written > 0 ? new UploadedImage(null, bytes.AsMemory(0, written)) : throw NotBase64();
    }

    private static RequestException NotBase64() =>
        new(StatusCodes.Status400BadRequest, Operation, "base64 of a picture, bare or behind data:image/…;base64,", "text that is not base64", "Encode the file's bytes with +, / and = padding.");

    private static RequestException NotOurs(string got) =>
        new(StatusCodes.Status400BadRequest, Operation, "{\"image\": \"BASE64\"} or {\"images\": [\"BASE64\", …]}", got, "The route's description is on the page at /.");
}

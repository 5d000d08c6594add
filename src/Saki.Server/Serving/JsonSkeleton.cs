using System.Buffers;
using System.Text.Json;
using Saki.Server.Http;

namespace Saki.Server.Serving;

/// <summary>
/// A JSON request without its long arrays: what stands behind the given names is cut out unread and replaced by a place holder, the rest is parsed strictly.
/// The arrays are read later, straight into the model's memory.
/// </summary>
internal sealed class JsonSkeleton : IDisposable
{
    private const int MaxDepth = 64;

    private static readonly SearchValues<byte> Structure = SearchValues.Create("[]\""u8);
    private static readonly SearchValues<byte> InText = SearchValues.Create("\"\\"u8);

    private readonly ReadOnlyMemory<byte> _json;
    private readonly List<Range> _cut = [];

    private JsonSkeleton(ReadOnlyMemory<byte> json) => _json = json;

    /// <summary>The document with place holders.</summary>
    public JsonDocument Document { get; private set; } = null!;

    /// <summary>Cuts the arrays behind <paramref name="names"/> out, at any depth.</summary>
    /// <exception cref="RequestException">400: it is not JSON, nests too deeply, or names a member twice.</exception>
    public static JsonSkeleton Parse(ReadOnlyMemory<byte> json, params ReadOnlySpan<string> names)
    {
        var skeleton = new JsonSkeleton(json);
        try
        {
            skeleton.Document = StrictJson.Parse(skeleton.Cut(names), new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            return skeleton;
        }
        catch (JsonException)
        {
            throw NotJson();
        }
    }

    /// <summary>The array that <paramref name="value"/> stands for; false when it is something else.</summary>
    public bool TryGetArray(JsonElement value, out ReadOnlyMemory<byte> array)
    {
        array = default;
        if (value.ValueKind != JsonValueKind.String || value.GetString() is not ['@', .. var digits]) return false;
        if (!int.TryParse(digits, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var index) || index >= _cut.Count) return false;
        array = _json[_cut[index]];
        return true;
    }

    public void Dispose() => Document.Dispose();

    private byte[] Cut(ReadOnlySpan<string> names)
    {
        var json = _json.Span;
        var kept = new ArrayBufferWriter<byte>(Math.Min(json.Length + 16, 1024));
        var from = 0;
        var at = 0;
        while (at < json.Length)
        {
            var quote = json[at..].IndexOf((byte)'"');
            if (quote < 0) break;
            at += quote;
            var end = EndOfText(json, at);
            if (IsNamed(json[(at + 1)..(end - 1)], names) && ArrayBehind(json, end) is > 0 and var start)
            {
                at = EndOfArray(json, start);
                kept.Write(json[from..start]);
                kept.Write(System.Text.Encoding.ASCII.GetBytes($"\"@{_cut.Count}\""));
                _cut.Add(start..at);
                from = at;
            }
            else at = end;
        }
        kept.Write(json[from..]);
        return kept.WrittenSpan.ToArray();
    }

    private static bool IsNamed(ReadOnlySpan<byte> text, ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (text.Length == name.Length && System.Text.Ascii.Equals(text, name)) return true;
        return false;
    }

    // Where an array begins behind a member's name; -1 when something else stands there.
    private static int ArrayBehind(ReadOnlySpan<byte> json, int at)
    {
        at = SkipBlanks(json, at);
        if (at >= json.Length || json[at] != ':') return -1;
        at = SkipBlanks(json, at + 1);
        return at < json.Length && json[at] == '[' ? at : -1;
    }

    private static int SkipBlanks(ReadOnlySpan<byte> json, int at)
    {
        while (at < json.Length && json[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') at++;
        return at;
    }

    private static int EndOfText(ReadOnlySpan<byte> json, int quote)
    {
        for (var at = quote + 1; at < json.Length;)
        {
            var next = json[at..].IndexOfAny(InText);
            if (next < 0) break;
            at += next;
            if (json[at] == '"') return at + 1;
            at += 2;
        }
        throw NotJson();
    }

    private static int EndOfArray(ReadOnlySpan<byte> json, int at)
    {
        var depth = 0;
        while (true)
        {
            var next = json[at..].IndexOfAny(Structure);
            if (next < 0) throw NotJson();
            at += next;
            if (json[at] == '"')
            {
                at = EndOfText(json, at);
                if (at >= json.Length) throw NotJson();
                continue;
            }
            depth += json[at] == '[' ? 1 : -1;
            if (depth > MaxDepth) throw NotJson();
            at++;
            if (depth == 0) return at;
            if (at >= json.Length) throw NotJson();
        }
    }

    private static RequestException NotJson() =>
        new(400, "Reading the request", "JSON", "text that is not JSON, nests deeper than 64, or names a member twice");
}

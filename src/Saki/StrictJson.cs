using System.Text.Json;
using System.Text.Unicode;

namespace Saki;

/// <summary>JSON from outside whose every text can be read: the framework's parser lets bytes that are no UTF-8, and halves of surrogate pairs, through until somebody asks for the text.</summary>
public static class StrictJson
{
    /// <summary>Parses, and looks at every text and name once.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="options">Depth, duplicates.</param>
    /// <exception cref="JsonException">It is not JSON, or holds a text that is none.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json, JsonDocumentOptions options)
    {
        if (!Utf8.IsValid(json.Span)) throw new JsonException("Not UTF-8.");
        var document = JsonDocument.Parse(json, options);
        // Only an escape can still hide half a character.
        if (json.Span.IndexOf("\\u"u8) < 0) return document;
        try
        {
            ReadTexts(json.Span, options.MaxDepth);
            return document;
        }
        catch
        {
            document.Dispose();
            throw;
        }
    }

    private static void ReadTexts(ReadOnlySpan<byte> json, int depth)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = depth });
        try
        {
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped) reader.GetString();
        }
        catch (InvalidOperationException)
        {
            throw new JsonException("Half a character.");
        }
    }
}

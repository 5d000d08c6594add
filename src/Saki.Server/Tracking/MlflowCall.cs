using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Saki.Server.Accounts;
using Saki.Tracking;

namespace Saki.Server.Tracking;

/// <summary>
/// The message of one request, from the query (GET) or the JSON body, read as leniently as MLflow reads it and refused with its texts:
/// numbers also as texts, old names of fields, unknown fields ignored. An empty text counts as absent.
/// </summary>
internal sealed class MlflowCall
{
    private const int DeepestJson = 64;
    private readonly JsonElement _message;

    private MlflowCall(HttpContext context, JsonElement message) => (Context, _message) = (context, message);

    public HttpContext Context { get; }

    /// <summary>Who sent it, for the audit.</summary>
    public string Who => Context.Caller()?.Name ?? "";

    /// <summary>Reads the whole message.</summary>
    /// <exception cref="MlflowException">A body that is not sent as JSON.</exception>
    public static async Task<MlflowCall> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        if (HttpMethods.IsGet(request.Method) && (request.QueryString.HasValue || request.ContentLength is null or 0)) return new MlflowCall(context, FromQuery(request.Query));
        // MLflow 3's client takes a tag away with a DELETE that has no body and so no type. No page of another site can send one.
        if (HttpMethods.IsDelete(request.Method) && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }) return new MlflowCall(context, FromBody([]));
        using var body = await ReadBodyAsync(context);
        return new MlflowCall(context, FromBody(body.Span));
    }

    /// <summary>The body's bytes, after the check of its type; the caller owns them.</summary>
    /// <exception cref="MlflowException">It is not sent as JSON.</exception>
    public static async Task<RentedBody> ReadBodyAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.ContentType is null || !request.ContentType.StartsWith("application/json", StringComparison.OrdinalIgnoreCase))
            throw MlflowException.BadValue("Bad Request. Content-Type must be one of ['application/json'].");
        var body = new RentedBody((int)Math.Clamp(request.ContentLength ?? 0, 256, 1 << 20));
        try
        {
            while (true)
            {
                var result = await request.BodyReader.ReadAsync(context.RequestAborted);
                body.Add(result.Buffer);
                request.BodyReader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted) return body;
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>A call over a body that was read already.</summary>
    public static MlflowCall Of(HttpContext context, ReadOnlySpan<byte> body) => new(context, FromBody(body));

    /// <summary>A text; null when absent or empty.</summary>
    public string? Text(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Field(name) is not { } value) continue;
            if (value.ValueKind != JsonValueKind.String) throw Wrong(name, value);
            if (value.GetString() is { Length: > 0 } text) return text;
        }
        return null;
    }

    /// <summary>A text that may be empty; null when absent.</summary>
    public string? TextOrEmpty(string name) => Field(name) is not { } value ? null : value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(name, value);

    /// <summary>A text that must be there; the first name is the one that messages say.</summary>
    /// <exception cref="MlflowException">It is not.</exception>
    public string Required(params ReadOnlySpan<string> names) => Text(names) ?? throw MissingField(names[0]);

    /// <summary>A whole number; null when absent.</summary>
    public long? Integer(string name) => Field(name) is not { } value ? null : Integer(value) ?? throw Wrong(name, value);

    /// <summary>An enumeration's value as it was sent: its name, or its number as text; null when absent.</summary>
    public string? NameOrNumber(string name) => Field(name) is not { } value ? null : value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number when value.TryGetInt32(out var number) => number.ToString(CultureInfo.InvariantCulture),
        _ => throw Wrong(name, value),
    };

    /// <summary>True or false in any case; null when absent.</summary>
    public bool? Flag(string name) => Field(name) is not { } value ? null : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String when bool.TryParse(value.GetString(), out var flag) => flag,
        _ => throw Wrong(name, value),
    };

    /// <summary>Texts; none when absent. One text alone counts as a list of it.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        if (Field(name) is not { } value) return [];
        if (value.ValueKind == JsonValueKind.String) return [value.GetString()!];
        if (value.ValueKind != JsonValueKind.Array) throw Wrong(name, value);
        return [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : throw Wrong(name, value))];
    }

    /// <summary>Messages in a list; none when absent.</summary>
    public IReadOnlyList<MlflowCall> Messages(string name)
    {
        if (Field(name) is not { } value) return [];
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.Object)) throw Wrong(name, value);
        return [.. value.EnumerateArray().Select(item => new MlflowCall(Context, item))];
    }

    /// <summary>A message in a field; null when absent.</summary>
    public MlflowCall? Message(string name) => Field(name) is not { } value ? null : value.ValueKind == JsonValueKind.Object ? new MlflowCall(Context, value) : throw Wrong(name, value);

    /// <summary>The key and value pairs of a list such as <c>tags</c>.</summary>
    public IReadOnlyList<Tag> Tags(string name = "tags") =>
        [.. Messages(name).Select((item, i) => new Tag(item.Text("key") ?? throw MissingField(string.Create(CultureInfo.InvariantCulture, $"{name}[{i}].key")), item.TextOrEmpty("value") ?? ""))];

    /// <summary>A number that may be NaN or infinite, also as text; null when absent.</summary>
    public double? Number(string name) => Field(name) is not { } value ? null : value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String when double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw Wrong(name, value),
    };

    /// <summary>The page size asked for.</summary>
    /// <exception cref="MlflowException">It is not from 1 to <paramref name="most"/>.</exception>
    public int MaxResults(int normal, int most)
    {
        var asked = Integer("max_results") ?? normal;
        if (asked < 1) throw MlflowException.BadValue($"Invalid value {asked} for parameter 'max_results' supplied. It must be a positive integer");
        return asked <= most ? (int)asked : throw MlflowException.BadValue($"Invalid value {asked} for parameter 'max_results' supplied. It must be at most {most}");
    }

    public static MlflowException MissingField(string name) =>
        MlflowException.BadValue($"Missing value for required parameter '{name}'. See the API docs for more information about request parameters.");

    private static MlflowException Wrong(string name, JsonElement value)
    {
        var shown = JsonSerializer.Serialize(value, ShownJson.Default.JsonElement);
        return MlflowException.BadValue($"Invalid value {(shown.Length > 200 ? $"{shown[..200]}…" : shown)} for parameter '{name}' supplied. See the API docs for more information about request parameters.");
    }

    private static long? Integer(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt64(out var number) => number,
        JsonValueKind.Number when value.GetDouble() is var real && real == Math.Floor(real) && Math.Abs(real) < 1e18 => (long)real,
        JsonValueKind.String when long.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    private JsonElement? Field(string name) =>
        _message.ValueKind == JsonValueKind.Object && _message.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static JsonElement FromQuery(IQueryCollection query)
    {
        var fields = new Dictionary<string, string[]>();
        foreach (var (name, values) in query) fields[name] = [.. values.Select(value => value ?? "")];
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (name, values) in fields) Write(writer, name, values);
            writer.WriteEndObject();
        }
        return JsonDocument.Parse(buffer.WrittenMemory).RootElement;
    }

    private static void Write(Utf8JsonWriter writer, string name, string[] values)
    {
        if (values.Length == 1)
        {
            writer.WriteString(name, values[0]);
            return;
        }
        writer.WriteStartArray(name);
        foreach (var value in values) writer.WriteStringValue(value);
        writer.WriteEndArray();
    }

    // What cannot be parsed counts as {}, and then fails on what it lacks, as in MLflow. Very old clients send JSON inside a JSON text.
    private static JsonElement FromBody(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = DeepestJson });
        try
        {
            if (!JsonDocument.TryParseValue(ref reader, out var document)) return default;
            return document.RootElement.ValueKind == JsonValueKind.String ? JsonDocument.Parse(document.RootElement.GetString()!, new JsonDocumentOptions { MaxDepth = DeepestJson }).RootElement : document.RootElement;
        }
        catch (JsonException)
        {
            return default;
        }
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonElement))]
internal sealed partial class ShownJson : System.Text.Json.Serialization.JsonSerializerContext;

using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Inference.Serving;
using Saki.Server.Accounts;
using Saki.Server.Http;

namespace Saki.Server.Serving.Control;

/// <summary>One change as it was asked for: an object of texts and numbers, or an empty body.</summary>
internal sealed class ServingCall : IDisposable
{
    private readonly JsonDocument? _json;

    private ServingCall(HttpContext context, JsonDocument? json) => (Context, _json) = (context, json);

    public HttpContext Context { get; }

    /// <summary>The model of the address; on a form whose address has none (<c>-</c>), that of its field.</summary>
    public string Name => (string?)Context.GetRouteValue("model") is { } name && name != "-" ? name : Text("model") ?? "";

    public ChangedBy By => new(Context.Caller()?.Name ?? "", Text("why") ?? "");

    public static async Task<ServingCall> ReadAsync(HttpContext context, int longest)
    {
        using var body = await RequestBody.ReadAsync(context.Request, longest, context.RequestAborted);
        return Of(context, body.Memory.ToArray());
    }

    /// <summary>A call over a body that was read already.</summary>
    /// <exception cref="RequestException">400: it is no object.</exception>
    public static ServingCall Of(HttpContext context, byte[] body)
    {
        if (body.Length == 0) return new ServingCall(context, null);
        try
        {
            var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 4, AllowDuplicateProperties = false });
            return json.RootElement.ValueKind == JsonValueKind.Object ? new ServingCall(context, json) : throw Bad("an object", "something else");
        }
        catch (JsonException)
        {
            throw Bad("JSON, or an empty body", "something else");
        }
    }

    public string? Text(string name) => Member(name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.String } value => value.GetString() is { Length: > 0 and <= 1000 } text ? text : null,
        { ValueKind: JsonValueKind.Number } value => value.GetRawText(),
        _ => throw Bad($"a text for {name}", "something else"),
    };

    public string Required(string name) => Text(name) ?? throw Bad($"a text for {name}", "none");

    public double? Number(string name) => Member(name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.String } value when double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && Math.Abs(number) < 1e9 => number,
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out var number) && double.IsFinite(number) && Math.Abs(number) < 1e9 => number,
        _ => throw Bad($"a number for {name}", "something else"),
    };

    public double RequiredNumber(string name) => Number(name) ?? throw Bad($"a number for {name}", "none");

    /// <summary>A limit; null written out switches it off, left out it is the normal one.</summary>
    public double? Limit(string name, double? normal) => Member(name) is { ValueKind: JsonValueKind.Null } ? null : Number(name) ?? normal;

    public void Dispose() => _json?.Dispose();

    private JsonElement? Member(string name) => _json is not null && _json.RootElement.TryGetProperty(name, out var value) ? value : null;

    private static RequestException Bad(string expected, string got) => new(StatusCodes.Status400BadRequest, "Reading the request", expected, got);
}

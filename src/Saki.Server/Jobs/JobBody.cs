using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Saki.Server.Http;

namespace Saki.Server.Jobs;

/// <summary>Bodies of requests about jobs: small JSON maps whose keys are all known.</summary>
internal static class JobBody
{
    private const int Longest = 256_000;

    /// <summary>Reads the body.</summary>
    /// <exception cref="RequestException">It is not JSON of this form, or a key is unknown.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        if (!context.Request.HasJsonContentType()) throw new RequestException(415, "Reading the request", "Content-Type: application/json", "another one");
        var body = new byte[Longest + 1];
        var length = await ReadAsync(context.Request.Body, body, context.RequestAborted);
        if (length > Longest) throw new RequestException(413, "Reading the request", $"at most {Longest:N0} bytes", "more");
        try
        {
            using var document = JsonDocument.Parse(body.AsMemory(0, length), new JsonDocumentOptions { MaxDepth = 16 });
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw Wrong("a map", "another form");
            foreach (var key in document.RootElement.EnumerateObject().Where(key => type.Properties.All(known => known.Name != key.Name)))
                throw Wrong("keys that are known", $"\"{key.Name}\"", DidYouMean.Hint(key.Name, [.. type.Properties.Select(known => known.Name)]));
            return document.RootElement.Deserialize(type)!;
        }
        catch (JsonException wrong)
        {
            // Its message names types of ours; the path alone says where.
            throw Wrong("JSON of the form that docs/reference/jobs.md shows", wrong.Path is { Length: > 0 } path ? $"another form at {path}" : "another form");
        }
    }

    private static async Task<int> ReadAsync(Stream from, byte[] into, CancellationToken cancellation) => await from.ReadAtLeastAsync(into, into.Length, throwOnEndOfStream: false, cancellation);

    private static RequestException Wrong(string expected, string got, string? next = null) => new(422, "Reading the request", expected, got, next);
}

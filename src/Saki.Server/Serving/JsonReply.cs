using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Saki.Inference.Serving;

namespace Saki.Server.Serving;

/// <summary>Answers of other people's protocols, written member by member as they have them.</summary>
internal static class JsonReply
{
    /// <summary>An object whose members <paramref name="members"/> writes.</summary>
    public static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> members) => WriteValueAsync(context, writer =>
    {
        writer.WriteStartObject();
        members(writer);
        writer.WriteEndObject();
    });

    /// <summary>Whatever <paramref name="value"/> writes.</summary>
    public static async Task WriteValueAsync(HttpContext context, Action<Utf8JsonWriter> value)
    {
        using var span = ServingTrace.Serialise();
        var json = JsonScratch.Take();
        value(json.Writer);
        json.Writer.Flush();
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Written.Length;
        context.Response.BodyWriter.Write(json.Written);
        json.Return();
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}

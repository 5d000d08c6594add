using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Saki.Server.Http;

/// <summary>The W3C trace that a request belongs to.</summary>
internal static class TraceParent
{
    /// <summary>The trace's id, 32 hex digits, where the caller sent a valid <c>traceparent</c>; it then names the answer, so that both are found together. Null otherwise.</summary>
    public static string? IdOf(HttpContext context)
    {
        var header = context.Request.Headers.TraceParent;
        return header.Count == 1 && ActivityContext.TryParse(header[0], null, out var trace) ? trace.TraceId.ToHexString() : null;
    }
}

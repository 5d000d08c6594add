using System.Collections.Frozen;
using System.IO.Compression;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Saki.Server.Accounts;
using Saki.Storage;

namespace Saki.Server.Layout;

/// <summary>The files of <c>wwwroot</c>, carried inside the assembly. Their address holds their digest, so a browser keeps them for a year and never shows an old one.</summary>
internal static class WebFiles
{
    private static readonly FrozenDictionary<string, Asset> All = typeof(WebFiles).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith("wwwroot/", StringComparison.Ordinal))
        .Select(Asset.Load)
        .ToFrozenDictionary(asset => asset.Name, StringComparer.Ordinal);

    /// <summary>The address of a file, e.g. <c>/assets/saki.css?v=1f0c…</c>.</summary>
    public static string Url(string name) => All[name].Url;

    public static void MapWebFiles(this WebApplication app) => app.MapGet("/assets/{name}", ReplyAsync).Open();

    private static Task ReplyAsync(HttpContext context, string name)
    {
        var response = context.Response;
        if (!All.TryGetValue(name, out var asset))
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        var current = context.Request.Query["v"] == asset.Version;
        response.Headers.CacheControl = current ? "public, max-age=31536000, immutable" : "no-cache";
        response.Headers.ETag = asset.ETag;
        response.Headers.Vary = "Accept-Encoding";
        if (context.Request.Headers.IfNoneMatch == asset.ETag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        response.ContentType = asset.ContentType;
        var body = asset.Plain;
        if (context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal))
        {
            response.Headers.ContentEncoding = "br";
            body = asset.Brotli;
        }
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private sealed class Asset(string name, byte[] plain)
    {
        private byte[]? _brotli;

        public string Name { get; } = name;
        public byte[] Plain { get; } = plain;
        public string Version { get; } = Digest.Of(plain).Short;
        public string Url => $"/assets/{Name}?v={Version}";
        public string ETag => $"\"{Version}\"";

        // Two first requests may both compress; the result is the same.
        public byte[] Brotli => _brotli ??= Compress(Plain);

        public string ContentType => Path.GetExtension(Name) switch
        {
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            _ => "application/octet-stream",
        };

        public static Asset Load(string resource)
        {
            using var stream = typeof(WebFiles).Assembly.GetManifestResourceStream(resource)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return new Asset(resource["wwwroot/".Length..], bytes);
        }

        private static byte[] Compress(byte[] plain)
        {
            using var packed = new MemoryStream();
            using (var brotli = new BrotliStream(packed, new BrotliCompressionOptions { Quality = 9 })) brotli.Write(plain);
            return packed.ToArray();
        }
    }
}

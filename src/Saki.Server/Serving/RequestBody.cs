using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Saki.Server.Http;

namespace Saki.Server.Serving;

/// <summary>A request's whole body in rented memory; dispose it when the answer is written.</summary>
internal sealed class RequestBody : IDisposable
{
    private const string Operation = "Reading the request";

    private byte[] _rented;

    private RequestBody(int capacity) => _rented = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _rented.AsMemory(0, Length);

    /// <summary>Reads a stream as it is, within <paramref name="limit"/> bytes.</summary>
    /// <param name="stream">Read to its end.</param>
    /// <param name="length">Its length where the sender said it.</param>
    /// <param name="limit">Most bytes.</param>
    /// <param name="what">A word for it in the refusal.</param>
    /// <param name="cancellation">The caller has gone.</param>
    /// <exception cref="RequestException">413 too long.</exception>
    public static async ValueTask<RequestBody> ReadAsync(Stream stream, long? length, int limit, string what, CancellationToken cancellation)
    {
        if (length > limit) throw Upload.TooLarge(what, limit);
        var body = new RequestBody((int)(length ?? 16 * 1024) + 1);
        try
        {
            await body.FillAsync(stream, limit, what, cancellation);
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>Reads it, unpacked where the sender packed it (gzip, or deflate as zlib), within <paramref name="limit"/> bytes.</summary>
    /// <exception cref="RequestException">413 too long; 415 another encoding; 400 damaged.</exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, int limit, CancellationToken cancellation)
    {
        var encoding = request.Headers.ContentEncoding.ToString();
        if (request.ContentLength > limit) throw Upload.TooLarge("request", limit);
        if (encoding is "" or "identity") return await ReadAsync(request.Body, request.ContentLength, limit, "request", cancellation);
        try
        {
            await using var unpacked = Unpack(request.Body, encoding);
            return await ReadAsync(unpacked, null, limit, "request", cancellation);
        }
        catch (InvalidDataException)
        {
            throw new RequestException(StatusCodes.Status400BadRequest, Operation, $"a body packed as {encoding}", "another one", "Send it without Content-Encoding.");
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_rented);
        _rented = [];
    }

    private static Stream Unpack(Stream body, string encoding) => encoding switch
    {
        "gzip" => new GZipStream(body, CompressionMode.Decompress),
        "deflate" => new ZLibStream(body, CompressionMode.Decompress),
        _ => throw new RequestException(StatusCodes.Status415UnsupportedMediaType, Operation, "Content-Encoding gzip, deflate or none", "another one", "Send the body as it is."),
    };

    private async ValueTask FillAsync(Stream stream, int limit, string what, CancellationToken cancellation)
    {
        int read;
        while ((read = await stream.ReadAsync(_rented.AsMemory(Length), cancellation)) > 0)
        {
            Length += read;
            if (Length > limit) throw Upload.TooLarge(what, limit);
            if (Length == _rented.Length) Grow();
        }
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(_rented.Length * 2);
        _rented.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_rented);
        _rented = larger;
    }
}

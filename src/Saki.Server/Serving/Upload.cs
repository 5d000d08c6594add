using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Saki.Server.Http;

namespace Saki.Server.Serving;

/// <summary>A picture as it was sent.</summary>
/// <param name="File">The name it was sent under, without folders and control characters; null when it had none.</param>
/// <param name="Bytes">The encoded picture.</param>
internal sealed record UploadedImage(string? File, ReadOnlyMemory<byte> Bytes);

/// <summary>The pictures of one request.</summary>
/// <param name="Images">In the order sent.</param>
/// <param name="AsList">True when the sender gave a list, so that the answer is one too, also for a list of one.</param>
/// <remarks>Dispose it to lend its memory to the next request, once nobody looks at the pictures any more; not disposed, it is the collector's.</remarks>
internal sealed record Upload(IReadOnlyList<UploadedImage> Images, bool AsList) : IDisposable
{
    private const string Operation = "Reading the request";
    private const int MaxBoundary = 128;

    /// <summary>Reads multipart parts, a raw body, or base64 in JSON, each within its limits. The sender's content type chooses the form, never a decoder.</summary>
    /// <exception cref="RequestException">400, 413 or 415 with the sentence to show.</exception>
    /// <param name="request">Its body is read to the end.</param>
    /// <param name="options">The limits.</param>
    /// <param name="cancellation">The caller has gone.</param>
    /// <param name="anyType">True: a body of another type is a picture too (curl -T and -d send none or a form's).</param>
    public static async Task<Upload> ReadAsync(HttpRequest request, ServerOptions options, CancellationToken cancellation, bool anyType = false)
    {
        if (request.Headers.ContentEncoding.Count > 0)
        {
            throw new RequestException(StatusCodes.Status415UnsupportedMediaType, Operation, "a body that is not compressed", "a Content-Encoding header", "Send the picture as it is; pictures are compressed already.");
        }
        var media = MediaTypeHeaderValue.TryParse(request.ContentType, out var type) ? type.MediaType.Value?.ToLowerInvariant() : null;
        return media switch
        {
            null when string.IsNullOrEmpty(request.ContentType) => await ReadRawAsync(request, options, cancellation),
            "multipart/form-data" => await ReadPartsAsync(request, type!, options, cancellation),
            "application/json" when !anyType => Base64Images.Parse(await ReadBoundedAsync(request.Body, request.ContentLength, options.MaxRequestBytes, "request", cancellation), options),
            "application/octet-stream" => await ReadRawAsync(request, options, cancellation),
            not null when media.StartsWith("image/", StringComparison.Ordinal) => await ReadRawAsync(request, options, cancellation),
            not null when anyType => await ReadRawAsync(request, options, cancellation),
            "application/x-www-form-urlencoded" => throw new RequestException(StatusCodes.Status415UnsupportedMediaType, Operation, "multipart/form-data, image/*, application/octet-stream or application/json",
                "a form without files", "With curl, send -F image=@FILE, or --data-binary @FILE with -H \"Content-Type: application/octet-stream\"."),
            _ => throw new RequestException(StatusCodes.Status415UnsupportedMediaType, Operation, "multipart/form-data, image/*, application/octet-stream or application/json",
                "another content type", "With curl, send -F image=@FILE."),
        };
    }

    private RequestBody? Rented { get; init; }

    /// <inheritdoc/>
    public void Dispose() => Rented?.Dispose();

    /// <summary>Too many pictures or bytes in one picture.</summary>
    public static RequestException TooLarge(string what, long limit) =>
        new(StatusCodes.Status413PayloadTooLarge, Operation, $"at most {ErrorReplies.Megabytes(limit)} in one {what}", "more", what == "picture" ? "Make the picture smaller." : "Send fewer or smaller pictures.");

    /// <summary>Too many pictures.</summary>
    public static RequestException TooMany(int limit) =>
        new(StatusCodes.Status413PayloadTooLarge, Operation, $"at most {limit} pictures in one request", "more", "Send them in several requests.");

    /// <summary>Nothing to look at.</summary>
    public static RequestException Empty(string? file = null) =>
        new(StatusCodes.Status400BadRequest, Operation, "a picture", file is null ? "an empty body" : $"an empty file \"{file}\"", "With curl, send -F image=@FILE.");

    private static async Task<Upload> ReadRawAsync(HttpRequest request, ServerOptions options, CancellationToken cancellation)
    {
        var body = await RequestBody.ReadAsync(request.Body, request.ContentLength, options.MaxImageBytes, "picture", cancellation);
        if (body.Length > 0) return new Upload([new UploadedImage(null, body.Memory)], AsList: false) { Rented = body };
        body.Dispose();
        throw Empty();
    }

    private static async Task<Upload> ReadPartsAsync(HttpRequest request, MediaTypeHeaderValue type, ServerOptions options, CancellationToken cancellation)
    {
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (string.IsNullOrEmpty(boundary) || boundary.Length > MaxBoundary) throw Malformed();

        var reader = new MultipartReader(boundary, request.Body) { HeadersCountLimit = 16, HeadersLengthLimit = 8 * 1024 };
        var images = new List<UploadedImage>();
        try
        {
            while (await reader.ReadNextSectionAsync(cancellation) is { } section)
            {
                if (images.Count == options.MaxImages) throw TooMany(options.MaxImages);
                images.Add(await ReadPartAsync(section, options, cancellation));
            }
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw Malformed();
        }
        return images.Count == 0 ? throw Empty() : new Upload(images, AsList: images.Count > 1);
    }

    private static async Task<UploadedImage> ReadPartAsync(MultipartSection section, ServerOptions options, CancellationToken cancellation)
    {
        var named = ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition);
        var file = named ? CleanName(disposition!.FileNameStar.HasValue ? disposition.FileNameStar.Value : HeaderUtilities.RemoveQuotes(disposition.FileName).Value) : null;
        if (!named || (!disposition!.FileName.HasValue && !disposition.FileNameStar.HasValue && section.ContentType is null))
        {
            throw new RequestException(StatusCodes.Status400BadRequest, Operation, "parts that hold a picture each", "a text field", "With curl, write -F image=@FILE with the @.");
        }
        var bytes = await ReadBoundedAsync(section.Body, null, options.MaxImageBytes, "picture", cancellation);
        return bytes.IsEmpty ? throw Empty(file ?? "") : new UploadedImage(file, bytes);
    }

    // Browsers of old send whole paths, attackers send anything, signs that turn the writing direction among it; the name is only ever shown, never opened.
    private static string? CleanName(string? sent)
    {
        if (string.IsNullOrEmpty(sent)) return null;
        var name = sent[(sent.LastIndexOfAny(['/', '\\']) + 1)..];
        name = new string([.. name.Where(sign => !char.IsControl(sign) && char.GetUnicodeCategory(sign) != UnicodeCategory.Format).Take(200)]);
        return name.Length == 0 ? null : name;
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBoundedAsync(Stream body, long? length, int limit, string what, CancellationToken cancellation)
    {
        using var all = await RequestBody.ReadAsync(body, length, limit, what, cancellation);
        return all.Memory.ToArray();
    }

    private static RequestException Malformed() =>
        new(StatusCodes.Status400BadRequest, Operation, "well-formed multipart/form-data", "a body that is cut off or does not match its boundary", "With curl, send -F image=@FILE.");
}

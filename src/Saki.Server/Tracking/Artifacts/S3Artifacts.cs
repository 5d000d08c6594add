using System.Globalization;
using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Saki.Storage;
using Saki.Tracking;
using MultipartUpload = Saki.Tracking.MultipartUpload;

namespace Saki.Server.Tracking.Artifacts;

/// <summary>
/// Artifacts as objects of a bucket. What is uploaded is streamed on in parts of 8 MiB, so that memory holds one part whatever the size; an object appears when it is
/// whole. Files of runs that were made without a server stay where they are, in <paramref name="local"/>.
/// </summary>
/// <param name="address">Bucket and prefix.</param>
/// <param name="local">Of this machine.</param>
/// <param name="cache">Where files are fetched to that the server itself opens (a gate's).</param>
internal sealed class S3Artifacts(S3Address address, ArtifactFolder local, string cache) : ArtifactStore
{
    private const int PartBytes = 8 << 20, MostParts = 10_000;
    private static readonly TimeSpan LinkLife = TimeSpan.FromHours(1);
    private readonly AmazonS3Client _s3 = S3Address.Connect(Environment.GetEnvironmentVariable);

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<ArtifactFile>> ListAsync(string? folder, CancellationToken cancellation = default)
    {
        if (local.IsOfLocalRun(folder)) return await local.ListAsync(folder, cancellation);
        var parts = ArtifactPath.Parts(folder);
        var prefix = parts.Count == 0 ? address.Prefix : $"{Key(folder!)}/";
        var found = new List<ArtifactFile>();
        try
        {
            await foreach (var page in _s3.Paginators.ListObjectsV2(new ListObjectsV2Request { BucketName = address.Bucket, Prefix = prefix, Delimiter = "/" }).Responses.WithCancellation(cancellation))
            {
                found.AddRange(page.CommonPrefixes.Select(inner => new ArtifactFile(inner[prefix.Length..].TrimEnd('/'), IsDir: true)));
                found.AddRange(page.S3Objects.Where(item => item.Key.Length > prefix.Length).Select(item => new ArtifactFile(item.Key[prefix.Length..], IsDir: false, item.Size)));
            }
        }
        catch (AmazonS3Exception refused)
        {
            throw Told(refused);
        }
        return [.. found.OrderBy(entry => entry.Path, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public override async Task<long?> SizeAsync(string path, CancellationToken cancellation = default)
    {
        if (local.IsOfLocalRun(path)) return await local.SizeAsync(path, cancellation);
        try
        {
            return (await _s3.GetObjectMetadataAsync(address.Bucket, Key(path), cancellation)).ContentLength;
        }
        catch (AmazonS3Exception none) when (none.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (AmazonS3Exception refused)
        {
            throw Told(refused);
        }
    }

    /// <inheritdoc/>
    public override async Task<Stream> OpenAsync(string path, CancellationToken cancellation = default) =>
        local.IsOfLocalRun(path) ? await local.OpenAsync(path, cancellation) : (await GetAsync(path, null, cancellation)).ResponseStream;

    /// <inheritdoc/>
    public override async Task SaveAsync(string path, Stream content, CancellationToken cancellation)
    {
        if (local.IsOfLocalRun(path))
        {
            await local.SaveAsync(path, content, cancellation);
            return;
        }
        var part = new byte[PartBytes];
        var filled = await content.ReadAtLeastAsync(part, PartBytes, throwOnEndOfStream: false, cancellation);
        try
        {
            if (filled < PartBytes) await _s3.PutObjectAsync(new PutObjectRequest { BucketName = address.Bucket, Key = Key(path), InputStream = new MemoryStream(part, 0, filled), UseChunkEncoding = false }, cancellation);
            else await SaveInPartsAsync(path, content, part, cancellation);
        }
        catch (AmazonS3Exception refused)
        {
            throw Told(refused);
        }
    }

    /// <inheritdoc/>
    public override async Task DeleteAsync(string path, CancellationToken cancellation = default)
    {
        if (local.IsOfLocalRun(path))
        {
            await local.DeleteAsync(path, cancellation);
            return;
        }
        if (ArtifactPath.Parts(path).Count == 0) throw ArtifactPath.Invalid();
        try
        {
            await _s3.DeleteObjectAsync(address.Bucket, Key(path), cancellation);
            while (await _s3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = address.Bucket, Prefix = $"{Key(path)}/" }, cancellation) is { S3Objects.Count: > 0 } inside)
                await _s3.DeleteObjectsAsync(new DeleteObjectsRequest { BucketName = address.Bucket, Objects = [.. inside.S3Objects.Select(item => new KeyVersion { Key = item.Key })] }, cancellation);
        }
        catch (AmazonS3Exception refused)
        {
            throw Told(refused);
        }
    }

    /// <inheritdoc/>
    public override async Task SendAsync(HttpContext context, string path)
    {
        if (local.IsOfLocalRun(path))
        {
            await local.SendAsync(context, path);
            return;
        }
        if (await SizeAsync(path, context.RequestAborted) is not { } size) throw None(path);
        var range = RangeOf(context.Request, size);
        var name = ArtifactPath.Parts(path)[^1];
        NameDownload(context, name);
        var reply = context.Response;
        (reply.ContentType, reply.Headers.AcceptRanges) = (ContentType.Of(name), "bytes");
        if (range is { } asked && asked.From >= size)
        {
            reply.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            reply.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{size}");
            return;
        }
        reply.ContentLength = range is { } part ? part.To - part.From + 1 : size;
        if (range is { } sent)
        {
            reply.StatusCode = StatusCodes.Status206PartialContent;
            reply.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {sent.From}-{sent.To}/{size}");
        }
        if (HttpMethods.IsHead(context.Request.Method) || size == 0) return;
        using var got = await GetAsync(path, range is { } bytes ? new ByteRange(bytes.From, bytes.To) : null, context.RequestAborted);
        await got.ResponseStream.CopyToAsync(reply.Body, 1 << 17, context.RequestAborted);
    }

    /// <inheritdoc/>
    public override async Task<string> FolderAsync(string uri, CancellationToken cancellation = default)
    {
        var path = PathOf(uri);
        if (local.IsOfLocalRun(path)) return await local.FolderAsync(uri, cancellation);
        // Asked for when a version is to be proven: fetched anew, so that what is proven is what lies there.
        var folder = Path.Combine(cache, Digest.Of(System.Text.Encoding.UTF8.GetBytes(path)).ToString());
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        await FetchAsync(path, folder, cancellation);
        return folder;
    }

    /// <inheritdoc/>
    public override async Task<int> SweepAsync(TimeProvider time, CancellationToken cancellation)
    {
        var (swept, before) = (0, time.GetUtcNow().UtcDateTime - TimeSpan.FromDays(1));
        foreach (var upload in (await OpenUploadsAsync(cancellation)).Where(upload => upload.Initiated < before))
            if (await TryAbortAsync(upload.Key, upload.UploadId)) swept++;
        return swept + await local.SweepAsync(time, cancellation);
    }

    /// <inheritdoc/>
    public override async Task<MultipartUpload> BeginAsync(string path, int parts, CancellationToken cancellation)
    {
        if (local.IsOfLocalRun(path)) return await base.BeginAsync(path, parts, cancellation);
        if (parts is < 1 or > MostParts) throw MlflowException.BadValue($"Invalid value {parts} for parameter 'num_parts' supplied. It must be from 1 to {MostParts}");
        try
        {
            var upload = (await _s3.InitiateMultipartUploadAsync(address.Bucket, Key(path), cancellation)).UploadId;
            return new MultipartUpload(upload, [.. Enumerable.Range(1, parts).Select(number => new MultipartAddress(Link(path, HttpVerb.PUT, upload, number), number, new Dictionary<string, string>()))]);
        }
        catch (AmazonS3Exception refused)
        {
            throw Told(refused);
        }
    }

    /// <inheritdoc/>
    public override async Task CompleteAsync(string path, string upload, IReadOnlyList<MultipartPart> parts, CancellationToken cancellation)
    {
        try
        {
            await _s3.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest
            {
                BucketName = address.Bucket,
                Key = Key(path),
                UploadId = upload,
                PartETags = [.. parts.Select(part => new PartETag(part.PartNumber, part.Etag))],
            }, cancellation);
        }
        catch (AmazonS3Exception refused)
        {
            throw Told(refused);
        }
    }

    /// <inheritdoc/>
    public override async Task AbortAsync(string path, string upload, CancellationToken cancellation)
    {
        try
        {
            await _s3.AbortMultipartUploadAsync(address.Bucket, Key(path), upload, cancellation);
        }
        catch (AmazonS3Exception refused)
        {
            throw Told(refused);
        }
    }

    /// <inheritdoc/>
    public override async Task<PresignedDownload> PresignAsync(string path, CancellationToken cancellation)
    {
        if (local.IsOfLocalRun(path)) return await base.PresignAsync(path, cancellation);
        var size = await SizeAsync(path, cancellation) ?? throw None(path);
        return new PresignedDownload(Link(path, HttpVerb.GET, null, 0), new Dictionary<string, string>(), size);
    }

    /// <inheritdoc/>
    public override void Dispose() => _s3.Dispose();

    private async Task SaveInPartsAsync(string path, Stream content, byte[] part, CancellationToken cancellation)
    {
        var upload = (await _s3.InitiateMultipartUploadAsync(address.Bucket, Key(path), cancellation)).UploadId;
        try
        {
            var (sent, filled) = (new List<PartETag>(), part.Length);
            while (filled > 0)
            {
                if (sent.Count == MostParts) throw MlflowException.BadValue($"Artifact is larger than {(long)MostParts * PartBytes} bytes");
                var reply = await _s3.UploadPartAsync(new UploadPartRequest
                {
                    BucketName = address.Bucket,
                    Key = Key(path),
                    UploadId = upload,
                    PartNumber = sent.Count + 1,
                    InputStream = new MemoryStream(part, 0, filled),
                    PartSize = filled,
                    // Amazon's way of signing in chunks is not understood by all other servers.
                    UseChunkEncoding = false,
                }, cancellation);
                sent.Add(new PartETag(sent.Count + 1, reply.ETag));
                filled = await content.ReadAtLeastAsync(part, part.Length, throwOnEndOfStream: false, cancellation);
            }
            await _s3.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = address.Bucket, Key = Key(path), UploadId = upload, PartETags = sent }, cancellation);
        }
        catch
        {
            await TryAbortAsync(Key(path), upload);
            throw;
        }
    }

    private async Task<IReadOnlyList<Amazon.S3.Model.MultipartUpload>> OpenUploadsAsync(CancellationToken cancellation)
    {
        try
        {
            return (await _s3.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = address.Bucket, Prefix = address.Prefix }, cancellation)).MultipartUploads;
        }
        catch (AmazonS3Exception unknown) when (unknown.StatusCode is HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented)
        {
            return [];
        }
    }

    // A failed upload is what is told; that its parts stay until the bucket's own rules remove them is not.
    private async Task<bool> TryAbortAsync(string key, string upload)
    {
        try
        {
            await _s3.AbortMultipartUploadAsync(address.Bucket, key, upload, CancellationToken.None);
            return true;
        }
        catch (AmazonS3Exception)
        {
            return false;
        }
    }

    private async Task FetchAsync(string path, string folder, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        foreach (var entry in await ListAsync(path, cancellation))
        {
            // Names come from the bucket: what would lead out of the folder is refused like a client's.
            var (inner, target) = ($"{path}/{entry.Path}", Path.Combine([folder, .. ArtifactPath.Parts(entry.Path)]));
            if (entry.IsDir)
            {
                await FetchAsync(inner, target, cancellation);
                continue;
            }
            await using var file = File.Create(target);
            using var got = await GetAsync(inner, null, cancellation);
            await got.ResponseStream.CopyToAsync(file, cancellation);
        }
    }

    private async Task<GetObjectResponse> GetAsync(string path, ByteRange? range, CancellationToken cancellation)
    {
        try
        {
            return await _s3.GetObjectAsync(new GetObjectRequest { BucketName = address.Bucket, Key = Key(path), ByteRange = range }, cancellation);
        }
        catch (AmazonS3Exception none) when (none.StatusCode == HttpStatusCode.NotFound)
        {
            throw None(path);
        }
        catch (AmazonS3Exception refused)
        {
            throw Told(refused);
        }
    }

    private string Link(string path, HttpVerb verb, string? upload, int part) => _s3.GetPreSignedURL(new GetPreSignedUrlRequest
    {
        BucketName = address.Bucket,
        Key = Key(path),
        Verb = verb,
        UploadId = upload,
        PartNumber = part,
        Expires = TimeProvider.System.GetUtcNow().UtcDateTime + LinkLife,
        Protocol = _s3.Config.ServiceURL is { } service && service.StartsWith("http:", StringComparison.Ordinal) ? Protocol.HTTP : Protocol.HTTPS,
    });

    private string Key(string path) => address.Prefix + string.Join('/', ArtifactPath.Parts(path));

    // One range is honoured; of several, or of what is no range, the whole is sent, as HTTP allows.
    private static (long From, long To)? RangeOf(HttpRequest request, long size)
    {
        if (request.Headers.Range is not { Count: 1 } text || !RangeHeaderValue.TryParse(new StringSegment(text.ToString()), out var header) || header.Unit != "bytes" || header.Ranges.Count != 1) return null;
        var asked = header.Ranges.First();
        if (asked.From is { } from) return (from, Math.Min(asked.To ?? long.MaxValue, size - 1));
        return asked.To is > 0 and var last ? (Math.Max(0, size - last), size - 1) : null;
    }

    private static MlflowException Told(AmazonS3Exception refused) => new("TEMPORARILY_UNAVAILABLE", string.Create(CultureInfo.InvariantCulture, $"The store of artifacts refused ({(int)refused.StatusCode} {refused.ErrorCode})."), refused);
}

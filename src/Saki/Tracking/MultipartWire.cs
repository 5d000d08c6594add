namespace Saki.Tracking;

/// <summary>Answer of <c>mlflow-artifacts/mpu/create</c>: an upload whose parts go past the server.</summary>
/// <param name="UploadId">The store's name of it.</param>
/// <param name="Credentials">Where each part is sent.</param>
public sealed record MultipartUpload(string UploadId, IReadOnlyList<MultipartAddress> Credentials);

/// <summary>Where one part is sent (PUT); good for an hour.</summary>
public sealed record MultipartAddress(string Url, int PartNumber, IReadOnlyDictionary<string, string> Headers);

/// <summary>A part that was sent, and what the store called it.</summary>
public sealed record MultipartPart(int PartNumber, string Etag);

/// <summary>Answer of <c>mlflow-artifacts/presigned</c>: where a file is read past the server; good for an hour. The size is in bytes.</summary>
public sealed record PresignedDownload(string Url, IReadOnlyDictionary<string, string> Headers, long FileSize);

using Amazon.S3;

namespace Saki.Server.Tracking.Artifacts;

/// <summary>A place in S3: <c>s3://bucket/prefix</c>.</summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="Prefix">Begins each key; empty, or with a slash at its end.</param>
internal sealed record S3Address(string Bucket, string Prefix)
{
    /// <summary>Reads an address.</summary>
    /// <exception cref="SakiException">It is no such address.</exception>
    public static S3Address Read(string location)
    {
        if (!Uri.TryCreate(location, UriKind.Absolute, out var address) || address.Scheme != "s3" || address.Host.Length == 0 || address.Query.Length > 0)
            throw new SakiException("Reading the place of artifacts", "a folder, or s3://bucket/prefix", $"\"{location}\"", "Correct --artifacts.");
        var prefix = Uri.UnescapeDataString(address.AbsolutePath).Trim('/');
        return new S3Address(address.Host, prefix.Length == 0 ? "" : $"{prefix}/");
    }

    /// <summary>
    /// A client with credentials and endpoint of the usual places: <c>AWS_ACCESS_KEY_ID</c>, <c>AWS_SECRET_ACCESS_KEY</c>, <c>AWS_SESSION_TOKEN</c>, <c>AWS_PROFILE</c>,
    /// <c>AWS_REGION</c>, the machine's role; <c>AWS_ENDPOINT_URL_S3</c>, <c>AWS_ENDPOINT_URL</c> or MLflow's <c>MLFLOW_S3_ENDPOINT_URL</c> for another server than Amazon's.
    /// </summary>
    public static AmazonS3Client Connect(Func<string, string?> environment)
    {
        var config = new AmazonS3Config { MaxErrorRetry = 4, Timeout = TimeSpan.FromMinutes(10) };
        var endpoint = environment("AWS_ENDPOINT_URL_S3") ?? environment("AWS_ENDPOINT_URL") ?? environment("MLFLOW_S3_ENDPOINT_URL");
        if (endpoint is { Length: > 0 })
        {
            config.ServiceURL = endpoint;
            config.ForcePathStyle = true;
            config.AuthenticationRegion = environment("AWS_REGION") ?? environment("AWS_DEFAULT_REGION") ?? "us-east-1";
        }
        return new AmazonS3Client(config);
    }
}

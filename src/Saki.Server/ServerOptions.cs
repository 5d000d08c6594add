using Microsoft.Extensions.Logging;
using Saki.Inference;

namespace Saki.Server;

/// <summary>What one server is told at its start. Sizes count bytes, in decimal megabytes where they are said to people.</summary>
public sealed record ServerOptions
{
    /// <summary>The model that answers; the caller keeps owning it. Null: the page says how to get one and the routes answer 503.</summary>
    public Predictor? Predictor { get; init; }

    /// <summary>The home folder whose tracking database, artifacts and runs are served; null: no tracking server.</summary>
    public SakiHome? Home { get; init; }

    /// <summary>Largest artifact of one upload. Default 100 GB.</summary>
    public long MaxArtifactBytes { get; init; } = 100_000_000_000;

    /// <summary>Where to listen: <c>127.0.0.1</c> (default), <c>::1</c> or <c>localhost</c>. Others are refused while there are no accounts.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>TCP port, 1 to 65535; 0 takes any free one. Default 5252.</summary>
    public int Port { get; init; } = 5252;

    /// <summary>Largest picture. Default 10 MB.</summary>
    public int MaxImageBytes { get; init; } = 10_000_000;

    /// <summary>Largest request body: several pictures, or one in base64. Default 64 MB.</summary>
    public int MaxRequestBytes { get; init; } = 64_000_000;

    /// <summary>Most pictures in one request. Default 64.</summary>
    public int MaxImages { get; init; } = 64;

    /// <summary>Pictures classified at the same time. Default: one per core.</summary>
    public int Parallel { get; init; } = Environment.ProcessorCount;

    /// <summary>Requests that may wait for their turn; more are told to come back (503). Default 64.</summary>
    public int Waiting { get; init; } = 64;

    /// <summary>Request bodies held in memory at the same time; what would exceed it is told to come back (503). Default 256 MB.</summary>
    public long MaxBytesInFlight { get; init; } = 256_000_000;

    /// <summary>Least serious message that is logged, to standard error. Default: warnings.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Warning;
}

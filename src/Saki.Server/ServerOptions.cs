using Microsoft.Extensions.Logging;
using Saki.Inference.Serving;
using Saki.Server.Accounts;
using Saki.Server.Jobs;
using Saki.Server.Serving.Following;

namespace Saki.Server;

/// <summary>What one server is told at its start. Sizes count bytes, in decimal megabytes where they are said to people.</summary>
public sealed record ServerOptions
{
    /// <summary>The models that answer; the caller keeps owning them. Null, or empty: the page says how to get one and the routes answer 404 or 503.</summary>
    public ModelRepository? Models { get; init; }

    /// <summary>Folder whose archives may be registered over HTTP by their file name; null: none may.</summary>
    public string? ModelStore { get; init; }

    /// <summary>The registry that models are taken from and followed; owned by the server. Null: the one of <see cref="Home"/>, where there is one.</summary>
    public RegistryLink? Registry { get; init; }

    /// <summary>True: every registered model with a version in Production is served, as soon as it has one. Default: false.</summary>
    public bool ServeProduction { get; init; }

    /// <summary>File for the audit of what is served, where <see cref="Home"/> is null and there is no registry whose audit has it; null: none is written.</summary>
    public string? ServingAudit { get; init; }

    /// <summary>A port of its own for loading and unloading (TorchServe: 8081); null: they answer on <see cref="Port"/>.</summary>
    public int? ManagementPort { get; init; }

    /// <summary>A port for gRPC (HTTP/2 without TLS; Triton: 8001); null: no gRPC.</summary>
    public int? GrpcPort { get; init; }

    /// <summary>A port of its own for <c>/metrics</c> (TorchServe: 8082); null: it answers on <see cref="Port"/>.</summary>
    public int? MetricsPort { get; init; }

    /// <summary>The home folder whose tracking database, artifacts and runs are served; null: no tracking server.</summary>
    public SakiHome? Home { get; init; }

    /// <summary>How jobs run here; null: this server runs none and has no page of them.</summary>
    public JobOptions? Jobs { get; init; }
    /// <summary>The tracking database: <c>postgres://user:password@host/name</c>, or the path of an SQLite file; null: <c>tracking/tracking.db</c> in <see cref="Home"/>.</summary>
    public string? Database { get; init; }

    /// <summary>Where artifacts are kept: <c>s3://bucket/prefix</c>, or a folder; null: <c>tracking/artifacts</c> in <see cref="Home"/>.</summary>
    public string? Artifacts { get; init; }

    /// <summary>Largest artifact of one upload. Default 100 GB.</summary>
    public long MaxArtifactBytes { get; init; } = 100_000_000_000;

    /// <summary>Who is let in. Null: everybody, which is possible only while <see cref="Host"/> is this machine's own address, and every page says so.</summary>
    public AccessTokens? Tokens { get; init; }

    /// <summary>True: the Try page and the predictions need no token. Default: false.</summary>
    public bool Public { get; init; }

    /// <summary>
    /// Names under which browsers and programs may call a server that listens beyond this machine, without port; an address in digits and this machine's own name always may.
    /// Default: none.
    /// </summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Networks of one's own that webhooks may call, also without TLS. Default: none, so that they reach the open internet by https only.</summary>
    public IReadOnlyList<System.Net.IPNetwork> WebhookNetworks { get; init; } = [];

    /// <summary>The language model that words the answers of <c>/ask</c>; null (default): rules do.</summary>
    public Ask.AskOptions? Ask { get; init; }

    /// <summary>Where to listen: an address of this machine, <c>localhost</c>, or <c>0.0.0.0</c> and <c>::</c> for all of them. Default: <c>127.0.0.1</c>. Others than the loopback ones need <see cref="Tokens"/>.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>TCP port, 1 to 65535; 0 takes any free one. Default 5252.</summary>
    public int Port { get; init; } = 5252;

    /// <summary>Largest picture. Default 10 MB.</summary>
    public int MaxImageBytes { get; init; } = 10_000_000;

    /// <summary>Largest request body: several pictures, or one in base64. Default 64 MB.</summary>
    public int MaxRequestBytes { get; init; } = 64_000_000;

    /// <summary>Most pictures in one request. Default 64.</summary>
    public int MaxImages { get; init; } = 64;

    /// <summary>Requests in the house at once, running and waiting; more are told to come back (503). Default 512. Each model's own queue is bounded besides.</summary>
    public int MaxRequests { get; init; } = 512;

    /// <summary>How long a request waits for its turn before it is given up (504). Default 30 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Request bodies held in memory at the same time; what would exceed it is told to come back (503). Default 256 MB.</summary>
    public long MaxBytesInFlight { get; init; } = 256_000_000;

    /// <summary>True: log lines are JSON objects, one a line, with scopes. Default: text.</summary>
    public bool JsonLog { get; init; }

    /// <summary>A collector for traces and numbers over OTLP/HTTP (its base address; port 4318 by custom); null: nothing is sent.</summary>
    public Uri? Otlp { get; init; }

    /// <summary>How long the server goes on answering, while it already says that it is not ready, once it is asked to end: balancers need this long to notice. Default: not at all.</summary>
    public TimeSpan Drain { get; init; }
    /// <summary>How long a picture that a person agreed to have kept stays. Default 365 days.</summary>
    public TimeSpan KeepFeedback { get; init; } = TimeSpan.FromDays(365);

    /// <summary>Least serious message that is logged, to standard error. Default: warnings.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Warning;
}

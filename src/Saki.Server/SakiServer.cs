using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Saki.Inference.Serving;
using Saki.Server.Accounts;
using Saki.Server.Ask;
using Saki.Server.Calibration;
using Saki.Server.Data;
using Saki.Server.Feedback;
using Saki.Server.Find;
using Saki.Server.Health;
using Saki.Server.Http;
using Saki.Server.Jobs;
using Saki.Server.Layout;
using Saki.Server.Loop;
using Saki.Server.OpenApi;
using Saki.Server.Serving;
using Saki.Server.Serving.Control;
using Saki.Server.Serving.Following;
using Saki.Server.ServingPages;
using Saki.Server.Settings;
using Saki.Server.Telemetry;
using Saki.Server.Tracking;
using Saki.Server.Try;
using Saki.Server.Try.Live;

namespace Saki.Server;

/// <summary>
/// The site and the routes in one process: build, start, wait, dispose. Signals are the caller's, who ends <see cref="WaitForShutdownAsync"/> by its token.
/// Nothing is read from environment variables or the current folder; <see cref="ServerOptions"/> says all.
/// </summary>
public sealed class SakiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ServerOptions _options;

    private TrackingSite? _tracking;
    private JobsSite? _jobs;
    private LoopSite? _loop;
    private CalibrationSite? _calibration;
    private AskSite? _ask;
    private SettingsSite? _settings;
    private DataPages? _data;
    private RegistryFollower? _follower;
    private OtlpExport? _otlp;

    private SakiServer(WebApplication app, ServerOptions options) => (_app, _options) = (app, options);

    /// <summary>Where it listens, with the real port. Valid after <see cref="StartAsync"/>.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <summary>The real route table, for the test that walks it.</summary>
    internal IReadOnlyList<RouteEndpoint> Routes => [.. _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    /// <summary>Configures without listening yet.</summary>
    /// <exception cref="SakiException">The options name an address that is not this machine's own, or a port that does not exist.</exception>
    public static SakiServer Build(ServerOptions options)
    {
        var endpoint = Endpoint(options);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Limit(kestrel, endpoint, options));
        builder.Logging.SetMinimumLevel(options.LogLevel).AddFilter("Microsoft", LogLevel.Warning)
            // Nothing of ours comes from there, and while it may speak every request gets an activity of its own.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        if (options.JsonLog) builder.Logging.AddJsonConsole(console => console.TimestampFormat = "O");
        else builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Services
            .Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
            .AddSingleton<IHostLifetime, CallersLifetime>()
            .Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(15))
            .AddSingleton(options)
            .AddSingleton(TimeProvider.System)
            .AddSingleton<SignInAttempts>()
            .AddSingleton<AccountAudit>()
            .AddSingleton(new Admission(options))
            .AddSingleton<Readiness>()
            .AddSingleton<ServingHistory>()
            .AddHostedService(services => services.GetRequiredService<ServingHistory>())
            .AddSingleton<KeptFeedback>()
            .AddSingleton<KeptCalibrations>()
            .AddSingleton<RecentAnswers>()
            .AddSingleton<PictureQuestion>()
            .AddSingleton<LiveSessions>()
            .AddSingleton<ErrorPage>(Problem.ShowAsync)
            .AddHttpContextAccessor()
            .AddSingleton<Microsoft.AspNetCore.Routing.MatcherPolicy, PageRoutes>()
            .AddRoutingCore();

        var app = builder.Build();
        // Every part is one for all requests: no scope needs to be made for each.
        app.Use((context, next) =>
        {
            context.RequestServices = app.Services;
            return next(context);
        });
        app.UseSecurityHeaders();
        app.UseErrorReplies();
        app.UseRequestGuard();
        app.UseRouting();
        app.UsePortRoles();
        app.UseAccess();
        app.UseWhen(static context => context.Request.Headers.Upgrade.Count > 0,
            static upgrade => upgrade.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.FromSeconds(15), KeepAliveTimeout = TimeSpan.FromSeconds(30) }));
        app.MapWebFiles();
        app.MapTheme();
        app.MapSingleKeys();
        app.MapHealth();
        app.MapOpenApi();
        app.MapSignIn();
        app.MapAccounts();
        app.MapTokens();
        app.MapOwnAccount();
        app.MapTry();
        app.MapServingPage();
        app.MapLive();
        app.MapInference();
        app.MapManagement().OnPort(options.ManagementPort);
        app.MapProbes().OnPort(options.MetricsPort);
        return new SakiServer(app, options);
    }

    /// <summary>Listens and answers.</summary>
    /// <exception cref="SakiException">The port is taken or may not be used.</exception>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        if (_options.Home is { } home)
        {
            _tracking = await TrackingSite.OpenAsync(home, TimeProvider.System, _options.Database, _options.Artifacts);
            _app.Services.GetRequiredService<KeptFeedback>().Store = _tracking.Feedback;
            _app.Services.GetRequiredService<AccountAudit>().Database = _tracking.Database;
            _tracking.Map(_app, _options);
            _ask = new AskSite(home, _options, _tracking, _app.Services.GetRequiredService<RecentAnswers>(), model => _loop?.Drift(model), TimeProvider.System);
            _ask.Map(_app);
            _settings = new SettingsSite(home, _options, _tracking, TimeProvider.System, _app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Saki.Server.Settings"));
            _settings.Map(_app);
            _data = new DataPages(home, _options, TimeProvider.System);
            _data.Map(_app);
            new FindApi(home, _tracking.RegistryReader, _tracking.RunReader, _tracking.Experiments).Map(_app);
        }
        if (_options.Jobs is { } jobs)
        {
            _jobs = JobsSite.Open(_tracking?.Database, jobs, TimeProvider.System, _app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Saki.Server.Jobs"), () => _tracking is null ? null : Reachable(), _options.Database);
            _jobs.Map(_app, runPages: _tracking is not null);
        }
        if (_options.Models is { } models)
        {
            await AuditAsync(models);
            await FollowAsync(models, cancellation);
            if (_tracking is { Labelling: { } labelling } && _jobs is not null)
            {
                _loop = new LoopSite(_options.Home!, _tracking, labelling, _jobs, models, _app.Services.GetRequiredService<ServingHistory>(), TimeProvider.System, _app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Saki.Server.Loop"));
                _loop.Map(_app);
                _calibration = new CalibrationSite(_options.Home!, _tracking, _jobs, models, _app.Services.GetRequiredService<KeptCalibrations>(), TimeProvider.System, _app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Saki.Server.Calibration"));
                _calibration.Map(_app);
            }
        }
        if (_options.Otlp is { } collector) _otlp = new OtlpExport(collector, _options.Models);
        try
        {
            await _app.StartAsync(cancellation);
        }
        catch (IOException failure) when (failure.InnerException is AddressInUseException)
        {
            throw new SakiException("Starting the server", $"a free port {_options.Port} at {_options.Host}", "one that another program listens on",
                "Stop that program, or choose another port with --port.", failure);
        }
        catch (SocketException failure)
        {
            throw new SakiException("Starting the server", $"a port that this user may open at {_options.Host}", $"{_options.Port}, which the system refuses ({failure.SocketErrorCode})",
                "Choose a port above 1023 with --port.", failure);
        }
        Address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var log = _app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Saki.Server");
        ServerLog.Listening(log, Address);
        _jobs?.Start();
        _loop?.Start();
        _calibration?.Start();
        _settings?.Start();
        _app.Lifetime.ApplicationStopping.Register(() => ServerLog.Stopping(log));
    }

    /// <summary>
    /// Returns when <paramref name="cancellation"/> fires, after running requests are done (at most 15 s). Where the options ask for it the server first says that it is not ready and
    /// goes on answering for a while.
    /// </summary>
    public async Task WaitForShutdownAsync(CancellationToken cancellation = default)
    {
        if (_options.Drain > TimeSpan.Zero)
        {
            var stopping = new TaskCompletionSource();
            await using var asked = cancellation.Register(() => stopping.TrySetResult());
            await using var ended = _app.Lifetime.ApplicationStopping.Register(() => stopping.TrySetResult());
            await stopping.Task;
            _app.Services.GetRequiredService<Readiness>().Drain();
            await Task.Delay(_options.Drain, TimeProvider.System, CancellationToken.None);
        }
        await _app.WaitForShutdownAsync(cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_follower is not null)
        {
            await _follower.StopAsync(CancellationToken.None);
            _follower.Dispose();
        }
        _options.Registry?.Dispose();
        await _app.DisposeAsync();
        if (_calibration is not null) await _calibration.DisposeAsync();
        if (_loop is not null) await _loop.DisposeAsync();
        if (_ask is not null) await _ask.DisposeAsync();
        if (_settings is not null) await _settings.DisposeAsync();
        _data?.Dispose();
        if (_jobs is not null) await _jobs.DisposeAsync();
        _otlp?.Dispose();
        if (_tracking is not null) await _tracking.DisposeAsync();
    }

    // From this machine: one that listens on all addresses is called by the loopback one.
    private Uri Reachable() => new UriBuilder(Address) { Host = Address.Host is "0.0.0.0" ? "127.0.0.1" : Address.Host is "[::]" ? "[::1]" : Address.Host }.Uri;

    // What the registry has is loaded before the first request is let in; a registry that is away does not keep the server from starting.
    private async Task FollowAsync(ModelRepository models, CancellationToken cancellation)
    {
        var registry = _options.Registry ?? _tracking?.Link(_options.Home!, TimeProvider.System);
        if (registry is null) return;
        models.Resolve = reference => registry.FindAsync(reference, CancellationToken.None).GetAwaiter().GetResult();
        var log = _app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Saki.Server");
        _follower = new RegistryFollower(models, registry, _options.ServeProduction, log);
        try
        {
            await _follower.SyncAsync(cancellation);
        }
        catch (SakiException away)
        {
            ServerLog.RegistryAway(log, away.Message);
        }
        await _follower.StartAsync(CancellationToken.None);
    }

    // In the registry's audit where there is one, else in a file.
    private Task AuditAsync(ModelRepository models)
    {
        if (_tracking is not null) return models.Routes.AuditWithAsync(_tracking.AppendAsync);
        return _options.ServingAudit is { } path ? models.Routes.AuditWithAsync(new AuditFile(path).AppendAsync) : Task.CompletedTask;
    }

    // The host's own handler would end the server at the first signal, before it has drained.
    private sealed class CallersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private static IPEndPoint Endpoint(ServerOptions options)
    {
        var address = options.Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(options.Host, out var parsed) ? parsed : null;
        if (address is null) throw new SakiException("Starting the server", "an address in digits, or localhost", $"\"{options.Host}\"", "Correct --host.");
        if (options.Tokens is null && !IPAddress.IsLoopback(address))
        {
            throw new SakiException("Starting the server", "an address that only this machine reaches (127.0.0.1, ::1 or localhost), since nobody has to sign in", $"\"{options.Host}\"",
                "Leave --no-auth out, or leave --host out.");
        }
        if (options.Port is < 0 or > 65535)
        {
            throw new SakiException("Starting the server", "a port from 0 to 65535", options.Port.ToString(CultureInfo.InvariantCulture), "Correct --port.");
        }
        return new IPEndPoint(address, options.Port);
    }

    private static void Limit(KestrelServerOptions kestrel, IPEndPoint endpoint, ServerOptions options)
    {
        foreach (var port in new[] { options.Port, options.ManagementPort ?? options.Port, options.MetricsPort ?? options.Port }.Distinct())
            kestrel.Listen(new IPEndPoint(endpoint.Address, port), listen => listen.Protocols = HttpProtocols.Http1);
        if (options.GrpcPort is { } grpc) kestrel.Listen(new IPEndPoint(endpoint.Address, grpc), listen => listen.Protocols = HttpProtocols.Http2);
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.MaxConcurrentConnections = 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        // A phone on a bad line sends a 10 MB picture at more than this; a slow-loris does not.
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 2_000, gracePeriod: TimeSpan.FromSeconds(5));
    }
}

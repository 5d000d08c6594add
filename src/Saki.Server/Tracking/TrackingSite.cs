using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Saki.Inference.Serving;
using Saki.Server.Accounts;
using Saki.Server.Calibration;
using Saki.Server.Feedback;
using Saki.Server.Labelling;
using Saki.Server.Lineage;
using Saki.Server.Me;
using Saki.Server.ModelPages;
using Saki.Server.Registry;
using Saki.Server.Registry.Audit;
using Saki.Server.Registry.Gates;
using Saki.Server.RunPages;
using Saki.Server.Serving.Control;
using Saki.Server.Serving.Following;
using Saki.Server.Storage;
using Saki.Server.Tracking.Artifacts;
using Saki.Server.Tracking.Experiments;
using Saki.Server.Tracking.Garbage;
using Saki.Server.Tracking.LoggedModels;
using Saki.Server.Tracking.Runs;
using Saki.Server.Tracking.Runs.Scan;
using Saki.Server.Try;
using Saki.Server.Webhooks;

namespace Saki.Server.Tracking;

/// <summary>The MLflow server in this one: its database, its artifacts, its routes. One per process and database.</summary>
internal sealed class TrackingSite : IAsyncDisposable
{
    private readonly Database _database;
    private readonly SakiHome _home;
    private readonly TimeProvider _time;
    private readonly WebhookOutbox _outbox = new();
    private readonly RunScan _scan;
    private readonly CancellationTokenSource _stop = new();
    private Task _warm = Task.CompletedTask;
    private WebhookPump? _pump;

    private TrackingSite(SakiHome home, Database database, ArtifactStore artifacts, TimeProvider time)
    {
        (_database, _home, _time) = (database, home, time);
        Artifacts = artifacts;
        Experiments = new ExperimentStore(database, time);
        Runs = new RunTable(database, time);
        _scan = new RunScan(database, Runs.Changes);
        RunReader = new RunReader(database, _scan);
        LoggedModels = new LoggedModelTable(database, time);
        LoggedModelReader = new LoggedModelReader(database);
        RegistryReader = new RegistryReader(database);
        Gate = new RegistryGate(home, RegistryReader, artifacts, RunReader, time);
        Registry = new RegistryStore(database, Gate, new RegistryEvents(_outbox), time);
        Audit = new AuditReader(database);
        Feedback = new FeedbackStore(database, home.Feedback, time);
        Garbage = new GarbageCollection(database, artifacts, home, time);
    }

    /// <summary>Shared with other slices of this process.</summary>
    public Database Database => _database;

    public ArtifactStore Artifacts { get; }

    public ExperimentStore Experiments { get; }

    public RunTable Runs { get; }

    public RunReader RunReader { get; }

    public LoggedModelTable LoggedModels { get; }

    public LoggedModelReader LoggedModelReader { get; }

    public RegistryStore Registry { get; }

    public RegistryReader RegistryReader { get; }

    public AuditReader Audit { get; }

    public RegistryGate Gate { get; }

    public FeedbackStore Feedback { get; }

    /// <summary>There once the routes are mapped.</summary>
    public LabellingSite? Labelling { get; private set; }
    public GarbageCollection Garbage { get; }

    /// <summary>Opens or makes the database and brings in the runs that were made without a server.</summary>
    /// <param name="home">Its runs, artifacts and policies.</param>
    /// <param name="time">Clock.</param>
    /// <param name="location">As in <see cref="ServerOptions.Database"/>.</param>
    /// <param name="artifacts">As in <see cref="ServerOptions.Artifacts"/>.</param>
    /// <exception cref="SakiException">The database is of a newer Saki, damaged, or cannot be written.</exception>
    public static async Task<TrackingSite> OpenAsync(SakiHome home, TimeProvider time, string? location = null, string? artifacts = null)
    {
        var store = ArtifactStore.Of(artifacts, home);
        var database = Database.Open(location ?? Path.Combine(home.Tracking, "tracking.db"), time);
        try
        {
            var site = new TrackingSite(home, database, store, time);
            await site.Experiments.EnsureDefaultAsync();
            await site.Feedback.Erasure.FinishAsync();
            await site.Feedback.Erasure.SweepAsync();
            await new LabelStore(database, new LabelReader(database), time).FailUnfinishedAsync();
            await LocalRuns.ImportAsync(database, site.Runs, new Saki.Tracking.RunStore(home, time));
            return site;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Notes a change of what is served in the registry's audit.</summary>
    public Task AppendAsync(ServingEvent told) => ServingAudit.AppendAsync(_database, told);

    /// <summary>Its registry, for the models that this process serves.</summary>
    public RegistryLink Link(SakiHome home, TimeProvider time) => new LocalRegistry(home, _database, Artifacts, time);

    /// <summary>Maps all routes. Each slice is one group per prefix, where what callers may do can be asked for.</summary>
    public void Map(IEndpointRouteBuilder app, ServerOptions options)
    {
        var webhooks = new WebhookStore(_database, new SecretBox(_home.WebhookKey), plainAllowed: options.WebhookNetworks.Count > 0, _time);
        var sender = new WebhookSender(options.WebhookNetworks, _time);
        _pump = new WebhookPump(_database, webhooks, _outbox, sender, _time);
        _pump.Start();
        _warm = Task.Run(() => _scan.Warm(_stop.Token));
        foreach (var prefix in MlflowRoutes.Prefixes)
        {
            var group = app.MapGroup(prefix);
            group.MapExperiments(Experiments);
            group.MapRuns(Runs, RunReader, _database);
            group.MapMetrics(RunReader, _database);
            group.MapLoggedModels(LoggedModels, LoggedModelReader, Artifacts);
            group.MapRunArtifacts(Artifacts, RunReader, RegistryReader);
            group.MapModels(Registry, RegistryReader);
            group.MapVersions(Registry, RegistryReader);
            group.MapWebhooks(webhooks, sender, _time);
            group.MapAbsent();
            app.MapGroup($"{prefix}-artifacts").MapArtifactProxy(Artifacts, RegistryReader, options.MaxArtifactBytes);
        }
        app.MapGroup(GarbageApi.Prefix).MapGarbage(Garbage);
        app.MapGroup(LineageApi.Prefix).MapDeliveries(webhooks);
        app.MapLineage(new LineageReader(_database, RegistryReader, _home));
        app.MapGroup(ProofApi.Prefix).MapProof(Registry, RegistryReader, Audit, Gate.Policies);
        foreach (var prefix in (string[])["", "/ajax-api/2.0/mlflow", "/api/2.0/mlflow"])
        {
            var downloads = app.MapGroup(prefix);
            downloads.MapArtifactDownload(Artifacts, RunReader);
            downloads.MapVersionDownload(RegistryReader, Artifacts);
        }
        MapPages(app, options);
        new WebhookPages(webhooks, sender, _database, _time).Map(app);
        new MeApi(Feedback, app.ServiceProvider.GetRequiredService<RecentAnswers>(), app.ServiceProvider.GetRequiredService<KeptCalibrations>(), options).Map(app);
        foreach (var prefix in (string[])["/api/3.0/mlflow", "/ajax-api/3.0/mlflow"])
        {
            app.MapGet($"{prefix}/server-info", () => Results.Text("{\"store_type\": \"SqlStore\", \"workspaces_enabled\": false}", "application/json")).Open();
            app.MapGroup(prefix).MapAbsent();
        }
    }

    private void MapPages(IEndpointRouteBuilder app, ServerOptions options)
    {
        var (rows, pages) = (new RunListReader(_database, _scan), new RunPageReader(_database, RunReader));
        app.MapRunList(rows, new RunColumnReader(_database), Experiments);
        app.MapRunEdits(Runs);
        app.MapExperimentPages(Experiments, _database);
        app.MapCompare(RunReader, pages, Artifacts);
        new RunPageApi(RunReader, pages, new RunStop(_database, RunReader, Runs, _time), Experiments, RegistryReader, Artifacts, options.Home).Map(app);
        var models = new ModelPageApi(RegistryReader, Audit, Gate.Policies, RunReader, rows);
        models.Map(app);
        new ModelMoveApi(Registry, Audit, models).Map(app);
        Labelling = new LabellingSite(options.Home!, options, _database, Feedback, RegistryReader, Link(options.Home!, _time), _time);
        Labelling.Map(app);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Labelling is not null) await Labelling.DisposeAsync(); // a queue that is being made writes to the database until it has ended
        if (_pump is not null) await _pump.DisposeAsync();
        await _stop.CancelAsync();
        await _warm.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _database.Dispose();
        Artifacts.Dispose();
        _outbox.Dispose();
        Gate.Dispose();
    }
}

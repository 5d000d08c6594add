using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Lineage;
using Saki.Server.ModelPages;
using Saki.Server.Registry;
using Saki.Server.Registry.Audit;
using Saki.Server.Registry.Gates;
using Saki.Server.RunPages;
using Saki.Server.Storage;
using Saki.Server.Tracking.Artifacts;
using Saki.Server.Tracking.Experiments;
using Saki.Server.Tracking.LoggedModels;
using Saki.Server.Tracking.Runs;
using Saki.Server.Webhooks;

namespace Saki.Server.Tracking;

/// <summary>The MLflow server in this one: its database, its artifacts, its routes. One per process and database.</summary>
internal sealed class TrackingSite : IAsyncDisposable
{
    private readonly Database _database;
    private readonly SakiHome _home;
    private readonly TimeProvider _time;
    private readonly WebhookOutbox _outbox = new();
    private WebhookPump? _pump;

    private TrackingSite(SakiHome home, Database database, ArtifactFolder artifacts, TimeProvider time)
    {
        (_database, _home, _time) = (database, home, time);
        Artifacts = artifacts;
        Experiments = new ExperimentStore(database, time);
        Runs = new RunTable(database, time);
        RunReader = new RunReader(database);
        LoggedModels = new LoggedModelTable(database, time);
        LoggedModelReader = new LoggedModelReader(database);
        RegistryReader = new RegistryReader(database);
        Gate = new RegistryGate(home, RegistryReader, artifacts, RunReader, time);
        Registry = new RegistryStore(database, Gate, new RegistryEvents(_outbox), time);
        Audit = new AuditReader(database);
    }

    public ArtifactFolder Artifacts { get; }

    public ExperimentStore Experiments { get; }

    public RunTable Runs { get; }

    public RunReader RunReader { get; }

    public LoggedModelTable LoggedModels { get; }

    public LoggedModelReader LoggedModelReader { get; }

    public RegistryStore Registry { get; }

    public RegistryReader RegistryReader { get; }

    public AuditReader Audit { get; }

    public RegistryGate Gate { get; }

    /// <summary>Opens or makes the database and brings in the runs that were made without a server.</summary>
    /// <exception cref="SakiException">The database is of a newer Saki, damaged, or cannot be written.</exception>
    public static async Task<TrackingSite> OpenAsync(SakiHome home, TimeProvider time)
    {
        var database = Database.Open(Path.Combine(home.Tracking, "tracking.db"), time);
        try
        {
            var site = new TrackingSite(home, database, new ArtifactFolder(Path.Combine(home.Tracking, "artifacts"), home.Runs), time);
            await site.Experiments.EnsureDefaultAsync();
            await LocalRuns.ImportAsync(database, site.Runs, new Saki.Tracking.RunStore(home, time));
            return site;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Maps all routes. Each slice is one group per prefix, where what callers may do can be asked for.</summary>
    public void Map(IEndpointRouteBuilder app, ServerOptions options)
    {
        var webhooks = new WebhookStore(_database, new SecretBox(_home.WebhookKey), plainAllowed: options.WebhookNetworks.Count > 0, _time);
        var sender = new WebhookSender(options.WebhookNetworks, _time);
        _pump = new WebhookPump(_database, webhooks, _outbox, sender, _time);
        _pump.Start();
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
            app.MapGroup($"{prefix}-artifacts").MapArtifactProxy(Artifacts, RegistryReader, options.MaxArtifactBytes);
        }
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
        foreach (var prefix in (string[])["/api/3.0/mlflow", "/ajax-api/3.0/mlflow"])
            app.MapGet($"{prefix}/server-info", () => Results.Text("{\"store_type\": \"SqlStore\", \"workspaces_enabled\": false}", "application/json")).Open();
    }

    private void MapPages(IEndpointRouteBuilder app, ServerOptions options)
    {
        var (rows, pages) = (new RunListReader(_database), new RunPageReader(_database, RunReader));
        app.MapRunList(rows, new RunColumnReader(_database), Experiments);
        app.MapRunEdits(Runs);
        app.MapExperimentPages(Experiments, _database);
        app.MapCompare(RunReader, pages, Artifacts);
        new RunPageApi(RunReader, pages, Experiments, RegistryReader, Artifacts, options.Home).Map(app);
        var models = new ModelPageApi(RegistryReader, Audit, Gate.Policies, RunReader, rows);
        models.Map(app);
        new ModelMoveApi(Registry, Audit, models).Map(app);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_pump is not null) await _pump.DisposeAsync();
        _database.Dispose();
        _outbox.Dispose();
        Gate.Dispose();
    }
}

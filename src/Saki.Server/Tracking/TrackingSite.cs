using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Saki.Server.Accounts;
using Saki.Server.Feedback;
using Saki.Server.Me;
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
using Saki.Server.Try;

namespace Saki.Server.Tracking;

/// <summary>The MLflow server in this one: its database, its artifacts, its routes. One per process and database.</summary>
internal sealed class TrackingSite : IDisposable
{
    private readonly Database _database;

    private TrackingSite(SakiHome home, Database database, ArtifactFolder artifacts, TimeProvider time)
    {
        _database = database;
        Artifacts = artifacts;
        Experiments = new ExperimentStore(database, time);
        Runs = new RunTable(database, time);
        RunReader = new RunReader(database);
        LoggedModels = new LoggedModelTable(database, time);
        LoggedModelReader = new LoggedModelReader(database);
        RegistryReader = new RegistryReader(database);
        Gate = new RegistryGate(home, RegistryReader, artifacts, RunReader, time);
        Registry = new RegistryStore(database, Gate, time);
        Audit = new AuditReader(database);
        Feedback = new FeedbackStore(database, home.Feedback, time);
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

    public FeedbackStore Feedback { get; }

    /// <summary>For slices that keep rows of their own.</summary>
    public Database Database => _database;

    /// <summary>Opens or makes the database and brings in the runs that were made without a server.</summary>
    /// <exception cref="SakiException">The database is of a newer Saki, damaged, or cannot be written.</exception>
    public static async Task<TrackingSite> OpenAsync(SakiHome home, TimeProvider time)
    {
        var database = Database.Open(Path.Combine(home.Tracking, "tracking.db"), time);
        try
        {
            var site = new TrackingSite(home, database, new ArtifactFolder(Path.Combine(home.Tracking, "artifacts"), home.Runs), time);
            await site.Experiments.EnsureDefaultAsync();
            await site.Feedback.Erasure.FinishAsync();
            await site.Feedback.Erasure.SweepAsync();
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
            app.MapGroup($"{prefix}-artifacts").MapArtifactProxy(Artifacts, RegistryReader, options.MaxArtifactBytes);
        }
        app.MapGroup(ProofApi.Prefix).MapProof(Registry, RegistryReader, Audit, Gate.Policies);
        foreach (var prefix in (string[])["", "/ajax-api/2.0/mlflow", "/api/2.0/mlflow"])
        {
            var downloads = app.MapGroup(prefix);
            downloads.MapArtifactDownload(Artifacts, RunReader);
            downloads.MapVersionDownload(RegistryReader, Artifacts);
        }
        MapPages(app, options);
        new MeApi(Feedback, app.ServiceProvider.GetRequiredService<RecentAnswers>(), options).Map(app);
        foreach (var prefix in (string[])["/api/3.0/mlflow", "/ajax-api/3.0/mlflow"])
            app.MapGet($"{prefix}/server-info", () => Results.Text("{\"store_type\": \"SqlStore\", \"workspaces_enabled\": false}", "application/json")).Open();
    }

    private void MapPages(IEndpointRouteBuilder app, ServerOptions options)
    {
        var (rows, pages) = (new RunListReader(_database), new RunPageReader(_database, RunReader));
        app.MapRunList(rows, new RunColumnReader(_database), Experiments);
        app.MapCompare(RunReader, pages);
        new RunPageApi(RunReader, pages, Experiments, RegistryReader, Artifacts, options.Home).Map(app);
        new ModelPageApi(RegistryReader, RunReader, rows).Map(app);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _database.Dispose();
        Gate.Dispose();
    }
}

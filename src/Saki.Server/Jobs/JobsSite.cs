using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Saki.Server.JobPages;
using Saki.Server.Storage;
using Saki.Server.Tracking.Runs;
using Saki.Storage;

namespace Saki.Server.Jobs;

/// <summary>The jobs of this installation: queue, worker, clock, routes and pages. Several processes may serve one database; each job has one worker at a time.</summary>
internal sealed class JobsSite : IAsyncDisposable
{
    private readonly Database _database;
    private readonly bool _ownsDatabase;
    private readonly JobOptions _options;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly JobEnvironment _environment;
    private readonly IReadOnlyList<IJobExecutor> _executors;
    private readonly JobKinds _kinds;
    private readonly CancellationTokenSource _stop = new();
    private JobWorker? _worker;
    private Task _clock = Task.CompletedTask;

    private JobsSite(Database database, bool ownsDatabase, JobOptions options, TimeProvider time, ILogger log, Func<Uri?> tracking)
    {
        (_database, _ownsDatabase, _options, _time, _log) = (database, ownsDatabase, options, time, log);
        _environment = new JobEnvironment(options.Home, options, tracking);
        var supervisor = Path.Combine(options.Home.Jobs, "supervise.sh");
        Directory.CreateDirectory(options.Home.Jobs);
        using (var script = new StreamReader(typeof(JobsSite).Assembly.GetManifestResourceStream("supervise.sh")!)) DurableFile.Write(supervisor, script.ReadToEnd());
        _executors = [new LocalExecutor(options.Home.Jobs, supervisor, options, _environment), .. SlurmExecutor.IfHere(options.Home.Jobs, supervisor, _environment)];
        _kinds = new JobKinds(options.Home);
        Store = new JobStore(database, time);
        Door = new JobDoor(_kinds, Store, options.Home, options, _environment, [.. _executors.Select(executor => executor.Name)]);
        Schedules = new ScheduleStore(database, time);
    }

    public JobStore Store { get; }

    /// <summary>Where a policy or a schedule asks for jobs, too.</summary>
    public JobDoor Door { get; }

    public ScheduleStore Schedules { get; }

    /// <summary>Opens the jobs of a home folder.</summary>
    /// <param name="shared">The database of the tracking server in this process; null: its own connection to the same one.</param>
    /// <param name="options">How jobs run.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">For what falters.</param>
    /// <param name="tracking">The address of the tracking server in this process, once it is known.</param>
    /// <param name="location">As in <see cref="ServerOptions.Database"/>.</param>
    public static JobsSite Open(Database? shared, JobOptions options, TimeProvider time, ILogger log, Func<Uri?> tracking, string? location = null)
    {
        if (!OperatingSystem.IsLinux()) throw new SakiException("Running jobs", "Linux, whose /proc tells which processes belong to a job", "another system", "Leave the jobs role out: saki up --roles serving tracking");
        return new JobsSite(shared ?? Database.Open(location ?? Path.Combine(options.Home.Tracking, "tracking.db"), time, shared: true), shared is null, options, time, log, tracking);
    }

    /// <summary>Maps routes and pages.</summary>
    /// <param name="app">Where to.</param>
    /// <param name="runPages">Whether this process has the pages of runs, to link to.</param>
    public void Map(IEndpointRouteBuilder app, bool runPages)
    {
        var api = new JobApi(Store, Door, _kinds, _options.Home);
        api.Map(app);
        app.MapSchedules(Schedules, Door);
        app.MapSeed(Store, Door);
        new SchedulePageApi(Schedules, Door, _kinds, _options, _time).Map(app);
        new JobPageApi(Store, Door, api, _kinds, Schedules, new RunReader(_database), _database, _options, runPages).Map(app);
    }

    /// <summary>Begins to work; processes that outlived an earlier worker are found and looked after.</summary>
    public void Start()
    {
        _worker = JobWorker.Start(new JobLeases(_database, _time), _options.Home, _options, _executors, _time, _log);
        _clock = new ScheduleClock(Schedules, Door, _time, _log).RunAsync(_stop.Token);
    }

    /// <summary>Ends worker and clock; jobs that run go on by themselves.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_worker is not null) await _worker.DisposeAsync();
        await _clock;
        _stop.Dispose();
        if (_ownsDatabase) _database.Dispose();
    }
}

using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Saki.Inference.Serving;
using Saki.Server.Jobs;
using Saki.Server.Tracking;

namespace Saki.Server.Calibration;

/// <summary>Where routes find the calibrations, which open after the routes are built; null on a server that has not all they need in one process.</summary>
internal sealed class KeptCalibrations
{
    public Calibrations? Calibrations { get; set; }
}

/// <summary>Calibrations of one server: they need the jobs, the runs and the models that answer in one process.</summary>
internal sealed class CalibrationSite : IAsyncDisposable
{
    private readonly CalibrationRunner _runner;
    private readonly Calibrations _calibrations;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public CalibrationSite(SakiHome home, TrackingSite tracking, JobsSite jobs, ModelRepository models, KeptCalibrations kept, TimeProvider time, ILogger log)
    {
        var store = new CalibrationStore(tracking.Database, time);
        _runner = new CalibrationRunner(home, store, jobs.Store, models, time, log);
        _calibrations = new Calibrations(home, store, _runner, jobs.Door, jobs.Store, models, tracking.Gate.Policies);
        kept.Calibrations = _calibrations;
        tracking.Feedback.Erasure.Also((session, erased) =>
        {
            if (erased.Whole) CalibrationStore.Mark(session, erased.Person, null);
        });
        tracking.Feedback.Erasure.Then(_runner.TickAsync);
    }

    public void Map(IEndpointRouteBuilder app)
    {
        CalibrationApi.Map(app, _calibrations);
        new CalibrationPageApi(_calibrations).Map(app);
    }

    /// <summary>Begins to look.</summary>
    public void Start() => _running = _runner.RunAsync(_stop.Token);

    /// <summary>Ends after the look in progress.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _calibrations.Dispose();
        _runner.Dispose();
    }
}

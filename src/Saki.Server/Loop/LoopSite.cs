using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Saki.Inference.Serving;
using Saki.Loop;
using Saki.Server.Jobs;
using Saki.Server.Labelling;
using Saki.Server.Registry;
using Saki.Server.Serving.Control;
using Saki.Server.Tracking;

namespace Saki.Server.Loop;

/// <summary>The loop of one server: it needs the registry, the jobs and the models that answer in one process.</summary>
internal sealed class LoopSite : IAsyncDisposable
{
    private readonly LoopRunner _runner;
    private readonly LoopApi _api;
    private readonly DriftWatch _drift;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public LoopSite(SakiHome home, TrackingSite tracking, LabellingSite labelling, JobsSite jobs, ModelRepository models, ServingHistory history, TimeProvider time, ILogger log)
    {
        var policies = new PolicyFolder<LoopPolicy>(home.Loops, LoopPolicy.Parse);
        var store = new LoopStore(tracking.Database, time);
        _drift = new DriftWatch(home, models, tracking.RegistryReader, tracking.RunReader, time, log);
        var eyes = new LoopEyes(labelling.Reader, tracking.Feedback, jobs.Store, tracking.RegistryReader, tracking.Audit, models, history, _drift, time);
        var hands = new LoopHands(store, eyes, labelling.Reader, labelling.Apply, jobs.Door, jobs.Store, tracking.Registry, tracking.RegistryReader, tracking.Gate, tracking.RunReader, models, time);
        _runner = new LoopRunner(policies, store, eyes, hands, _drift, time, log);
        _api = new LoopApi(new LoopReader(policies, store, _runner, tracking.Audit), _runner, tracking.Registry, policies);
    }

    /// <summary>How a model's traffic stands; null where no policy watches it.</summary>
    public DriftSight? Drift(string model) => _drift.Sight(model);

    public void Map(IEndpointRouteBuilder app) => _api.Map(app);

    /// <summary>Begins to look.</summary>
    public void Start() => _running = _runner.RunAsync(_stop.Token);

    /// <summary>Ends after the deed in progress.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _drift.Dispose();
        _stop.Dispose();
    }
}

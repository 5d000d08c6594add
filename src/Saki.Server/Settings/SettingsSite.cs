using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Saki.Server.Storage;
using Saki.Server.Tracking;

namespace Saki.Server.Settings;

/// <summary>The settings of one server, and the sweeper that obeys them.</summary>
internal sealed class SettingsSite : IAsyncDisposable
{
    private readonly SettingsApi _api;
    private readonly RetentionSweeper _sweeper;
    private readonly StorageUse _storage;

    public SettingsSite(SakiHome home, ServerOptions options, TrackingSite tracking, TimeProvider time, ILogger log)
    {
        var rules = new RetentionRules(tracking.Database, home, tracking.Feedback, tracking.Garbage, options.KeepFeedback, time);
        _sweeper = new RetentionSweeper(rules, new RetentionFile(home, options.KeepFeedback), tracking.Database, time, log);
        _storage = new StorageUse(home, PostgresAddress.Names(options.Database ?? ""), options.Artifacts is not null, time);
        _api = new SettingsApi(options, _sweeper, _storage, new HealthReport(options, tracking.Database, time));
    }

    public void Map(IEndpointRouteBuilder app) => _api.Map(app);

    /// <summary>Begins to remove what was kept long enough.</summary>
    public void Start() => _sweeper.Start();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _storage.Dispose();
        await _sweeper.DisposeAsync();
    }
}

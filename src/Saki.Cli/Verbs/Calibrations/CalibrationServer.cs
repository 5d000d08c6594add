using System.CommandLine;
using Saki.Calibration;
using Saki.Tracking;

namespace Saki.Cli.Verbs.Calibrations;

/// <summary>The server whose calibrations a verb works on: the one named by <c>--server</c>, <c>SAKI_URL</c> or <c>MLFLOW_TRACKING_URI</c>, else the one of this home.</summary>
internal sealed class CalibrationServer : IDisposable
{
    private const string OfHome = "http://127.0.0.1:5252";
    private readonly TrackingClient _tracking;

    private CalibrationServer(TrackingClient tracking) => (_tracking, Client) = (tracking, new CalibrationClient(tracking));

    public CalibrationClient Client { get; }

    /// <summary>Connects to nothing yet. The home's own token is sent to this machine only.</summary>
    public static CalibrationServer Of(ParseResult parsed, Option<string?> server)
    {
        var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
        return new CalibrationServer(TrackingOptions.Connect(parsed.GetValue(server), home) ?? TrackingOptions.Connect(OfHome, home)!);
    }

    public void Dispose()
    {
        Client.Dispose();
        _tracking.Dispose();
    }
}

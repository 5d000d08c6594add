using System.CommandLine;
using Saki.Server.Tracking;

namespace Saki.Cli;

/// <summary>Options of the verbs that open a home's tracking database and artifacts themselves.</summary>
internal sealed class StoreOptions
{
    private readonly Option<string?> _database = new("--database") { Description = "Tracking database: postgres://user:password@host/name, or an SQLite file (SAKI_DATABASE; default: tracking/tracking.db in the home folder)", HelpName = "URL" };
    private readonly Option<string?> _artifacts = new("--artifacts") { Description = "Where artifacts are kept: a folder, or s3://bucket/prefix with the usual AWS_* variables (SAKI_ARTIFACTS; default: tracking/artifacts in the home folder)", HelpName = "URL" };

    /// <summary>Adds them to a verb.</summary>
    public void AddTo(Command verb)
    {
        verb.Add(_database);
        verb.Add(_artifacts);
    }

    /// <summary>What <c>--database</c> or <c>SAKI_DATABASE</c> says; null for the home's own file.</summary>
    public string? Database(ParseResult parsed) => parsed.GetValue(_database) ?? Environment.GetEnvironmentVariable("SAKI_DATABASE");

    /// <summary>What <c>--artifacts</c> or <c>SAKI_ARTIFACTS</c> says; null for the home's own folder.</summary>
    public string? Artifacts(ParseResult parsed) => parsed.GetValue(_artifacts) ?? Environment.GetEnvironmentVariable("SAKI_ARTIFACTS");

    /// <summary>Opens them.</summary>
    /// <exception cref="SakiException">A server runs on them.</exception>
    public Task<HomeTracking> OpenAsync(ParseResult parsed) => HomeTracking.OpenAsync(SakiHome.Find(parsed.GetValue(SakiCommand.Home)), Database(parsed), Artifacts(parsed));
}

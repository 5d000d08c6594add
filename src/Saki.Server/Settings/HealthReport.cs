using System.Globalization;
using System.Runtime.InteropServices;
using Dapper;
using Saki.Engines;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Server.Layout;
using Saki.Server.Storage;
using Saki.Vision;

namespace Saki.Server.Settings;

/// <summary>One part of the server.</summary>
/// <param name="Name">For people.</param>
/// <param name="State"><c>ok</c>, <c>warn</c> or <c>bad</c>.</param>
/// <param name="Word">The state in a word or two.</param>
/// <param name="Version">Empty where it has none.</param>
/// <param name="Detail">More to know.</param>
public sealed record PartHealth(string Name, string State, string Word, string Version, string Detail);

/// <summary>Asks every part how it is. Asking the engines loads them, once.</summary>
internal sealed class HealthReport(ServerOptions options, Database database, TimeProvider time)
{
    private readonly DateTimeOffset _started = time.GetUtcNow();
    private readonly Lazy<IReadOnlyList<EngineReport>> _engines = new(() => [.. VisionEngines.Describe(), OrtEngine.Describe()]);

    /// <summary>The parts, what answers first.</summary>
    public IReadOnlyList<PartHealth> Read() => [Server(), Models(), Tracking(), Jobs(), .. _engines.Value.Select(Engine), Language()];

    private PartHealth Server() => new("Saki", "ok", "runs", Rail.Version, $".NET {Environment.Version} on {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors, {Words.Bytes(Environment.WorkingSet)} of memory, since {Words.Duration(time.GetUtcNow() - _started)}");

    private PartHealth Models()
    {
        var served = options.Models?.Models.SelectMany(entry => entry.Versions.Values).ToList() ?? [];
        if (options.Models is null) return new("Models", "warn", "not here", "", "This process serves none.");
        return served.Count == 0 ? new("Models", "warn", "none loaded", "", "The page Try says how to get one.") : new("Models", "ok", "answer", "", string.Join(", ", served.Take(8).Select(model => $"{model.Name} {model.Version}")));
    }

    private PartHealth Tracking()
    {
        var (runs, schema) = database.Read(connection => (connection.ExecuteScalar<long>("SELECT count(*) FROM runs"), connection.ExecuteScalar<long>("SELECT max(number) FROM schema_migrations")));
        var where = options.Database is { } location && location.StartsWith("postgres", StringComparison.Ordinal) ? "PostgreSQL" : "SQLite";
        return new("Tracking", "ok", "answers", string.Create(CultureInfo.InvariantCulture, $"schema {schema}"), $"{where}, {Words.Count(runs)} {(runs == 1 ? "run" : "runs")}");
    }

    private PartHealth Jobs()
    {
        if (options.Jobs is null) return new("Jobs", "warn", "not here", "", "This process runs none: leave --roles out, or name jobs.");
        var counts = database.Read(connection => connection.Query<(string State, long Number)>("SELECT state, count(*) FROM jobs GROUP BY state").ToDictionary(row => row.State, row => row.Number));
        var lost = counts.GetValueOrDefault("lost");
        var text = $"{Words.Count(counts.GetValueOrDefault("running"))} running, {Words.Count(counts.GetValueOrDefault("queued"))} waiting, {Words.Count(counts.GetValueOrDefault("failed"))} failed";
        return lost > 0 ? new("Jobs", "warn", "some vanished", "", $"{text}, {Words.Count(lost)} vanished") : new("Jobs", "ok", "work", "", text);
    }

    private static PartHealth Engine(EngineReport engine) => new(engine.Engine, engine.Found ? "ok" : engine.Needed ? "bad" : "warn", engine.Found ? "loaded" : "missing", engine.Version ?? "",
        string.Join("; ", engine.Facts));

    private PartHealth Language() => options.Ask is { } ask ? new("Ask", "ok", "set up", ask.Model, $"Worded by {ask.Endpoint.Host}; {Words.Count(ask.TokensADay)} tokens a user and day") : new("Ask", "ok", "by rules", "", "No language model is set up; nothing leaves the server.");
}

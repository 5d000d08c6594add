using Dapper;
using Saki.Server.Charts;
using Saki.Server.Storage;
using Saki.Server.Tracking.Runs;
using Saki.Tracking;

namespace Saki.Server.RunPages;

/// <summary>What the pages of single runs show beyond the run itself: histories as lines, and the run before it.</summary>
internal sealed class RunPageReader(Database database, RunReader runs)
{
    /// <summary>One chart of one run.</summary>
    public Chart Chart(Run run, MetricGroup group, ChartOptions options)
    {
        var (row, _) = runs.Find(run.Info.RunId);
        return database.Read(connection => new Chart(group.Title,
            [.. group.Lines.Select(line => ChartLine.Of(line.Name, MetricReader.KeyOf(connection, line.Key) is { } key ? MetricReader.History(connection, row, key) : [], run.Info.StartTime, options))], options)
        { Leads = true });
    }

    /// <summary>One metric of several runs.</summary>
    public Chart Chart(IReadOnlyList<Run> several, string metric, ChartOptions options)
    {
        var rows = several.Select(run => runs.Find(run.Info.RunId).Row).ToList();
        return database.Read(connection =>
        {
            var key = MetricReader.KeyOf(connection, metric);
            return new Chart(metric, [.. several.Select((run, i) => ChartLine.Of(run.Info.RunName, key is { } known ? MetricReader.History(connection, rows[i], known) : [], run.Info.StartTime, options) with { Link = $"/runs/{run.Info.RunId}" })], options);
        });
    }

    /// <summary>The run that was started before this one in its experiment; null for the first.</summary>
    public Run? Before(RunInfo info) => database.Read(connection => connection.ExecuteScalar<string?>("""
        SELECT run_id FROM runs WHERE experiment = @experiment AND lifecycle = 'active' AND start_time < @StartTime ORDER BY start_time DESC, run_id LIMIT 1
        """, new { experiment = Tracking.Experiments.ExperimentStore.Number(info.ExperimentId), info.StartTime })) is { } id ? runs.Get(id) : null;
}

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Tracking.Runs;

/// <summary><c>metrics/*</c> of MLflow's API: one run's history in pages, and several runs' points thinned for charts.</summary>
internal static class MetricApi
{
    private const int MostRuns = 100, MostBulkPoints = 25_000, MostSampled = 2500;

    public static void MapMetrics(this RouteGroupBuilder group, RunReader runs, Database database)
    {
        group.OnRaw("GET", "/metrics/get-history", async context => await HistoryAsync(await MlflowCall.ReadAsync(context), runs, database));
        group.On("GET", "/metrics/get-history-bulk", call => Bulk(call, runs, database));
        group.On("GET", "/metrics/get-history-bulk-interval", call => Interval(call, runs, database));
    }

    private static Task HistoryAsync(MlflowCall call, RunReader runs, Database database)
    {
        var (id, key, token) = (RunApi.RunId(call), call.Required("metric_key"), call.Text("page_token"));
        var most = call.Integer("max_results");
        if (most < 1) throw MlflowException.BadValue($"Invalid value {most} for parameter 'max_results' supplied. It must be a positive integer");
        var after = token is null ? (MetricPoint?)null : ReadToken(token);
        var (run, _) = runs.Find(id);
        return most is { } page ? MlflowRoutes.WriteAsync(call.Context, Page(database, run, key, after, page)) : WholeHistory.WriteAsync(call.Context, database, run, key, after);
    }

    private static MetricPage Page(Database database, long run, string key, MetricPoint? after, long most) => database.Read(connection =>
    {
        if (MetricReader.KeyOf(connection, key) is not { } number) return new MetricPage([]);
        var page = new List<Metric>();
        var last = default(MetricPoint);
        foreach (var point in MetricReader.History(connection, run, number, after))
        {
            if (page.Count == most) return new MetricPage(page, Token(last));
            page.Add(new Metric(key, point.Value, point.Time, point.Step));
            last = point;
        }
        return new MetricPage(page);
    });

    private static MetricPage Bulk(MlflowCall call, RunReader runs, Database database)
    {
        var (ids, key) = (RunIds(call, "run_id"), call.Required("metric_key"));
        var most = call.MaxResults(MostBulkPoints, MostBulkPoints);
        var rows = ids.Select(id => (id, runs.Find(id).Row)).ToList();
        return database.Read(connection => MetricReader.KeyOf(connection, key) is not { } number ? new MetricPage([])
            : new MetricPage([.. rows.SelectMany(run => MetricReader.History(connection, run.Row, number).Select(point => Named(key, run.id, point))).Take(most)]));
    }

    private static MetricPage Interval(MlflowCall call, RunReader runs, Database database)
    {
        var (ids, key) = (RunIds(call, "run_ids"), call.Required("metric_key"));
        var (start, end) = (call.Integer("start_step"), call.Integer("end_step"));
        if (start is null != end is null) throw MlflowException.BadValue("If either start step or end step are specified, both must be specified.");
        if (start > end) throw MlflowException.BadValue("end_step must be greater than start_step. ");
        var most = call.MaxResults(MostSampled, MostSampled);
        var rows = ids.Select(id => (id, runs.Find(id).Row)).ToList();
        return database.Read(connection =>
        {
            if (MetricReader.KeyOf(connection, key) is not { } number) return new MetricPage([]);
            // Histories are read twice: once for their steps alone, and once for the few points that are asked for. Points of long ones would not fit.
            IEnumerable<MetricPoint> History(long run) => MetricReader.History(connection, run, number).Where(point => start is null || (point.Step >= start && point.Step <= end));
            var steps = Sampled(rows.Select(run => History(run.Row).Select(point => point.Step)), most);
            return new MetricPage([.. rows.SelectMany(run => History(run.Row).Where(point => steps.Contains(point.Step))
                .OrderBy(point => point.Step).ThenBy(point => point.Time).ThenBy(point => point.Value).Select(point => Named(key, run.id, point)))]);
        });
    }

    // Every (count / most)-th distinct step of all runs together, the last one, and each run's own ends.
    private static HashSet<long> Sampled(IEnumerable<IEnumerable<long>> histories, int most)
    {
        var (all, chosen) = (new List<long>(), new HashSet<long>());
        foreach (var steps in histories)
        {
            var own = Distinct([.. steps]);
            if (own.Count == 0) continue;
            chosen.UnionWith([own[0], own[^1]]);
            all = all.Count == 0 ? own : Distinct([.. all, .. own]);
        }
        if (all.Count <= most) return [.. all];
        for (var i = 0; i < most; i++) chosen.Add(all[(int)((long)i * all.Count / most)]);
        chosen.Add(all[^1]);
        return chosen;
    }

    // In order, each once, in place.
    private static List<long> Distinct(List<long> steps)
    {
        var span = CollectionsMarshal.AsSpan(steps);
        var kept = 0;
        var rises = true;
        for (var i = 1; i < span.Length && rises; i++) rises = span[i] > span[i - 1];
        if (rises) return steps;
        span.Sort();
        foreach (var step in span)
            if (kept == 0 || step != span[kept - 1]) span[kept++] = step;
        steps.RemoveRange(kept, steps.Count - kept);
        return steps;
    }

    private static Metric Named(string key, string run, MetricPoint point) => new(key, point.Value, point.Time, point.Step) { RunId = run };

    private static IReadOnlyList<string> RunIds(MlflowCall call, string field)
    {
        var ids = call.Texts(field);
        if (ids.Count == 0) throw MlflowCall.MissingField(field);
        return ids.Count <= MostRuns ? ids : throw MlflowException.BadValue($"GetMetricHistoryBulk request can contain at most {MostRuns} run_ids. Received {ids.Count}.");
    }

    private static string Token(MetricPoint last) =>
        Convert.ToBase64String(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{last.Time} {last.Step} {BitConverter.DoubleToInt64Bits(last.Value)}")));

    private static MetricPoint ReadToken(string token)
    {
        try
        {
            var parts = Encoding.ASCII.GetString(Convert.FromBase64String(token)).Split(' ').Select(part => long.Parse(part, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)).ToArray();
            return parts.Length == 3 ? new MetricPoint(parts[0], parts[1], BitConverter.Int64BitsToDouble(parts[2])) : throw MlflowException.BadValue("Invalid page token");
        }
        catch (Exception failure) when (failure is FormatException or OverflowException)
        {
            throw MlflowException.BadValue("Invalid page token, could not base64-decode");
        }
    }
}

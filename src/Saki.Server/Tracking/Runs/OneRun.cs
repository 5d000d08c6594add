using System.Globalization;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Tracking.Runs;

/// <summary>Reads one run with prepared statements: <c>runs/get</c> is the route that clients call most.</summary>
internal static class OneRun
{
    /// <summary>The run with all that was logged, deleted or not; null when there is none.</summary>
    public static Run? Read(ReadSession reader, string id)
    {
        var (row, info) = (0L, (RunInfo?)null);
        reader.Each("SELECT id, experiment, name, user_id, status, start_time, end_time, lifecycle, artifact_uri FROM runs WHERE run_id = @0", found =>
        {
            row = found.GetInt64(0);
            info = new RunInfo
            {
                RunId = id,
                ExperimentId = found.GetInt64(1).ToString(CultureInfo.InvariantCulture),
                RunName = found.GetString(2),
                UserId = found.GetString(3),
                Status = Enum.Parse<RunStatus>(found.GetString(4), ignoreCase: true),
                StartTime = found.GetInt64(5),
                EndTime = found.IsDBNull(6) ? null : found.GetInt64(6),
                LifecycleStage = found.GetString(7),
                ArtifactUri = found.GetString(8),
            };
        }, id);
        return info is null ? null : Complete(reader, row, info);
    }

    private static Run Complete(ReadSession reader, long row, RunInfo info)
    {
        var (metrics, items, tags, linked) = (new List<Metric>(), new List<Param>(), new List<Tag>(), false);
        reader.Each("SELECT k.name, m.value, m.nan, m.time, m.step FROM metrics m JOIN metric_keys k ON k.id = m.key WHERE m.run = @0", found =>
            metrics.Add(new Metric(found.GetString(0), found.GetInt64(2) == 1 ? double.NaN : found.GetDouble(1), found.GetInt64(3), found.GetInt64(4))), row);
        reader.Each("SELECT key, value FROM run_params WHERE run = @0", found => items.Add(new Param(found.GetString(0), found.GetString(1))), row);
        reader.Each("SELECT key, value FROM run_tags WHERE run = @0", found => tags.Add(new Tag(found.GetString(0), found.GetString(1))), row);
        reader.Each("SELECT CASE WHEN EXISTS (SELECT 1 FROM run_datasets WHERE run = @0) OR EXISTS (SELECT 1 FROM run_models WHERE run = @0) THEN 1 ELSE 0 END", found => linked = found.GetInt64(0) == 1, row);
        metrics.Sort((one, other) => string.CompareOrdinal(one.Key, other.Key));
        var links = linked ? RunLinks.Read(reader.Connection, [row]) : null;
        return new Run(info, new RunData { Metrics = metrics, Params = items, Tags = tags }, links?.Inputs(row) ?? new RunInputs(), links?.Outputs(row) ?? new RunOutputs());
    }
}

using System.Globalization;
using System.Text.Json;
using Saki.Tracking;

namespace Saki.Server.Tracking.Runs;

/// <summary>
/// The bodies of <c>runs/log-batch</c> and <c>runs/log-metric</c>, the busiest routes. What newest clients send is read in one pass; anything else (old names,
/// numbers as texts, what is missing) takes the slow way, which knows MLflow's refusals.
/// </summary>
internal static class LogBody
{
    /// <summary>Null when the body must be read the slow way.</summary>
    public static LogBatch? Batch(ReadOnlySpan<byte> body)
    {
        try
        {
            var batch = JsonSerializer.Deserialize(body, MlflowJson.Default.LogBatch);
            return batch is null || batch.RunId.Length == 0 || batch.Metrics.Any(metric => metric is null || metric.Key.Length == 0)
                || batch.Params.Any(item => item is null || item.Key.Length == 0) || batch.Tags.Any(tag => tag is null || tag.Key.Length == 0) ? null : batch;
        }
        catch (JsonException) { return null; }
    }

    /// <summary>Null when the body must be read the slow way.</summary>
    public static LogBatch? Metric(ReadOnlySpan<byte> body)
    {
        try
        {
            var metric = JsonSerializer.Deserialize(body, MlflowJson.Default.LogMetric);
            return metric is null || metric.RunId.Length == 0 || metric.Key.Length == 0 ? null : new LogBatch
            {
                RunId = metric.RunId,
                Metrics = [new Metric(metric.Key, metric.Value, metric.Timestamp, metric.Step) { ModelId = metric.ModelId, DatasetName = metric.DatasetName, DatasetDigest = metric.DatasetDigest }],
            };
        }
        catch (JsonException) { return null; }
    }

    public static LogBatch Batch(MlflowCall call) => new()
    {
        RunId = RunApi.RunId(call),
        Metrics = [.. call.Messages("metrics").Select((item, i) => Point(item, string.Create(CultureInfo.InvariantCulture, $"metrics[{i}].")))],
        Params = [.. call.Tags("params").Select(item => new Param(item.Key, item.Value))],
        Tags = call.Tags(),
    };

    public static LogBatch Metric(MlflowCall call) => new() { RunId = RunApi.RunId(call), Metrics = [Point(call, "")] };

    private static Metric Point(MlflowCall call, string path) => new(
        call.Text("key") ?? throw MlflowCall.MissingField($"{path}key"),
        call.Number("value") ?? throw MlflowCall.MissingField($"{path}value"),
        call.Integer("timestamp") ?? throw MlflowCall.MissingField($"{path}timestamp"),
        call.Integer("step") ?? 0)
    {
        ModelId = call.Text("model_id"),
        DatasetName = call.Text("dataset_name"),
        DatasetDigest = call.Text("dataset_digest"),
    };
}

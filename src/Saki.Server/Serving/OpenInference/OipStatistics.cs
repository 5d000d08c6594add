using System.Text.Json;
using Saki.Inference.Serving;

namespace Saki.Server.Serving.OpenInference;

/// <summary>One model's entry in the statistics extension's answer.</summary>
internal static class OipStatistics
{
    public static void Write(Utf8JsonWriter writer, ServedModel model)
    {
        var counters = model.Counters;
        writer.WriteStartObject();
        writer.WriteString("name", model.Name);
        writer.WriteString("version", model.Version);
        writer.WriteNumber("inference_count", counters.Rows);
        writer.WriteNumber("execution_count", counters.Runs);
        writer.WriteStartObject("inference_stats");
        Duration(writer, "success", counters.Success, counters.RequestTime);
        Duration(writer, "fail", counters.Failed + counters.Rejected + counters.Cancelled, TimeSpan.Zero);
        Duration(writer, "queue", counters.Success, counters.QueueTime);
        Duration(writer, "compute_input", counters.Runs, counters.InputTime);
        Duration(writer, "compute_infer", counters.Runs, counters.InferTime);
        Duration(writer, "compute_output", counters.Runs, TimeSpan.Zero);
        Duration(writer, "cache_hit", 0, TimeSpan.Zero);
        Duration(writer, "cache_miss", 0, TimeSpan.Zero);
        writer.WriteEndObject();
        writer.WriteStartArray("batch_stats");
        foreach (var (rows, runs) in counters.Batches)
        {
            writer.WriteStartObject();
            writer.WriteNumber("batch_size", rows);
            writer.WriteStartObject("compute_infer");
            writer.WriteNumber("count", runs);
            writer.WriteNumber("ns", (long)(runs * (model.Cost.PerRun + (model.Cost.PerRow * rows)) * 1e9));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Duration(Utf8JsonWriter writer, string name, long count, TimeSpan time)
    {
        writer.WriteStartObject(name);
        writer.WriteNumber("count", count);
        writer.WriteNumber("ns", time.Ticks * 100);
        writer.WriteEndObject();
    }
}

using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Tracking.Runs;

/// <summary>Answers with all points of a metric, however many: read part by part and sent as they are read, so that neither memory nor one reader's snapshot holds the whole.</summary>
internal static class WholeHistory
{
    private const int PointsAtOnce = 65_536, PointsOfFlush = 512;

    /// <summary>Writes what <c>metrics/get-history</c> answers when no page is asked for.</summary>
    /// <param name="context">The request.</param>
    /// <param name="database">Where the points are.</param>
    /// <param name="run">The run's number.</param>
    /// <param name="key">The metric's name.</param>
    /// <param name="after">Points behind this one; null for all.</param>
    public static async Task WriteAsync(HttpContext context, Database database, long run, string key, MetricPoint? after)
    {
        var part = Read(database, run, key, after);
        if (part.Count == 0)
        {
            await MlflowRoutes.WriteEmptyAsync(context);
            return;
        }
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteStartArray("metrics");
        for (; part.Count > 0; part = part.Count < PointsAtOnce ? [] : Read(database, run, key, part[^1]))
        {
            foreach (var some in part.Chunk(PointsOfFlush))
            {
                foreach (var point in some) JsonSerializer.Serialize(json, new Metric(key, point.Value, point.Time, point.Step), MlflowJson.Of<Metric>());
                await json.FlushAsync(context.RequestAborted);
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static List<MetricPoint> Read(Database database, long run, string key, MetricPoint? after) => database.Read(connection =>
        MetricReader.KeyOf(connection, key) is { } number ? MetricReader.History(connection, run, number, after).Take(PointsAtOnce).ToList() : []);
}

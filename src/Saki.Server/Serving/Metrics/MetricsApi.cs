using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Saki.Inference.Serving;

namespace Saki.Server.Serving.Metrics;

/// <summary>
/// <c>GET /metrics</c> for Prometheus: the numbers of every model under Saki's, Triton's, TorchServe's and KServe's names, all from one set of counters. Triton's and TorchServe's names
/// break Prometheus' rules for names; <c>?names=saki</c> leaves them out.
/// </summary>
internal static class MetricsApi
{
    // A name and version per loaded model: nothing in a label comes from a request.
    private const int MostModels = 200;

    private static readonly double[] RowBounds = [1, 2, 4, 8, 16, 32, 64, 128];

    public static void MapMetrics(this IEndpointRouteBuilder probes) => probes.MapGet("/metrics", (RequestDelegate)AnswerAsync);

    private static Task AnswerAsync(HttpContext context)
    {
        var models = context.RequestServices.GetRequiredService<ServerOptions>().Models?.Models.SelectMany(entry => entry.Versions.Values).Take(MostModels).ToList() ?? [];
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return context.Response.WriteAsync(Text(models, foreign: context.Request.Query["names"] != "saki"), context.RequestAborted);
    }

    /// <summary>The exposition text.</summary>
    public static string Text(IReadOnlyList<ServedModel> models, bool foreign = true)
    {
        var text = new PrometheusText();
        Saki(text, models);
        if (foreign)
        {
            Triton(text, models);
            TorchServe(text, models);
        }
        text.Gauge("process_resident_memory_bytes", "Resident memory of the server.", Environment.WorkingSet);
        return text.ToString();
    }

    private static void Saki(PrometheusText text, IReadOnlyList<ServedModel> models)
    {
        text.Head("saki_inference_requests_total", "counter", "Requests by their end.");
        foreach (var model in models)
        {
            var counters = model.Counters;
            foreach (var (outcome, count) in new[] { ("answered", counters.Success), ("rejected", counters.Rejected), ("cancelled", counters.Cancelled), ("failed", counters.Failed) })
                text.Line("saki_inference_requests_total", Labels(model, "model", "version") + $",outcome=\"{outcome}\"", count);
        }
        text.Head("saki_inference_request_seconds", "histogram", "From arrival to answer.");
        foreach (var model in models) text.Histogram("saki_inference_request_seconds", Labels(model, "model", "version"), ModelCounters.Buckets, model.Counters.Latency, model.Counters.RequestTime.TotalSeconds);
        text.Head("saki_inference_run_rows", "histogram", "Rows in a run of the engine.");
        foreach (var model in models) text.Histogram("saki_inference_run_rows", Labels(model, "model", "version"), RowBounds, RowCounts(model.Counters), model.Counters.Rows);
        text.Head("saki_inference_queue_rows", "gauge", "Rows that wait.");
        foreach (var model in models) text.Line("saki_inference_queue_rows", Labels(model, "model", "version"), model.Queued);
        text.Head("request_predict_seconds", "histogram", "KServe's name for the time of a prediction.");
        foreach (var model in models) text.Histogram("request_predict_seconds", Labels(model, "model_name", null), ModelCounters.Buckets, model.Counters.Latency, model.Counters.RequestTime.TotalSeconds, only: models.First(other => other.Name == model.Name) == model);
    }

    // By the counters' own sizes, so that the number of lines does not grow with what comes.
    private static long[] RowCounts(ModelCounters counters)
    {
        var counts = new long[RowBounds.Length + 1];
        foreach (var (rows, runs) in counters.Batches) counts[RowBounds.TakeWhile(bound => rows > bound).Count()] += runs;
        return counts;
    }

    private static void Triton(PrometheusText text, IReadOnlyList<ServedModel> models)
    {
        Each("nv_inference_request_success", "counter", "Requests answered.", counters => counters.Success);
        Each("nv_inference_count", "counter", "Rows computed.", counters => counters.Rows);
        Each("nv_inference_exec_count", "counter", "Runs of the engine.", counters => counters.Runs);
        Each("nv_inference_request_duration_us", "counter", "From arrival to answer.", counters => (long)counters.RequestTime.TotalMicroseconds);
        Each("nv_inference_queue_duration_us", "counter", "Waiting for a turn.", counters => (long)counters.QueueTime.TotalMicroseconds);
        Each("nv_inference_compute_input_duration_us", "counter", "Writing inputs.", counters => (long)counters.InputTime.TotalMicroseconds);
        Each("nv_inference_compute_infer_duration_us", "counter", "Inside the engine.", counters => (long)counters.InferTime.TotalMicroseconds);
        text.Head("nv_inference_request_failure", "counter", "Requests not answered.");
        foreach (var model in models)
            foreach (var (reason, count) in new[] { ("REJECTED", model.Counters.Rejected), ("CANCELED", model.Counters.Cancelled), ("OTHER", model.Counters.Failed) })
                text.Line("nv_inference_request_failure", Labels(model, "model", "version") + $",reason=\"{reason}\"", count);
        text.Head("nv_inference_pending_request_count", "gauge", "Rows that wait.");
        foreach (var model in models) text.Line("nv_inference_pending_request_count", Labels(model, "model", "version"), model.Queued);

        void Each(string name, string kind, string help, Func<ModelCounters, long> value)
        {
            text.Head(name, kind, help);
            foreach (var model in models) text.Line(name, Labels(model, "model", "version"), value(model.Counters));
        }
    }

    private static void TorchServe(PrometheusText text, IReadOnlyList<ServedModel> models)
    {
        Each("ts_inference_requests_total", "Requests.", counters => counters.Success + counters.Failed + counters.Rejected + counters.Cancelled);
        Each("ts_inference_latency_microseconds", "From arrival to answer.", counters => (long)counters.RequestTime.TotalMicroseconds);
        Each("ts_queue_latency_microseconds", "Waiting for a turn.", counters => (long)counters.QueueTime.TotalMicroseconds);

        void Each(string name, string help, Func<ModelCounters, long> value)
        {
            text.Head(name, "counter", help);
            foreach (var model in models) text.Line(name, Labels(model, "model_name", "model_version") + ",hostname=\"localhost\"", value(model.Counters));
        }
    }

    // Names and versions hold letters, digits, dots, dashes and underscores only: nothing to escape.
    private static string Labels(ServedModel model, string name, string? version) => $"{name}=\"{model.Name}\"" + (version is null ? "" : $",{version}=\"{model.Version}\"");

    /// <summary>Builds the exposition format line by line.</summary>
    private sealed class PrometheusText
    {
        private readonly StringBuilder _text = new();

        public void Head(string name, string kind, string help) => _text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(kind).Append('\n');

        public void Line(string name, string labels, double value) =>
            _text.Append(name).Append('{').Append(labels).Append("} ").Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');

        public void Gauge(string name, string help, double value)
        {
            Head(name, "gauge", help);
            _text.Append(name).Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        }

        public void Histogram(string name, string labels, double[] bounds, long[] counts, double sum, bool only = true)
        {
            if (!only) return;
            var total = 0L;
            for (var i = 0; i < counts.Length; i++)
            {
                total += counts[i];
                var bound = i < bounds.Length ? bounds[i].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
                Line(name + "_bucket", $"{labels},le=\"{bound}\"", total);
            }
            Line(name + "_sum", labels, sum);
            Line(name + "_count", labels, total);
        }

        public override string ToString() => _text.ToString();
    }
}

using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Saki.Inference.Serving;

namespace Saki.Server.Telemetry;

/// <summary>
/// Sends traces and numbers to a collector over OTLP/HTTP: the web server's own and those of <see cref="ServingTrace"/>. Sending is done beside the requests from bounded queues;
/// a collector that is slow or away costs what it would have been told, never a request.
/// </summary>
internal sealed class OtlpExport : IDisposable
{
    private const string MeterName = "Saki.Inference";

    private readonly Meter _meter = new(MeterName);
    private readonly TracerProvider _traces;
    private readonly MeterProvider _metrics;

    public OtlpExport(Uri collector, ModelRepository? models)
    {
        Instrument(models);
        var resource = ResourceBuilder.CreateDefault().AddService("saki", serviceVersion: typeof(OtlpExport).Assembly.GetName().Version!.ToString(3));
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource)
            .AddSource("Microsoft.AspNetCore", ServingTrace.SourceName)
            .AddOtlpExporter(otlp => Send(otlp, collector, "v1/traces"))
            .Build();
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource)
            .AddMeter(MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddOtlpExporter((otlp, reader) =>
            {
                Send(otlp, collector, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = 10_000;
            })
            .Build();
    }

    /// <summary>Sends what is left, for at most 2 s each.</summary>
    public void Dispose()
    {
        _traces.Shutdown(2000);
        _metrics.Shutdown(2000);
        _traces.Dispose();
        _metrics.Dispose();
        _meter.Dispose();
    }

    private static void Send(OtlpExporterOptions otlp, Uri collector, string path)
    {
        otlp.Protocol = OtlpExportProtocol.HttpProtobuf;
        otlp.Endpoint = new Uri(collector, collector.AbsolutePath.TrimEnd('/') + "/" + path);
        otlp.TimeoutMilliseconds = 5000;
    }

    private void Instrument(ModelRepository? models)
    {
        Counter("saki.inference.requests", "{request}", model => [(model.Counters.Success, "answered"), (model.Counters.Rejected, "rejected"), (model.Counters.Cancelled, "cancelled"), (model.Counters.Failed, "failed")]);
        Counter("saki.inference.rows", "{row}", model => [(model.Counters.Rows, null)]);
        Counter("saki.inference.runs", "{run}", model => [(model.Counters.Runs, null)]);
        Counter("saki.inference.queue_time", "us", model => [((long)model.Counters.QueueTime.TotalMicroseconds, null)]);
        Counter("saki.inference.engine_time", "us", model => [((long)model.Counters.InferTime.TotalMicroseconds, null)]);
        _meter.CreateObservableGauge("saki.inference.queued", () => Each(model => [(model.Queued, null)]), "{row}");

        void Counter(string name, string unit, Func<ServedModel, (long, string?)[]> values) => _meter.CreateObservableCounter(name, () => Each(values), unit);

        IEnumerable<Measurement<long>> Each(Func<ServedModel, (long Value, string? Outcome)[]> values) =>
            from model in models?.Models.SelectMany(entry => entry.Versions.Values).Take(200) ?? []
            from value in values(model)
            select new Measurement<long>(value.Value, Tags(model, value.Outcome));
    }

    private static KeyValuePair<string, object?>[] Tags(ServedModel model, string? outcome)
    {
        KeyValuePair<string, object?>[] tags = [new("model", model.Name), new("version", model.Version)];
        return outcome is null ? tags : [.. tags, new("outcome", outcome)];
    }
}

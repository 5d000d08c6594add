using System.Diagnostics;

namespace Saki.Inference.Serving;

/// <summary>
/// Spans of a request on its way through a model: <c>queue</c> and <c>compute</c> here, <c>serialise</c> where its answer is written. Costs one look at a field while nobody listens.
/// </summary>
public static class ServingTrace
{
    /// <summary>The source's name, for listeners.</summary>
    public const string SourceName = "Saki.Serving";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Begins writing an answer; dispose it at the end. Null while nobody listens.</summary>
    public static Activity? Serialise() => Source.StartActivity("serialise");

    /// <summary>Tells of a request that is answered: its turn came after <see cref="Batching.BatchItem.Queued"/>, the rest was computing.</summary>
    internal static void Answered(ServedModel model, ModelItem item, TimeSpan all, TimeProvider time)
    {
        if (!Source.HasListeners()) return;
        var now = time.GetUtcNow();
        var began = now - all;
        Span("queue", began, began + item.Queued, model, item);
        Span("compute", began + item.Queued, now, model, item);
    }

    private static void Span(string name, DateTimeOffset from, DateTimeOffset to, ServedModel model, ModelItem item)
    {
        var parent = Activity.Current?.Context ?? default;
        using var span = Source.StartActivity(name, ActivityKind.Internal, parent, startTime: from);
        if (span is null) return;
        span.SetTag("saki.model", model.Name).SetTag("saki.version", model.Version);
        if (name == "compute") span.SetTag("saki.batch_rows", item.BatchRows).SetTag("saki.engine_ms", item.Infer.TotalMilliseconds);
        span.SetEndTime(to.UtcDateTime);
    }
}

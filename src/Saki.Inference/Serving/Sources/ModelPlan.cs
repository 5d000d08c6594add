using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Tensors;
using Saki.Pipelines;

namespace Saki.Inference.Serving;

/// <summary>A model version that can be loaded: read from its source and checked, not yet in the engine.</summary>
public sealed record ModelPlan
{
    /// <summary>In addresses: letters, digits, dot, dash, underscore; a letter or digit first; at most 128.</summary>
    public required string Name { get; init; }

    /// <summary>In addresses, by the rule of <see cref="Name"/>.</summary>
    public required string Version { get; init; }

    /// <summary>Where it came from, as it was named; what the repository's state file keeps.</summary>
    public required string Source { get; init; }

    /// <summary>What came with it: batches, queue, labels.</summary>
    public ServingSettings Settings { get; init; } = new();

    /// <summary>What its own files ask for and does not hold here, for people; null: nothing.</summary>
    public string? Note { get; init; }

    /// <summary>The ONNX file.</summary>
    public required string ModelFile { get; init; }

    /// <summary>The package, with its golden answer; null for other sources.</summary>
    public Package? Package { get; init; }

    /// <summary>How pictures become its input; null for plain tensors.</summary>
    public Pipeline? Pipeline { get; init; }

    /// <summary>
    /// True for a version that was fitted to one person: it answers that person alone, is shown beside no other, and a restart does not bring it back by itself, but whoever keeps it does.
    /// Default: false.
    /// </summary>
    public bool Personal { get; init; }

    /// <summary>True for <see cref="Name"/> and <see cref="Version"/> that may stand in addresses and file names.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= 128 && char.IsAsciiLetterOrDigit(text[0]) && text.All(sign => char.IsAsciiLetterOrDigit(sign) || sign is '.' or '-' or '_');

    /// <summary>Loads it into the engine and checks its golden answer where it has one.</summary>
    internal (Predictor? Predictor, TensorModel Tensors) Load(PredictorOptions options, CancellationToken cancellation)
    {
        options = options with { Version = Version, MaxBatch = Settings.MaxBatch, Session = options.Session with { IntraOpThreads = Settings.Threads } };
        var predictor = Package is not null ? Predictor.Load(Package, options with { Name = Name }, cancellation)
            : Pipeline is not null ? Predictor.Open(ModelFile, Pipeline, options with { Name = Name }, cancellation)
            : null;
        if (predictor is not null) return (predictor, predictor.Tensors);
        return (null, new TensorModel(OrtSession.Load(ModelFile, options.Session, cancellation), Settings.MaxBatch));
    }
}

using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Faces;

namespace Saki.Inference;

/// <summary>How a <see cref="Predictor"/> is opened.</summary>
public sealed record PredictorOptions
{
    /// <summary>Threads and optimisation of the session. Default: one thread per run; call in parallel for throughput.</summary>
    public OrtSessionOptions Session { get; init; } = new();

    /// <summary>Most rows in one run, where the model lets their number free and answers each row by itself. Default 32.</summary>
    public int MaxBatch { get; init; } = 32;

    /// <summary>The name to give in answers. Null: the package's or the file's own.</summary>
    public string? Name { get; init; }

    /// <summary>The version to name in answers: a registry's number. Null: the first 12 digits of the content's digest.</summary>
    public string? Version { get; init; }

    /// <summary>An ONNX face detector's file, for pipelines that look for faces. Null: what <see cref="FaceDetector.Variable"/> names, else the Haar cascade.</summary>
    public string? FaceModel { get; init; }

    /// <summary>Largest encoded picture in bytes. Default 100 MB.</summary>
    public long MaxBytes { get; init; } = 100_000_000;

    /// <summary>Most pixels of a picture, checked before it is decoded. Default 40,000,000.</summary>
    public long MaxPixels { get; init; } = 40_000_000;

    /// <summary>True: a JPEG over <see cref="MaxPixels"/> is decoded smaller instead of being refused. Default false.</summary>
    public bool ShrinkLargeJpegs { get; init; }

    /// <summary>Gives the time that prediction ids carry. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

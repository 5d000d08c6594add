using Saki.Datasets;

namespace Saki.Calibration;

/// <summary>A calibration as pages and programs see it.</summary>
public sealed record CalibrationView
{
    /// <summary>Its name: 32 hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>True in the answer to <c>/model/calibrate</c>, whose first callers look for it; null elsewhere.</summary>
    public bool? Success { get; init; }

    /// <summary>Whose it is: the key that their requests carry.</summary>
    public required string User { get; init; }

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>The version that it began from; empty for a draft.</summary>
    public string Base { get; init; } = "";

    /// <summary><c>draft</c>, <c>running</c>, <c>accepted</c>, <c>refused</c>, <c>failed</c> or <c>back</c> (accepted once, then taken back).</summary>
    public required string State { get; init; }

    /// <summary>Whether this is the version that answers its person now.</summary>
    public bool Answers { get; init; }

    /// <summary>The job that makes or made it; null for a draft.</summary>
    public long? Job { get; init; }

    /// <summary>When it was begun, milliseconds since 1970.</summary>
    public long Created { get; init; }

    /// <summary>How far it is, 0 to 1; null when that is not known.</summary>
    public double? Progress { get; init; }

    /// <summary>What it does now, or why it failed.</summary>
    public string Text { get; init; } = "";

    /// <summary>What came of it; null before its end.</summary>
    public CalibrationReport? Report { get; init; }

    /// <summary>Files that did not become pictures; only when they were just read.</summary>
    public IReadOnlyList<LeftOut>? LeftOut { get; init; }

    /// <summary>Classes without a picture; only when they were just read.</summary>
    public IReadOnlyList<string>? Missing { get; init; }
}

/// <summary>Calibrations, the newest first.</summary>
public sealed record CalibrationList(IReadOnlyList<CalibrationView> Calibrations);

using System.Text.Json;
using Saki.Calibration;

namespace Saki.Server.Calibration;

/// <summary>Where a calibration stands.</summary>
internal static class CalibrationState
{
    /// <summary>Pictures are being taken.</summary>
    public const string Draft = "draft";

    /// <summary>Its job waits or runs.</summary>
    public const string Running = "running";

    /// <summary>It passed its gate; the newest one of a person and model answers that person.</summary>
    public const string Accepted = "accepted";

    /// <summary>Its gate said no.</summary>
    public const string Refused = "refused";

    /// <summary>Its job did not come to its end.</summary>
    public const string Failed = "failed";

    /// <summary>It was accepted once, and its person took it back.</summary>
    public const string Back = "back";

    /// <summary>Its files are on their way out.</summary>
    public const string Erasing = "erasing";
}

/// <summary>A calibration as the database has it.</summary>
internal sealed record CalibrationRow
{
    public string Id { get; init; } = "";
    public string Person { get; init; } = "";
    public string Model { get; init; } = "";
    public string Base { get; init; } = "";
    public string State { get; init; } = "";
    public long? Job { get; init; }
    public long Created { get; init; }
    public long Changed { get; init; }
    public string Version { get; init; } = "";
    public string Report { get; init; } = "";
    public string Text { get; init; } = "";

    /// <summary>What came of it; null before its end.</summary>
    public CalibrationReport? ReadReport() => Report.Length == 0 ? null : JsonSerializer.Deserialize(Report, CalibrationJson.Default.CalibrationReport);

    /// <summary>As pages and programs see it.</summary>
    public CalibrationView View(bool answers) => new()
    {
        Id = Id,
        User = Feedback.Person.KeyOf(Person),
        Model = Model,
        Base = Base,
        State = State,
        Answers = answers,
        Job = Job,
        Created = Created,
        Text = Text,
        Report = ReadReport(),
    };
}

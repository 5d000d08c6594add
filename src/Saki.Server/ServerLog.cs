using Microsoft.Extensions.Logging;

namespace Saki.Server;

/// <summary>Every message that the server logs. None carries a picture, a file name or an address of a person.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(1, LogLevel.Information, "Listening on {Address}")]
    public static partial void Listening(ILogger log, Uri address);

    [LoggerMessage(2, LogLevel.Information, "{Method} {Path} refused with {Status}: {Reason}")]
    public static partial void Refused(ILogger log, string method, string path, int status, string reason);

    [LoggerMessage(3, LogLevel.Error, "{Method} {Path} failed; the reply carries the id {Id}")]
    public static partial void Failed(ILogger log, Exception failure, string method, string path, string id);

    [LoggerMessage(5, LogLevel.Warning, "{Model} does not follow its registry: {Reason}")]
    public static partial void NotFollowed(ILogger log, string model, string reason);

    [LoggerMessage(6, LogLevel.Warning, "The registry that models are taken from cannot be asked; what is loaded stays: {Reason}")]
    public static partial void RegistryAway(ILogger log, string reason);

    [LoggerMessage(24, LogLevel.Error, "Removing what was kept long enough failed; it is tried again in six hours")]
    public static partial void SweepFailed(ILogger log, Exception failure);

    [LoggerMessage(4, LogLevel.Information, "Stopping: running requests are finished first")]
    public static partial void Stopping(ILogger log);

    [LoggerMessage(20, LogLevel.Error, "Looking after jobs faltered; it goes on")]
    public static partial void JobsFaltered(ILogger log, Exception failure);

    [LoggerMessage(21, LogLevel.Error, "Job {Job} could not be started")]
    public static partial void JobNotStarted(ILogger log, Exception failure, long job);

    [LoggerMessage(22, LogLevel.Warning, "Schedule {Schedule} was refused: {Reason}")]
    public static partial void ScheduleRefused(ILogger log, string schedule, string reason);

    [LoggerMessage(25, LogLevel.Information, "A picture of {Model}'s traffic could not be looked at for drift")]
    public static partial void DriftNotMeasured(ILogger log, string model, Exception failure);

    [LoggerMessage(23, LogLevel.Error, "The loop of {Model} could not be looked after; the champion answers on, and the next look tries again")]
    public static partial void LoopFailed(ILogger log, string model, Exception failure);

    [LoggerMessage(26, LogLevel.Error, "Looking after calibrations faltered; everyone is answered on, and the next look tries again")]
    public static partial void CalibrationFaltered(ILogger log, Exception failure);
}

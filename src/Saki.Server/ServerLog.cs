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

    [LoggerMessage(5, LogLevel.Error, "Deleting feedback that is too old failed; it is tried again in six hours")]
    public static partial void ExpiryFailed(ILogger log, Exception failure);

    [LoggerMessage(4, LogLevel.Information, "Stopping: running requests are finished first")]
    public static partial void Stopping(ILogger log);
}

namespace Saki.Server.Http;

/// <summary>A request that is refused with a status of its own.</summary>
/// <param name="status">The HTTP status, 400 to 599.</param>
/// <param name="operation">As in <see cref="SakiException"/>.</param>
/// <param name="expected">As in <see cref="SakiException"/>.</param>
/// <param name="got">As in <see cref="SakiException"/>.</param>
/// <param name="next">As in <see cref="SakiException"/>.</param>
internal sealed class RequestException(int status, string operation, string expected, string got, string? next = null)
    : SakiException(operation, expected, got, next)
{
    public int Status { get; } = status;

    /// <summary>Seconds after which the same request may be sent again; null when that would not help.</summary>
    public int? RetryAfter { get; init; }
}

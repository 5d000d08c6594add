using Microsoft.AspNetCore.Http;
using Saki.Server.Http;

namespace Saki.Server.Serving;

/// <summary>
/// Bounds what is in the house at once: requests (running and waiting) and the bytes they hold. Computing is bounded by the models' own queues.
/// A full house answers 503 at once; nobody waits without an end. Thread-safe.
/// </summary>
internal sealed class Admission(ServerOptions options)
{
    private readonly Lock _lock = new();
    private int _requests;
    private long _bytes;

    /// <summary>Lets a request in before its body is read. Dispose what it returns when the reply is written.</summary>
    /// <param name="length">Its Content-Length; null counts as the largest allowed.</param>
    /// <exception cref="RequestException">503: too many are here already. 413: longer than any request may be.</exception>
    public Ticket Enter(long? length)
    {
        var bytes = length ?? options.MaxRequestBytes;
        if (bytes > options.MaxRequestBytes)
        {
            throw new RequestException(StatusCodes.Status413PayloadTooLarge, "Reading the request", $"at most {ErrorReplies.Megabytes(options.MaxRequestBytes)} in one request",
                ErrorReplies.Megabytes(bytes), "Send fewer or smaller pictures.");
        }
        lock (_lock)
        {
            if (_requests >= options.MaxRequests || (_bytes > 0 && _bytes + bytes > options.MaxBytesInFlight)) throw Busy();
            _requests++;
            _bytes += bytes;
        }
        return new Ticket(this, bytes);
    }

    private void Leave(long bytes)
    {
        lock (_lock)
        {
            _requests--;
            _bytes -= bytes;
        }
    }

    private static RequestException Busy() => new(StatusCodes.Status503ServiceUnavailable, "Answering", "room in the queue", "a full one", "Send it again in a second.") { RetryAfter = 1 };

    /// <summary>A request's place; disposing gives it back.</summary>
    public readonly struct Ticket(Admission house, long bytes) : IDisposable
    {
        public void Dispose() => house.Leave(bytes);
    }
}

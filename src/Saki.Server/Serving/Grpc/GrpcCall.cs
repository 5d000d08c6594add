using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Saki.Server.Http;

namespace Saki.Server.Serving.Grpc;

/// <summary>
/// gRPC over Kestrel's HTTP/2, written out: five bytes before every message (compressed or not, length), and how it went in the trailers.
/// Compressed messages are not taken; a message is never longer than the server's limit for a request.
/// </summary>
internal static class GrpcCall
{
    private const int Prefix = 5;

    // gRPC's numbers.
    private const int Cancelled = 1, InvalidArgument = 3, DeadlineExceeded = 4, NotFound = 5, ResourceExhausted = 8, Unimplemented = 12, Internal = 13, Unavailable = 14;

    /// <summary>One message in, one out.</summary>
    public static Task UnaryAsync<TRequest, TResponse>(HttpContext context, Func<TRequest, CancellationToken, Task<TResponse>> answer)
        where TRequest : class, IMessage<TRequest>, new() where TResponse : IMessage<TResponse> => RunAsync(context, async cancellation =>
    {
        var request = await ReadAsync<TRequest>(context, cancellation) ?? throw new RequestException(400, "Reading the request", "one message", "none");
        await WriteAsync(context, await answer(request, cancellation), cancellation);
    });

    /// <summary>Messages in and out until the sender is done; an error is an answer, the stream goes on.</summary>
    public static Task StreamAsync<TRequest, TResponse>(HttpContext context, Func<TRequest, CancellationToken, Task<TResponse>> answer, Func<string, TResponse> error)
        where TRequest : class, IMessage<TRequest>, new() where TResponse : IMessage<TResponse> => RunAsync(context, async cancellation =>
    {
        while (await ReadAsync<TRequest>(context, cancellation) is { } request)
        {
            TResponse response;
            try
            {
                response = await answer(request, cancellation);
            }
            catch (SakiException failure)
            {
                response = error(failure.Message);
            }
            await WriteAsync(context, response, cancellation);
        }
    });

    private static async Task RunAsync(HttpContext context, Func<CancellationToken, Task> work)
    {
        context.Response.ContentType = "application/grpc";
        using var deadline = Deadline(context.Request.Headers["grpc-timeout"]) is { } time ? new CancellationTokenSource(time) : null;
        using var both = deadline is null ? null : CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.RequestAborted);
        var (status, message) = (0, "");
        try
        {
            if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
                throw new RequestException(415, "Answering", "application/grpc", "another content type");
            await work(both?.Token ?? context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            (status, message) = deadline is { IsCancellationRequested: true } ? (DeadlineExceeded, "The deadline has passed.") : (Cancelled, "The call was cancelled.");
        }
        catch (InvalidProtocolBufferException)
        {
            (status, message) = (InvalidArgument, "The message is not of the protocol.");
        }
        catch (Exception failure) when (ErrorReplies.Explain(failure, context.RequestServices.GetRequiredService<ServerOptions>()) is { } known)
        {
            (status, message) = (StatusOf(ErrorReplies.StatusOf(known)), known.Message);
        }
        catch (Exception failure)
        {
            (status, message) = (Internal, $"A fault of the server. Its log has the details under {ErrorReplies.LogFault(context, failure)}.");
        }
        if (!context.Response.HasStarted) await context.Response.StartAsync();
        context.Response.AppendTrailer("grpc-status", status.ToString(CultureInfo.InvariantCulture));
        if (message.Length > 0) context.Response.AppendTrailer("grpc-message", Escape(message));
        await context.Response.CompleteAsync();
    }

    private static int StatusOf(int http) => http switch
    {
        404 => NotFound,
        413 or 429 => ResourceExhausted,
        501 => Unimplemented,
        503 => Unavailable,
        504 => DeadlineExceeded,
        _ => InvalidArgument,
    };

    private static async ValueTask<T?> ReadAsync<T>(HttpContext context, CancellationToken cancellation) where T : class, IMessage<T>, new()
    {
        var limit = context.RequestServices.GetRequiredService<ServerOptions>().MaxRequestBytes;
        var reader = context.Request.BodyReader;
        var head = await reader.ReadAtLeastAsync(Prefix, cancellation);
        if (head.Buffer.IsEmpty) return null;
        if (head.Buffer.Length < Prefix) throw Cut();
        var length = Length(head.Buffer, limit);
        reader.AdvanceTo(head.Buffer.GetPosition(Prefix));
        if (length == 0) return new T();
        var body = await reader.ReadAtLeastAsync(length, cancellation);
        if (body.Buffer.Length < length) throw Cut();
        var message = new MessageParser<T>(() => new T()).ParseFrom(body.Buffer.Slice(0, length));
        reader.AdvanceTo(body.Buffer.GetPosition(length));
        return message;
    }

    private static int Length(ReadOnlySequence<byte> buffer, int limit)
    {
        Span<byte> prefix = stackalloc byte[Prefix];
        buffer.Slice(0, Prefix).CopyTo(prefix);
        if (prefix[0] != 0) throw new RequestException(501, "Reading the request", "messages that are not compressed", "a compressed one");
        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
        return length <= limit ? (int)length : throw Upload.TooLarge("request", limit);
    }

    private static async ValueTask WriteAsync<T>(HttpContext context, T message, CancellationToken cancellation) where T : IMessage<T>
    {
        var writer = context.Response.BodyWriter;
        var length = message.CalculateSize();
        var prefix = writer.GetSpan(Prefix);
        prefix[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(prefix[1..], length);
        writer.Advance(Prefix);
        message.WriteTo(writer);
        await writer.FlushAsync(cancellation);
    }

    // "250m": up to eight digits and a unit.
    private static TimeSpan? Deadline(string? text)
    {
        if (text is not { Length: >= 2 and <= 9 } || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var amount)) return null;
        var time = text[^1] switch
        {
            'H' => TimeSpan.FromHours(Math.Min(amount, 24)),
            'M' => TimeSpan.FromMinutes(Math.Min(amount, 1440)),
            'S' => TimeSpan.FromSeconds(Math.Min(amount, 86400)),
            'm' => TimeSpan.FromMilliseconds(amount),
            'u' => TimeSpan.FromMicroseconds(amount),
            'n' => TimeSpan.FromTicks(Math.Max(1, amount / 100)),
            _ => (TimeSpan?)null,
        };
        return time > TimeSpan.Zero && time < TimeSpan.FromDays(1) ? time : null;
    }

    // Trailers are ASCII; the rest is percent-encoded UTF-8.
    private static string Escape(string message)
    {
        var text = new StringBuilder();
        foreach (var sign in Encoding.UTF8.GetBytes(message))
        {
            if (sign is >= 0x20 and <= 0x7E and not (byte)'%') text.Append((char)sign);
            else text.Append('%').Append(sign.ToString("X2", CultureInfo.InvariantCulture));
        }
        return text.ToString();
    }

    private static RequestException Cut() => new(400, "Reading the request", "whole messages", "one that is cut off");
}

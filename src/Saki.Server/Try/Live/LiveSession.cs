using System.Buffers;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Saki.Inference.Serving;
using Saki.Pipelines;
using Saki.Server.Accounts;
using Saki.Server.Http;
using Saki.Server.Serving;
using Saki.Vision;

namespace Saki.Server.Try.Live;

/// <summary>
/// One viewer's camera: each binary message is a frame (any picture format), each reply tells of one frame. While a frame is being judged only the newest that arrives is kept, so answers are
/// never about the past and memory is that of two frames. Nothing is stored.
/// </summary>
internal sealed class LiveSession(WebSocket socket, HttpContext context, ServerOptions options, Admission admission)
{
    /// <summary>Largest frame in bytes.</summary>
    public const int MostFrameBytes = 2_000_000;

    private const int Bars = 10, EveryLabel = 1000;
    private const WebSocketCloseStatus TooMuch = WebSocketCloseStatus.MessageTooBig;

    /// <summary>A viewer who sends nothing for so long is let go.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    private readonly Channel<byte[]> _newest = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = true });
    private readonly FaceTracker _tracker = new();
    private readonly string? _user = ServedBy.UserOf(context); // also once somebody else signs in beside it, the frames are this person's
    private long _looked = Stopwatch.GetTimestamp();

    /// <summary>Returns when the viewer has gone or must go.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var receiving = ReceiveAsync(end.Token);
        try
        {
            await foreach (var frame in _newest.Reader.ReadAllAsync(end.Token))
            {
                if (!MayGoOn())
                {
                    await CloseAsync(WebSocketCloseStatus.PolicyViolation, "Sign in again.");
                    break;
                }
                var reply = await JudgeAsync(frame, end.Token);
                await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(reply, LiveJson.Default.LiveReply), WebSocketMessageType.Text, true, end.Token);
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException)
        {
            // The viewer has closed the page, or the server stops.
        }
        finally
        {
            await end.CancelAsync();
            await receiving;
        }
    }

    private async Task ReceiveAsync(CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            using var frame = new MemoryStream();
            while (socket.State == WebSocketState.Open)
            {
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                patience.CancelAfter(Silence);
                var part = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
                if (part.MessageType == WebSocketMessageType.Close) break;
                if (part.MessageType != WebSocketMessageType.Binary || frame.Length + part.Count > MostFrameBytes)
                {
                    await CloseAsync(TooMuch, $"Send pictures of at most {ErrorReplies.Megabytes(MostFrameBytes)}.");
                    break;
                }
                frame.Write(buffer, 0, part.Count);
                if (!part.EndOfMessage) continue;
                _newest.Writer.TryWrite(frame.ToArray());
                frame.SetLength(0);
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException)
        {
            // as above; a silent viewer, too
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            _newest.Writer.TryComplete();
        }
    }

    private async Task<LiveReply> JudgeAsync(byte[] frame, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var ticket = admission.Enter(frame.Length);
            using var lease = PictureModel.Lease(options, _user);
            var answer = await lease.Model.PredictAsync(frame, null, EveryLabel, new CallOptions(options.Patience, 0, cancellation) { EveryFace = true });
            var header = ImageHeader.Read(frame);
            return new LiveReply
            {
                Width = header.UprightWidth,
                Height = header.UprightHeight,
                Faces = [.. _tracker.Next(answer).Select(face => Shown(face, lease.Model.Predictor!.Pipeline))],
                Model = answer.Model,
                Version = answer.Version,
                Own = lease.Arm == Arm.User,
                Milliseconds = Math.Round(Stopwatch.GetElapsedTime(started).TotalMilliseconds, 1),
            };
        }
        catch (SakiException refusal)
        {
            return new LiveReply { Error = refusal.Message };
        }
    }

    private static LiveFace Shown(TrackedFace face, Pipeline pipeline)
    {
        var best = face.Top[0];
        var name = pipeline.Reject is { } reject && best.Probability < reject.Below ? reject.As : best.Class;
        return new LiveFace(face.Id, face.Box.Length == 0 ? null : [.. face.Box.Select(value => (int)Math.Round(value))], name, [.. face.Top.Take(Bars)]);
    }

    // A token that was removed since stops to see within seconds.
    private bool MayGoOn()
    {
        if (Stopwatch.GetElapsedTime(_looked) < LookAgain) return true;
        _looked = Stopwatch.GetTimestamp();
        return Access.StillMay(context, options);
    }

    private async Task CloseAsync(WebSocketCloseStatus status, string why)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await socket.CloseOutputAsync(status, why, patience.Token);
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException)
        {
            // it is closed already
        }
    }
}

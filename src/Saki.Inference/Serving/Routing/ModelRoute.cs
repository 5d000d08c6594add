using System.Text;
using Saki.Inference.Tensors;
using Saki.Pipelines;
using Saki.Vision;

namespace Saki.Inference.Serving;

/// <summary>The live side of one model's <see cref="ModelRouting"/>: decides who answers, and watches how canary and shadow do. Immutable; the figures inside are not.</summary>
internal sealed class ModelRoute
{
    private readonly string _model;
    private readonly RouteContext _context;
    private readonly Turns _turns;

    public ModelRoute(string model, RouteContext context) : this(model, ModelRouting.Plain, null, null, new Turns(), context) { }

    private ModelRoute(string model, ModelRouting plan, CanaryWatch? canary, Comparison? shadow, Turns turns, RouteContext context, TrafficTap? tap = null) =>
        (_model, Plan, Canary, Shadow, _turns, _context, Tap) = (model, plan, canary, shadow, turns, context, tap);

    public ModelRouting Plan { get; }

    /// <summary>The running canary; null without one.</summary>
    public CanaryWatch? Canary { get; }

    /// <summary>The champion's answers (first) and the shadow's (second); null without a shadow.</summary>
    public Comparison? Shadow { get; }

    /// <summary>True when requests are to go through <see cref="PredictAsync"/> and <see cref="InferAsync"/>.</summary>
    public bool IsWatching => Canary is not null || Shadow is not null || Tap is not null;

    /// <summary>Who is shown some of the champion's pictures; null: nobody.</summary>
    public TrafficTap? Tap { get; }

    /// <summary>The same route with another tap.</summary>
    public ModelRoute Tapped(TrafficTap? tap) => new(_model, Plan, Canary, Shadow, _turns, _context, tap);

    /// <summary>The route under another plan; figures go on where they are about the same versions.</summary>
    /// <param name="plan">From now on.</param>
    /// <param name="anew">True: all figures start again, since the champion is another one.</param>
    public ModelRoute With(ModelRouting plan, bool anew)
    {
        var canary = plan.Canary is null ? null : !anew && plan.Canary == Plan.Canary ? Canary : new CanaryWatch(plan.Canary, _context.Time);
        var shadow = plan.Shadow is null ? null : !anew && plan.Shadow.Version == Plan.Shadow?.Version ? Shadow : new Comparison(_context.Time);
        return new ModelRoute(_model, plan, canary, shadow, _turns, _context, Tap);
    }

    /// <summary>The version for a request that names none; null: the default.</summary>
    /// <param name="user">The key that stays on one side; null: each request by itself.</param>
    public (string Version, Arm Arm)? Choose(string? user)
    {
        if (user is not null && Plan.Users.TryGetValue(user, out var own)) return (own, Arm.User);
        if (Canary is not { IsOver: false } canary) return null;
        var place = user is null ? Share.Of(_turns.Next()) : Share.Of($"{_model}\n{user}");
        return place < canary.Plan.Percent ? (canary.Plan.Version, Arm.Canary) : null;
    }

    /// <summary>Answers for a picture and watches.</summary>
    public async ValueTask<Prediction> PredictAsync(ModelLease lease, ReadOnlyMemory<byte> bytes, string? file, int top, CallOptions call, bool inline)
    {
        var began = _context.Time.GetTimestamp();
        Prediction answer;
        try
        {
            answer = await lease.Model.PredictAsync(bytes, file, top, call, inline).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            Note(lease.Arm, began, failure);
            throw;
        }
        var seconds = Note(lease.Arm, began, null);
        if (Tap is { } tap && lease.Arm == Arm.Champion && !call.Uncounted && tap.IsDue()) Show(tap, lease.Model.Version, bytes, answer);
        if (Other(lease.Arm, bytes.Length) is not { } other) return answer;
        var copy = bytes.ToArray();
        var said = answer.Class;
        _context.Queue.Add(new ShadowWork(_model, other.Version ?? _context.Default(_model), copy.Length, other.Into.Shed, other.Into.Failed, async (model, quiet) =>
        {
            var asked = _context.Time.GetTimestamp();
            var second = await model.PredictAsync(copy, null, 1, quiet).ConfigureAwait(false);
            Compare(lease.Arm, other.Into, [said], [second.Class], seconds, _context.Time.GetElapsedTime(asked).TotalSeconds);
        }));
        return answer;
    }

    /// <summary>Answers for tensors and watches.</summary>
    public async ValueTask<IReadOnlyList<TensorOutput>> InferAsync(ModelLease lease, IReadOnlyList<TensorInput> inputs, CallOptions call)
    {
        var began = _context.Time.GetTimestamp();
        IReadOnlyList<TensorOutput> answer;
        try
        {
            answer = await lease.Model.InferAsync(inputs, call).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            Note(lease.Arm, began, failure);
            throw;
        }
        var seconds = Note(lease.Arm, began, null);
        var bytes = inputs.Sum(input => (long)input.Content.Length);
        if (Other(lease.Arm, bytes) is not { } other) return answer;
        var (copy, labels) = (inputs.Select(input => input with { Content = input.Content.ToArray() }).ToList(), lease.Model.Labels);
        _context.Queue.Add(new ShadowWork(_model, other.Version ?? _context.Default(_model), bytes, other.Into.Shed, other.Into.Failed, async (model, quiet) =>
        {
            var asked = _context.Time.GetTimestamp();
            var second = await model.InferAsync(copy, quiet).ConfigureAwait(false);
            var (said, also) = AnswerClasses.Of(answer, second, labels);
            Compare(lease.Arm, other.Into, said, also, seconds, _context.Time.GetElapsedTime(asked).TotalSeconds);
        }));
        return answer;
    }

    private void Show(TrafficTap tap, string version, ReadOnlyMemory<byte> bytes, Prediction answer)
    {
        if (!_context.Queue.HasRoom(bytes.Length))
        {
            tap.PassOver();
            return;
        }
        var copy = bytes.ToArray();
        _context.Queue.Add(new ShadowWork(_model, version, copy.Length, tap.PassOver, tap.PassOver, (model, _) =>
        {
            tap.Look(model, copy, answer);
            return Task.CompletedTask;
        }));
    }

    // Seconds that the request took.
    private double Note(Arm arm, long began, Exception? failure)
    {
        var seconds = _context.Time.GetElapsedTime(began).TotalSeconds;
        // Neither who went away nor what is no picture says anything of a version.
        if (Canary is not { } canary || arm is not (Arm.Champion or Arm.Canary) || failure is OperationCanceledException or ImageException) return seconds;
        if (canary.Add(arm, seconds, failure is not null) is { } verdict) _context.Over(_model, canary.Plan, verdict);
        return seconds;
    }

    // Who else is asked: the shadow for what the champion answered, the champion (a null version) for what the canary answered.
    private (string? Version, Comparison Into)? Other(Arm arm, long bytes)
    {
        (string?, Comparison)? other = arm switch
        {
            Arm.Champion when Shadow is not null && Share.Of(_turns.Next()) < Plan.Shadow!.Percent => (Plan.Shadow.Version, Shadow),
            Arm.Canary when Canary is { IsOver: false } canary && canary.Plan.Limits.MaxDisagreement is not null => (null, canary.Comparison),
            _ => null,
        };
        if (other is not { } found) return null;
        if (_context.Queue.HasRoom(bytes)) return found;
        found.Item2.Shed();
        return null;
    }

    private void Compare(Arm arm, Comparison into, IReadOnlyList<string> said, IReadOnlyList<string> other, double seconds, double otherSeconds)
    {
        if (arm == Arm.Canary) into.Add(other, said, otherSeconds, seconds);
        else into.Add(said, other, seconds, otherSeconds);
        if (arm == Arm.Canary && Canary!.Judge() is { } verdict) _context.Over(_model, Canary.Plan, verdict);
    }

    /// <summary>Counts requests that have no key.</summary>
    private sealed class Turns
    {
        private long _count;

        public ulong Next() => (ulong)Interlocked.Increment(ref _count);
    }
}

/// <summary>What routes share.</summary>
/// <param name="Queue">Asks other versions.</param>
/// <param name="Default">The default version of a model.</param>
/// <param name="Over">Takes a canary back.</param>
/// <param name="Time">Measures.</param>
internal sealed record RouteContext(ShadowQueue Queue, Func<string, string> Default, Action<string, CanaryPlan, CanaryVerdict> Over, TimeProvider Time);

/// <summary>A place from 0 to below 100, evenly spread and the same for the same key on every machine: murmur's finaliser over FNV-1a.</summary>
internal static class Share
{
    public static double Of(string key)
    {
        var hash = 14695981039346656037UL;
        foreach (var sign in Encoding.UTF8.GetBytes(key)) hash = (hash ^ sign) * 1099511628211UL;
        return Of(hash);
    }

    public static double Of(ulong number)
    {
        number = (number ^ (number >> 33)) * 0xff51afd7ed558ccdUL;
        number = (number ^ (number >> 33)) * 0xc4ceb9fe1a85ec53UL;
        number ^= number >> 33;
        return (number >> 11) / (double)(1UL << 53) * 100;
    }
}

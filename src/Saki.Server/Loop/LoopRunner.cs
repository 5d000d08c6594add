using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Saki.Loop;
using Saki.Server.Registry;
using Saki.Tracking;

namespace Saki.Server.Loop;

/// <summary>Looks at every model with a policy every few seconds and does what the rules say. One deed per model at a time; the models do not wait for each other.</summary>
internal sealed class LoopRunner(PolicyFolder<LoopPolicy> policies, LoopStore store, LoopEyes eyes, LoopHands hands, DriftWatch drift, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _problems = new(StringComparer.Ordinal);

    /// <summary>What kept the last look at a model from being done; null when nothing did.</summary>
    public string? Problem(string model) => _problems.GetValueOrDefault(model);

    /// <summary>What would be done for a model now; null when it has no policy.</summary>
    /// <exception cref="SakiException">The policy or the model cannot be read.</exception>
    public LoopLook? Decide(string model)
    {
        if (policies.Find(model) is not { } found) return null;
        var state = store.Read(model);
        var sight = eyes.Look(model, found.Policy, state);
        return new LoopLook(found, state, sight, LoopRules.Decide(found.Policy, state, sight));
    }

    /// <summary>Looks and acts once.</summary>
    public async Task<LoopDecision?> LookAsync(string model, CancellationToken cancellation)
    {
        var turn = _turns.GetOrAdd(model, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellation);
        try
        {
            if (Decide(model) is not { } now) return null;
            drift.Follow(model, now.Policy.Policy, now.Sight.Production);
            if (now.Decision.Acts) await hands.ActAsync(model, now.Policy.Policy, now.State, now.Decision, cancellation);
            return now.Decision;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Notes a person's answer to the question of a model's loop.</summary>
    /// <exception cref="SakiException">It asks nothing now.</exception>
    public async Task AnswerAsync(string model, bool yes, string why, string who, CancellationToken cancellation)
    {
        var turn = _turns.GetOrAdd(model, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellation);
        try
        {
            var state = store.Read(model);
            if (policies.Find(model) is not { } found || Question(found.Policy, state) is null)
                throw new Http.RequestException(409, "Answering the loop", "a model whose loop asks something", $"\"{model}\", which asks nothing now", "See where it stands with: saki loop show");
            var said = why.Length > 0 ? why : yes ? "A person agreed." : "A person said no.";
            await store.NoteAsync(model, state, new LoopDecision(LoopAction.Ask, said, [], state.Step), _ => state with { Approved = yes }, who);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>The step that waits for a person; null for none.</summary>
    public static LoopStep? Question(LoopPolicy policy, LoopState state) => state switch
    {
        { Approved: not null } => null,
        { Step: LoopStep.Proving, Passed: true } when policy.Asks(LoopStep.Staging) => LoopStep.Staging,
        { Step: LoopStep.Production } when policy.Asks(LoopStep.Production) => LoopStep.Production,
        _ => null,
    };

    /// <summary>Goes on until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Between, time);
        var looks = new Dictionary<string, Task>(StringComparer.Ordinal);
        try
        {
            do
            {
                drift.LeaveAllBut(policies.Models);
                // A gate measures for minutes; other models are looked at meanwhile.
                foreach (var model in policies.Models)
                    if (!looks.TryGetValue(model, out var look) || look.IsCompleted) looks[model] = TryAsync(model, cancellation);
            }
            while (await timer.WaitForNextTickAsync(cancellation));
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
        await Task.WhenAll(looks.Values);
    }

    private async Task TryAsync(string model, CancellationToken cancellation)
    {
        try
        {
            await LookAsync(model, cancellation);
            _problems.TryRemove(model, out _);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
        catch (Exception failure)
        {
            // Whatever it was, the champion answers on; the next look tries again.
            var said = failure is SakiException or MlflowException ? failure.Message : "A fault of the server. Its log has the details.";
            if (_problems.TryGetValue(model, out var known) && known == said) return;
            _problems[model] = said;
            ServerLog.LoopFailed(log, model, failure);
        }
    }
}

/// <summary>What was seen of a model's loop, on what it was decided, and the decision.</summary>
internal sealed record LoopLook(PolicyInForce<LoopPolicy> Policy, LoopState State, LoopSight Sight, LoopDecision Decision);

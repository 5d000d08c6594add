using System.Globalization;
using Saki.Gates;
using Saki.Inference.Serving;
using Saki.Jobs;
using Saki.Loop;
using Saki.Server.Accounts;
using Saki.Server.Jobs;
using Saki.Server.Labelling;
using Saki.Server.Registry;
using Saki.Server.Registry.Gates;
using Saki.Server.Tracking.Runs;
using Saki.Tracking;

namespace Saki.Server.Loop;

/// <summary>
/// Does what the rules decided, through the same doors that people use: labels are applied, jobs submitted, versions moved, arms changed. A deed that was done but not noted
/// (<c>kill -9</c> in between) is decided again at the next look and finds itself done.
/// </summary>
internal sealed class LoopHands(LoopStore store, LoopEyes eyes, LabelReader labels, LabelApply apply, JobDoor door, JobStore jobs, RegistryStore registry, RegistryReader reader, RegistryGate gate, RunReader runs, ModelRepository models, TimeProvider time)
{
    /// <summary>Does it and notes it.</summary>
    /// <returns>The state from now on.</returns>
    public async Task<LoopState> ActAsync(string model, LoopPolicy policy, LoopState state, LoopDecision decision, CancellationToken cancellation) => decision.Action switch
    {
        LoopAction.Train => await TrainAsync(model, policy, state, decision, cancellation),
        LoopAction.Prove => await ProveAsync(model, state, decision, cancellation),
        LoopAction.Stage => await StageAsync(model, policy, state, decision, cancellation),
        LoopAction.Canary => await CanaryAsync(model, policy, state, decision),
        LoopAction.Ask => await NoteAsync(model, state, decision, Entered(state, decision)),
        LoopAction.Promote => await PromoteAsync(model, policy, state, decision, cancellation),
        LoopAction.RollBack => await RollBackAsync(model, state, decision),
        LoopAction.Finish => await NoteAsync(model, state, decision, Ended(state)),
        LoopAction.Abandon => await AbandonAsync(model, state, decision, cancellation),
        _ => state,
    };

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task<LoopState> TrainAsync(string model, LoopPolicy policy, LoopState state, LoopDecision decision, CancellationToken cancellation)
    {
        var seen = Now;
        foreach (var queue in labels.All().Where(queue => queue.State is "open" or "closed" && Saki.Datasets.DatasetReference.Parse(queue.Data).Name == policy.Train.Dataset))
            await apply.RunAsync(labels.Get(queue.Name), LoopStore.Itself, dryRun: false);
        var round = state.Round + 1;
        var job = await door.AdmitAsync(new JobAsk
        {
            Kind = "train",
            Title = string.Create(CultureInfo.InvariantCulture, $"{model}, round {round}"),
            Arguments = new Dictionary<string, JobValue> { ["overrides"] = new([.. policy.Train.Overrides, $"dataset.name={policy.Train.Dataset}"]) },
        }, new Caller(LoopStore.Itself, Scope.Manage), $"loop {model}", cancellation);
        var champion = eyes.Production(model);
        // The job and the state that names it are one write: a kill leaves both or neither.
        return await store.NoteAsync(model, state, decision, session => new LoopState
        {
            Step = LoopStep.Training,
            Round = round,
            Began = seen,
            Since = seen,
            Job = JobStore.Insert(session, job, seen),
            Champion = champion,
            LabelsSeen = seen,
            Rounds = [.. state.Rounds.TakeLast(99), seen],
        });
    }

    private async Task<LoopState> ProveAsync(string model, LoopState state, LoopDecision decision, CancellationToken cancellation)
    {
        if (jobs.Get(state.Job!.Value).RunId is not { } run) return await AbandonAsync(model, state, new LoopDecision(LoopAction.Abandon, "The training named no run, so there is nothing to prove.", [], LoopStep.Idle), cancellation);
        var version = Versions(model).FirstOrDefault(known => known.RunId == run) is { } there ? Number(there)
            : await registry.AddVersionAsync(new ModelVersion { Name = model, Version = "", Source = $"{runs.Find(run).ArtifactUri}/package", RunId = run, Description = string.Create(CultureInfo.InvariantCulture, $"Trained by the loop, round {state.Round}.") }, LoopStore.Itself);
        var evidence = await gate.AskAsync(Move(model, version, RegistryMoves.Production), cancellation);
        // A model without a gate is let in by nobody but a person.
        var (passed, failed) = evidence is null
            ? (false, [new GateLine("policy", "a gate for Production: policies/NAME.yaml (docs/reference/gate.md)", "none", false)])
            : (evidence.Passed, (IReadOnlyList<GateLine>)[.. evidence.Lines.Where(line => !line.Passed)]);
        return await NoteAsync(model, state, decision with { Lines = evidence?.Lines ?? failed }, Entered(state, decision) with { Challenger = version, Passed = passed, Failed = failed });
    }

    private async Task<LoopState> StageAsync(string model, LoopPolicy policy, LoopState state, LoopDecision decision, CancellationToken cancellation)
    {
        var version = state.Challenger!.Value;
        var outcome = await registry.TryMoveAsync(Move(model, version, "Staging") with { Why = decision.Why }, cancellation);
        if (!outcome.Accepted) return await AbandonAsync(model, state, Refused(decision, outcome), cancellation);
        if (IsServed(model) && state.Champion is not null)
        {
            try
            {
                await LoadAsync(model, version, cancellation);
            }
            catch (SakiException failure)
            {
                return await AbandonAsync(model, state, new LoopDecision(LoopAction.Abandon, $"The challenger does not load beside the champion: {failure.Message}", [], LoopStep.Idle), cancellation);
            }
            if (policy.Rollout.ShadowRequests > 0) await models.Changes.ShadowAsync(model, new ShadowPlan(Text(version), 100), By(decision));
        }
        return await NoteAsync(model, state, decision, Entered(state, decision));
    }

    private async Task<LoopState> CanaryAsync(string model, LoopPolicy policy, LoopState state, LoopDecision decision)
    {
        var version = Text(state.Challenger!.Value);
        await LoadAsync(model, state.Challenger.Value, CancellationToken.None);
        if (models.Routes.Of(model).Shadow?.Version == version) await models.Changes.ShadowAsync(model, null, By(decision));
        await models.Changes.CanaryAsync(model, new CanaryPlan(version, decision.Percent)
        {
            Limits = new CanaryLimits
            {
                MinRequests = (int)Math.Clamp(policy.Rollback.LeastRequests, 10, 1000),
                MaxExtraErrors = policy.Rollback.MostErrors,
                MaxLatencyRatio = Math.Max(1, policy.Rollback.MostSlower),
                MaxDisagreement = Math.Min(policy.Rollout.MostDisagreement, 0.999),
            },
        }, By(decision));
        return await NoteAsync(model, state, decision, Entered(state, decision));
    }

    private async Task<LoopState> PromoteAsync(string model, LoopPolicy policy, LoopState state, LoopDecision decision, CancellationToken cancellation)
    {
        var version = state.Challenger!.Value;
        var (before, already) = (eyes.SoFar(model, state.Champion, policy), eyes.SoFar(model, version, policy));
        if (eyes.Production(model) != version)
        {
            var outcome = await registry.TryMoveAsync(Move(model, version, RegistryMoves.Production) with { Why = decision.Why }, cancellation);
            if (!outcome.Accepted) return await AbandonAsync(model, state, Refused(decision, outcome), cancellation);
        }
        await SwitchAsync(model, version, decision, cancellation);
        return await NoteAsync(model, state, decision, Entered(state, decision) with { Before = before, Already = already });
    }

    private async Task<LoopState> RollBackAsync(string model, LoopState state, LoopDecision decision)
    {
        if (eyes.Production(model) == state.Challenger && state.Champion is { } old)
        {
            await registry.RollbackAsync(model, old, state.Challenger, LoopStore.Itself, decision.Why);
            await SwitchAsync(model, old, decision, CancellationToken.None);
        }
        return await NoteAsync(model, state, decision, Ended(state));
    }

    private async Task<LoopState> AbandonAsync(string model, LoopState state, LoopDecision decision, CancellationToken cancellation)
    {
        if (state.Job is { } job && !jobs.Get(job).Over) await jobs.CancelAsync(job, LoopStore.Itself);
        if (state.Challenger is { } version)
        {
            await WithdrawAsync(model, Text(version), decision, cancellation);
            if (Versions(model).FirstOrDefault(known => Number(known) == version)?.CurrentStage == "Staging")
                await registry.TryMoveAsync(new RegistryMove(model, version, MoveKind.Stage, "Archived") { Who = LoopStore.Itself, Why = decision.Why }, cancellation);
        }
        return await NoteAsync(model, state, decision, Ended(state));
    }

    private async Task WithdrawAsync(string model, string version, LoopDecision decision, CancellationToken cancellation)
    {
        if (models.Find(model) is not { } entry || !entry.Versions.ContainsKey(version) || entry.Default == version) return;
        if (models.Routes.Of(model).Canary?.Version == version) await models.Changes.CanaryAsync(model, null, By(decision));
        if (models.Routes.Of(model).Shadow?.Version == version) await models.Changes.ShadowAsync(model, null, By(decision));
        if (!models.Routes.Of(model).Users.Values.Contains(version, StringComparer.Ordinal)) await models.Changes.UnloadAsync(model, version, By(decision), cancellation);
    }

    // A model that follows its registry is switched by that; one that came from a file is switched here.
    private async Task SwitchAsync(string model, long version, LoopDecision decision, CancellationToken cancellation)
    {
        if (!IsServed(model) || models.Routes.Of(model).Follows is not null) return;
        await LoadAsync(model, version, cancellation);
        await models.Changes.SetDefaultAsync(model, Text(version), By(decision), cancellation);
    }

    private async Task LoadAsync(string model, long version, CancellationToken cancellation)
    {
        if (models.Find(model)!.Versions.ContainsKey(Text(version))) return;
        await models.Changes.LoadAsync(models.Open($"models:/{model}/{Text(version)}", model)[0], new ChangedBy(LoopStore.Itself), beside: true, cancellation);
    }

    private bool IsServed(string model) => models.Find(model) is { IsLoaded: true };

    private IReadOnlyList<ModelVersion> Versions(string model) => reader.SearchVersions($"name = '{model.Replace("'", "''", StringComparison.Ordinal)}'", ["version_number DESC"], 1000, null).ModelVersions;

    private Task<LoopState> NoteAsync(string model, LoopState state, LoopDecision decision, LoopState after) => store.NoteAsync(model, state, decision, _ => after);

    private LoopState Entered(LoopState state, LoopDecision decision) => state with { Step = decision.Next, Since = Now, CanaryPercent = decision.Percent, Approved = null };

    private LoopState Ended(LoopState state) => new() { Round = state.Round, Began = state.Began, Since = Now, LabelsSeen = state.LabelsSeen, Rounds = state.Rounds };

    private static LoopDecision Refused(LoopDecision decision, MoveOutcome outcome) => new(LoopAction.Abandon, "The gate refused the challenger at the move itself.", outcome.Evidence?.Lines ?? decision.Lines, LoopStep.Idle);

    private static RegistryMove Move(string model, long version, string stage) => new(model, version, MoveKind.Stage, stage, ArchiveOthers: true) { Who = LoopStore.Itself };

    private static ChangedBy By(LoopDecision decision) => new(LoopStore.Itself, decision.Why);

    private static long Number(ModelVersion version) => long.Parse(version.Version, CultureInfo.InvariantCulture);

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Text.Json;
using Saki.Drift;
using Saki.Evaluation;
using Saki.Gates;
using Saki.Inference.Serving;
using Saki.Jobs;
using Saki.Loop;
using Saki.Server.Feedback;
using Saki.Server.Jobs;
using Saki.Server.Labelling;
using Saki.Server.Registry;
using Saki.Server.Registry.Audit;
using Saki.Server.Serving.Control;

namespace Saki.Server.Loop;

/// <summary>Sees what the rules decide on: labels, kept answers, jobs, the registry, and what the served versions do. Changes nothing.</summary>
internal sealed class LoopEyes(LabelReader labels, FeedbackStore feedback, JobStore jobs, RegistryReader registry, AuditReader audit, ModelRepository models, ServingHistory history, TimeProvider time)
{
    private const int MostAnswers = 1000, LeastForDrift = 100;
    private const double Sure = 0.9;

    /// <summary>One look.</summary>
    public LoopSight Look(string model, LoopPolicy policy, LoopState state)
    {
        var champion = Production(model);
        var kept = feedback.Search(new FeedbackSearch { Model = model, Most = MostAnswers });
        var (job, failure) = Job(state);
        var proof = Proof(model, champion)?.Report;
        return new LoopSight
        {
            Now = time.GetUtcNow().ToUnixTimeMilliseconds(),
            Labels = Labels(policy.Train.Dataset, state.LabelsSeen),
            Answers = Right(kept, champion),
            Proved = proof?.Accuracy,
            Drift = Drift(kept, champion, proof),
            Job = job,
            JobFailure = failure,
            Disagreement = Disagreement(model, state),
            Challenger = Arm(model, state.Challenger, kept, state.Step),
            Champion = state.Step == LoopStep.Watching ? state.Before : Arm(model, champion, kept, state.Step),
            TakenBack = state.Step is LoopStep.Canary or LoopStep.Production ? TakenBack(model, state) : null,
        };
    }

    /// <summary>The version in Production; null for none.</summary>
    public long? Production(string model) =>
        registry.Get(model).Aliases.FirstOrDefault(alias => alias.Alias == RegistryMoves.AliasOf(RegistryMoves.Production)) is { } holder ? long.Parse(holder.Version, CultureInfo.InvariantCulture) : null;

    /// <summary>What the champion's arm does now: what a fresh champion is held against.</summary>
    public ArmSight Before(string model, long? champion) => Arm(model, champion, feedback.Search(new FeedbackSearch { Model = model, Most = MostAnswers }), LoopStep.Watching);

    /// <summary>How the labels look that were given since <paramref name="after"/> for a data set.</summary>
    public LabelSight Labels(string dataset, long after)
    {
        var given = labels.GivenAfter(dataset, after);
        if (given.Count == 0) return new LabelSight();
        var most = given.GroupBy(label => label.Annotator).MaxBy(person => person.Count())!;
        var contradicted = given.GroupBy(label => label.Picture).Where(picture => picture.Select(label => label.Label).Distinct().Count() > 1).Select(picture => picture.Key).ToHashSet();
        var sure = most.Select(label => (label.Label, Guess: label.Guesses.Count > 0 ? label.Guesses[0] : null)).Where(label => label.Guess?.Probability >= Sure).ToList();
        return new LabelSight
        {
            Count = given.Count,
            Classes = given.Select(label => label.Label).Distinct().Count(),
            FromOne = most.Count(),
            Contradicting = given.Count(label => contradicted.Contains(label.Picture)),
            FlippedByOne = new Tally(sure.Count(label => label.Guess!.Label != label.Label), sure.Count),
        };
    }

    private static Tally Right(IReadOnlyList<StoredPrediction> kept, long? version)
    {
        var judged = kept.Where(answer => answer.Label.Length > 0 && IsOf(answer, version)).ToList();
        return new Tally(judged.Count(answer => answer.Label == answer.Class), judged.Count);
    }

    private static bool IsOf(StoredPrediction answer, long? version) => version is { } number && answer.Version == number.ToString(CultureInfo.InvariantCulture);

    private GateEvidence? Proof(string model, long? version)
    {
        var row = audit.History(model).FirstOrDefault(row => row.Version == version && row.To == RegistryMoves.Production && row.Action is "stage" or "alias" && row.Evidence.Length > 0);
        return row is not null && audit.Evidence(row.Evidence) is { } json ? JsonSerializer.Deserialize(json, GateJson.Default.GateEvidence) : null;
    }

    // The classes that the champion answers, against those that it answered on its gate's test set.
    private static (string Of, double Psi)? Drift(IReadOnlyList<StoredPrediction> kept, long? champion, EvaluationReport? report)
    {
        if (report is null) return null;
        var answered = kept.Where(answer => IsOf(answer, champion)).CountBy(answer => answer.Class).ToDictionary();
        if (answered.Values.Sum() < LeastForDrift) return null;
        var classes = report.PerClass.Select(row => row.Class).ToList();
        var before = Enumerable.Range(0, classes.Count).Select(column => report.Confusion.Sum(row => row[column])).ToArray();
        return ("predicted classes", PopulationStability.Between(before, [.. classes.Select(name => (long)answered.GetValueOrDefault(name))]));
    }

    private (JobSight, string?) Job(LoopState state)
    {
        if (state.Job is not { } id) return (JobSight.Open, null);
        var job = jobs.Get(id);
        return job.State switch
        {
            JobState.Succeeded => (JobSight.Succeeded, null),
            JobState.Failed or JobState.Cancelled => (JobSight.Failed, job.Reason.Length > 0 ? job.Reason : job.State == JobState.Cancelled ? $"{job.CancelledBy} ended it" : "its program ended with an error"),
            _ => (JobSight.Open, null),
        };
    }

    private Tally Disagreement(string model, LoopState state)
    {
        if (state.Challenger is not { } challenger || models.Routes.Of(model).Shadow?.Version != Text(challenger) || models.Routes.Shadow(model) is not { } view) return default;
        return new Tally(view.Compared - view.Agreed, view.Compared);
    }

    private ArmSight Arm(string model, long? version, IReadOnlyList<StoredPrediction> kept, LoopStep step)
    {
        if (version is not { } number) return default;
        var labelled = Right(kept, number);
        if (step is LoopStep.Canary or LoopStep.Production && models.Routes.Of(model).Canary is { } plan && models.Routes.Canary(model) is { Figures: var figures })
        {
            return plan.Version == Text(number)
                ? new ArmSight(figures.CanaryRequests, (long)Math.Round(figures.CanaryFailed * figures.CanaryRequests), 0, labelled)
                : new ArmSight(figures.ChampionRequests, (long)Math.Round(figures.ChampionFailed * figures.ChampionRequests), 0, labelled);
        }
        if (models.Models.FirstOrDefault(entry => entry.Name == model)?.Versions.GetValueOrDefault(Text(number)) is not { } served) return new ArmSight(0, 0, 0, labelled);
        return new ArmSight(served.Counters.Success + served.Counters.Failed, served.Counters.Failed, history.Recent(served).P99 ?? 0, labelled);
    }

    // The server took it back by its figures, or a person ended it: either way the round is over.
    private string? TakenBack(string model, LoopState state)
    {
        if (state.CanaryPercent == 0 || state.Challenger is not { } challenger || models.Routes.Of(model).Canary?.Version == Text(challenger)) return null;
        var told = models.Routes.Events.FirstOrDefault(told => told.Model == model && told.Version == Text(challenger) && told.Action is "rollback" or "canary" or "unload");
        return told is null ? "it is not served any more" : told.Who == ChangedBy.Saki.Who ? told.Why : $"{told.Who} ended it{(told.Why.Length > 0 ? $": {told.Why}" : "")}";
    }

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;
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
internal sealed class LoopEyes(LabelReader labels, FeedbackStore feedback, JobStore jobs, RegistryReader registry, AuditReader audit, ModelRepository models, ServingHistory history, DriftWatch drift, TimeProvider time)
{
    private const int MostAnswers = 1000, LeastSure = 5;
    private const double Sure = 0.9;

    /// <summary>One look.</summary>
    public LoopSight Look(string model, LoopPolicy policy, LoopState state)
    {
        var champion = Production(model);
        var kept = feedback.Search(new FeedbackSearch { Model = model, Most = MostAnswers });
        var (job, failure) = Job(state);
        var arms = new Arms(kept, policy);
        return new LoopSight
        {
            Now = time.GetUtcNow().ToUnixTimeMilliseconds(),
            Production = champion,
            Labels = Labels(policy.Train.Dataset, state.LabelsSeen),
            Answers = arms.Right(champion),
            Proved = champion is { } version ? audit.ProofOf(model, version)?.Report?.Accuracy : null,
            Drift = drift.Sight(model),
            Job = job,
            JobFailure = failure,
            Disagreement = Disagreement(model, state),
            Challenger = Since(state, Arm(model, state.Challenger, arms, state.Step)),
            Champion = state.Step == LoopStep.Watching ? state.Before : Arm(model, champion, arms, state.Step),
            TakenBack = state.Step is LoopStep.Canary or LoopStep.Production ? TakenBack(model, state) : null,
        };
    }

    /// <summary>The version in Production; null for none.</summary>
    public long? Production(string model) => RegistryMoves.ProductionOf(registry.Get(model));

    /// <summary>What a version did so far, whichever its arm.</summary>
    public ArmSight SoFar(string model, long? version, LoopPolicy policy) => Arm(model, version, new Arms(feedback.Search(new FeedbackSearch { Model = model, Most = MostAnswers }), policy), LoopStep.Watching);

    /// <summary>How the labels look that were given since <paramref name="after"/> for a data set.</summary>
    public LabelSight Labels(string dataset, long after)
    {
        var given = labels.GivenAfter(dataset, after);
        if (given.Count == 0) return new LabelSight();
        var most = given.GroupBy(label => label.Annotator).MaxBy(person => person.Count())!;
        var contradicted = given.GroupBy(label => label.Picture).Where(picture => picture.Select(label => label.Label).Distinct().Count() > 1).Select(picture => picture.Key).ToHashSet();
        return new LabelSight
        {
            Count = given.Select(label => label.Picture).Distinct().Count(),
            Given = given.Count,
            Classes = given.Select(label => label.Label).Distinct().Count(),
            FromOne = most.Count(),
            Contradicting = given.Count(label => contradicted.Contains(label.Picture)),
            FlippedByOne = given.GroupBy(label => label.Annotator).Select(Flips).Where(flips => flips.All >= LeastSure).OrderByDescending(flips => flips.Part).FirstOrDefault(),
        };
    }

    // One person's labels against a champion that was sure.
    private static Tally Flips(IEnumerable<Labelling.GivenLabel> labels)
    {
        var sure = labels.Where(label => label.Guesses.Count > 0 && label.Guesses[0].Probability >= Sure).ToList();
        return new Tally(sure.Count(label => label.Guesses[0].Label != label.Label), sure.Count);
    }

    // A fresh champion answers for what it does as one, not for what it did as canary; after a restart its counts begin anew.
    private static ArmSight Since(LoopState state, ArmSight arm) => state.Step == LoopStep.Watching && arm.Requests >= state.Already.Requests
        ? arm with { Requests = arm.Requests - state.Already.Requests, Errors = Math.Max(0, arm.Errors - state.Already.Errors) }
        : arm;

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
        // What it cannot answer at all is no agreement either.
        return new Tally(view.Compared - view.Agreed + view.Failed, view.Compared + view.Failed);
    }

    private ArmSight Arm(string model, long? version, Arms arms, LoopStep step)
    {
        if (version is not { } number) return default;
        var labelled = arms.Right(number);
        if (step is LoopStep.Canary or LoopStep.Production && models.Routes.Of(model).Canary is { } plan && models.Routes.Canary(model) is { Figures: var figures })
        {
            return plan.Version == Text(number)
                ? new ArmSight(figures.CanaryAll, figures.CanaryAllFailed, 0, labelled)
                : new ArmSight(figures.ChampionAll, figures.ChampionAllFailed, 0, labelled);
        }
        if (models.Find(model)?.Versions.GetValueOrDefault(Text(number)) is not { } served) return new ArmSight(0, 0, 0, labelled);
        var (recent, failed) = (history.Recent(served), served.Counters.Failed - served.Counters.BadInput);
        return new ArmSight(served.Counters.Success + failed, failed, recent.Requests >= arms.Policy.Rollback.LeastRequests ? recent.P99 ?? 0 : 0, labelled);
    }

    // The server took it back by its figures, or a person ended it: either way the round is over.
    private string? TakenBack(string model, LoopState state)
    {
        if (state.CanaryPercent == 0 || state.Challenger is not { } challenger || models.Routes.Of(model).Canary?.Version == Text(challenger)) return null;
        var told = models.Routes.Events.FirstOrDefault(told => told.Model == model && told.Version == Text(challenger) && told.Action is "rollback" or "canary" or "unload");
        return told is null ? "it is not served any more" : told.Who == ChangedBy.Saki.Who ? told.Why : $"{told.Who} ended it{(told.Why.Length > 0 ? $": {told.Why}" : "")}";
    }

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);

    /// <summary>Labelled answers by version.</summary>
    /// <param name="Kept">The newest answers of the model that people agreed to have kept, newest first.</param>
    /// <param name="Policy">How much of them one person may have said.</param>
    private readonly record struct Arms(IReadOnlyList<StoredPrediction> Kept, LoopPolicy Policy)
    {
        /// <summary>Right and all labelled answers of a version. What one person said beyond the part that one person may have is left out, oldest first: nobody alone makes a version look bad.</summary>
        public Tally Right(long? version)
        {
            if (version is not { } number) return default;
            var judged = Kept.Where(answer => answer.Label.Length > 0 && answer.Version == Text(number)).GroupBy(answer => answer.Person).OrderByDescending(person => person.Count()).Select(person => person.ToList()).ToList();
            if (judged.Count == 0) return default;
            var (most, others) = (Policy.Guard.MostFromOne, judged.Skip(1).Sum(person => person.Count));
            var loudest = most >= 1 ? judged[0].Count : (int)Math.Min(judged[0].Count, most / (1 - most) * others);
            var counted = judged.Skip(1).SelectMany(person => person).Concat(judged[0].Take(loudest)).ToList();
            return new Tally(counted.Count(answer => answer.Label == answer.Class), counted.Count);
        }
    }
}

using System.Globalization;
using Saki.Loop;
using Saki.Server.Http;
using Saki.Server.Registry;
using Saki.Server.Registry.Audit;
using Saki.Tracking;

namespace Saki.Server.Loop;

/// <summary>Puts together where loops stand.</summary>
internal sealed class LoopReader(PolicyFolder<LoopPolicy> policies, LoopStore store, LoopRunner runner, LoopEyes eyes, AuditReader audit)
{
    private const int Shown = 30;

    /// <summary>Every model with a policy.</summary>
    public IReadOnlyList<LoopView> All() => [.. policies.Models.Select(One)];

    /// <summary>One model's loop.</summary>
    /// <exception cref="RequestException">(404) It has no policy.</exception>
    public LoopView One(string model)
    {
        try
        {
            if (policies.Find(model) is not { } found) throw new RequestException(404, "Finding the loop", "a model with a policy for its loop", $"\"{model}\", which has none", "Set one with: saki loop policy NAME FILE");
            var (state, sight, decision) = runner.Decide(model)!.Value;
            return new LoopView
            {
                Model = model,
                Policy = found.Text,
                State = state,
                Decision = decision,
                Problem = runner.Problem(model),
                Question = LoopRunner.Question(found.Policy, state),
                NewLabels = sight.Labels.Count,
                Champion = eyes.Production(model),
                Job = state.Job is { } job ? long.Parse(job, CultureInfo.InvariantCulture) : null,
                History = [.. audit.History(model).Where(row => row.Action == LoopStore.Action).Take(Shown)],
            };
        }
        catch (Exception failure) when (failure is not RequestException && failure is SakiException or MlflowException)
        {
            return new LoopView { Model = model, State = store.Read(model), Problem = failure.Message };
        }
    }
}

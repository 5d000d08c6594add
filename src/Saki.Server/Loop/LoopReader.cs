using Saki.Loop;
using Saki.Server.Http;
using Saki.Server.Registry;
using Saki.Server.Registry.Audit;
using Saki.Tracking;

namespace Saki.Server.Loop;

/// <summary>Puts together where loops stand.</summary>
internal sealed class LoopReader(PolicyFolder<LoopPolicy> policies, LoopStore store, LoopRunner runner, AuditReader audit)
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
            if (runner.Decide(model) is not { } look) throw new RequestException(404, "Finding the loop", "a model with a policy for its loop", $"\"{model}\", which has none", "Set one with: saki loop policy NAME FILE");
            return new LoopView
            {
                Model = model,
                Policy = look.Policy.Text,
                State = look.State,
                Decision = look.Decision,
                Problem = runner.Problem(model),
                Question = LoopRunner.Question(look.Policy.Policy, look.State),
                NewLabels = look.Sight.Labels.Count,
                Drift = look.Sight.Drift,
                Champion = look.Sight.Production,
                Job = look.State.Job,
                History = [.. audit.History(model).Where(row => row.Action == LoopStore.Action).Take(Shown)],
            };
        }
        catch (Exception failure) when (failure is not RequestException && failure is SakiException or MlflowException)
        {
            return new LoopView { Model = model, State = store.Read(model), Problem = failure.Message };
        }
    }
}

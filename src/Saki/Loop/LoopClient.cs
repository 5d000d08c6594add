using Saki.Tracking;

namespace Saki.Loop;

/// <summary>Calls <c>/api/loop</c> of a Saki server.</summary>
/// <param name="api">Calls it; owned from now on.</param>
public sealed class LoopClient(ApiClient api) : IDisposable
{
    /// <summary>Every model with a policy.</summary>
    /// <exception cref="SakiException">The server refuses, or is away.</exception>
    public async Task<IReadOnlyList<LoopView>> AllAsync(CancellationToken cancellation = default) => (await api.GetAsync("api/loop", LoopJson.Default.LoopList, cancellation).ConfigureAwait(false)).Loops;

    /// <summary>One model's loop.</summary>
    /// <inheritdoc cref="AllAsync" path="/exception"/>
    public Task<LoopView> GetAsync(string model, CancellationToken cancellation = default) => api.GetAsync(Route(model), LoopJson.Default.LoopView, cancellation);

    /// <summary>Looks now, and acts or only says how it would.</summary>
    /// <inheritdoc cref="AllAsync" path="/exception"/>
    public Task<LoopView> LookAsync(string model, bool dryRun, CancellationToken cancellation = default) =>
        api.PostAsync($"{Route(model)}/look", new LoopLookAsk(dryRun), LoopJson.Default.LoopLookAsk, LoopJson.Default.LoopView, cancellation);

    /// <summary>Answers the loop's question.</summary>
    /// <inheritdoc cref="AllAsync" path="/exception"/>
    public Task<LoopView> AnswerAsync(string model, bool yes, string why, CancellationToken cancellation = default) =>
        api.PostAsync($"{Route(model)}/answer", new LoopAnswerAsk(yes, why), LoopJson.Default.LoopAnswerAsk, LoopJson.Default.LoopView, cancellation);

    /// <summary>Replaces a model's policy; null removes it.</summary>
    /// <inheritdoc cref="AllAsync" path="/exception"/>
    public Task<LoopView> SetPolicyAsync(string model, string? text, CancellationToken cancellation = default) =>
        api.PostAsync($"{Route(model)}/policy", new LoopPolicyAsk(text), LoopJson.Default.LoopPolicyAsk, LoopJson.Default.LoopView, cancellation);

    /// <inheritdoc/>
    public void Dispose() => api.Dispose();

    private static string Route(string model) => $"api/loop/{Uri.EscapeDataString(model)}";
}

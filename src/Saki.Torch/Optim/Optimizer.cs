using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch.Optim;

/// <summary>
/// Updates parameters from their gradients; one native call per step whatever their number. Owns its state, not the parameters.
/// State is made at the first step, so that networks may be converted (device, layout) after an optimiser was made for them.
/// </summary>
public abstract class Optimizer : IDisposable
{
    private readonly string[] _slotNames;
    private Tensor[][] _slots = []; // one array per slot name, parallel to the parameters; empty before the first step

    private protected Optimizer(IReadOnlyList<Tensor> parameters, double lr, params string[] slotNames)
    {
        if (parameters.Count == 0) throw new TorchException("making an optimiser", "at least one parameter", "none");
        Parameters = [.. parameters];
        Steps = new long[parameters.Count];
        _slotNames = slotNames;
        this.lr = lr;
    }

    /// <summary>Learning rate; schedules set it before each step.</summary>
    public double lr { get; set; }

    private protected Tensor[] Parameters { get; }

    // Updates that each parameter has had: one that got no gradient is passed over.
    private protected long[] Steps { get; }

    /// <summary>Updates all parameters that have a gradient.</summary>
    public void step()
    {
        if (_slots.Length != _slotNames.Length) _slots = [.. _slotNames.Select(_ => MakeSlot())];
        Update(_slots);
    }

    /// <summary>Drops all gradients, so that the next backward writes instead of adding.</summary>
    public unsafe void zero_grad()
    {
        using var list = new Interop.HandleList(Parameters);
        Tensor.Check(saki_zero_grad(list.Pointer, list.Count), "zero_grad");
    }

    /// <summary>
    /// The state for a checkpoint: "SLOT.INDEX" (momentum_buffer, exp_avg, exp_avg_sq) and "steps". The slots are the optimiser's own; "steps" is a new tensor to dispose.
    /// Hyperparameters belong to the configuration and are not in it.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> state_dict()
    {
        var state = new Dictionary<string, Tensor> { ["steps"] = torch.tensor(Steps, Steps.Length) };
        for (var s = 0; s < _slots.Length; s++)
            for (var i = 0; i < Parameters.Length; i++)
                state.Add($"{_slotNames[s]}.{i}", _slots[s][i]);
        return state;
    }

    /// <summary>Copies what <see cref="state_dict"/> gave.</summary>
    /// <exception cref="TorchException">It belongs to another kind of optimiser or other parameters.</exception>
    public void load_state_dict(IReadOnlyDictionary<string, Tensor> state)
    {
        if (!state.TryGetValue("steps", out var steps) || steps.numel() != Steps.Length)
            throw new TorchException("load_state_dict", $"the state of an optimiser of {Steps.Length} parameters", steps is null ? "no \"steps\"" : $"{steps.numel()} parameters");
        var fresh = state.Count == 1; // saved before the first step
        foreach (var name in fresh ? [] : _slotNames)
            for (var i = 0; i < Parameters.Length; i++)
                if (!state.TryGetValue($"{name}.{i}", out var saved) || !saved.shape.AsSpan().SequenceEqual(Parameters[i].shape))
                    throw new TorchException("load_state_dict", $"{name}.{i} of shape [{string.Join(", ", Parameters[i].shape)}]", saved?.Describe() ?? "none");

        steps.ToArray<long>().CopyTo(Steps, 0);
        if (fresh) return;
        if (_slots.Length == 0) _slots = [.. _slotNames.Select(_ => MakeSlot())];
        for (var s = 0; s < _slotNames.Length; s++)
            for (var i = 0; i < Parameters.Length; i++)
                _slots[s][i].copy_(state[$"{_slotNames[s]}.{i}"]);
    }

    /// <summary>Frees the state.</summary>
    public void Dispose()
    {
        foreach (var slot in _slots)
            foreach (var tensor in slot)
                tensor.Dispose();
        _slots = [];
        GC.SuppressFinalize(this);
    }

    private protected abstract void Update(Tensor[][] slots);

    private Tensor[] MakeSlot()
    {
        using var _ = torch.no_grad();
        var slot = Array.ConvertAll(Parameters, torch.zeros_like);
        foreach (var tensor in slot) DisposeScope.Detach(tensor);
        return slot;
    }
}

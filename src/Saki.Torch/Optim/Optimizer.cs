using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch.Optim;

/// <summary>
/// Updates parameters from their gradients; one native call per step and group whatever the number of parameters. Owns its state, not the parameters.
/// State is made at the first step, so that networks may be converted (device, layout) after an optimiser was made for them.
/// </summary>
public abstract class Optimizer : IDisposable
{
    private readonly string[] _slotNames;
    private readonly Tensor[] _parameters;
    private readonly List<Group> _groups;

    private protected Optimizer(IReadOnlyList<Tensor> parameters, double lr, double weight_decay, params string[] slotNames)
    {
        if (parameters.Count == 0) throw new TorchException("making an optimiser", "at least one parameter", "none");
        _parameters = [.. parameters];
        _slotNames = slotNames;
        _groups = [new Group([.. Enumerable.Range(0, parameters.Count)], _parameters, 1, weight_decay)];
        this.lr = lr;
    }

    /// <summary>Learning rate; schedules set it before each step.</summary>
    public double lr { get; set; }

    /// <summary>Moves <paramref name="parameters"/> into a group with a rate and a weight decay of its own. Before the first step only.</summary>
    /// <param name="parameters">Of this optimiser.</param>
    /// <param name="lr_scale">Factor on <see cref="lr"/>.</param>
    /// <param name="weight_decay">Instead of the optimiser's.</param>
    public void add_group(IReadOnlyList<Tensor> parameters, double lr_scale, double weight_decay)
    {
        var moved = new HashSet<Tensor>(parameters, ReferenceEqualityComparer.Instance);
        for (var g = _groups.Count - 1; g >= 0; g--)
        {
            var left = _groups[g].Positions.Where(i => !moved.Contains(_parameters[i])).ToArray();
            if (left.Length == 0) _groups.RemoveAt(g);
            else _groups[g] = new Group(left, _parameters, _groups[g].LrScale, _groups[g].WeightDecay);
        }
        int[] positions = [.. Enumerable.Range(0, _parameters.Length).Where(i => moved.Contains(_parameters[i]))];
        if (positions.Length > 0) _groups.Add(new Group(positions, _parameters, lr_scale, weight_decay));
    }

    /// <summary>Updates all parameters that have a gradient.</summary>
    public void step()
    {
        foreach (var group in _groups)
        {
            if (group.Slots.Length != _slotNames.Length) group.MakeSlots(_slotNames.Length);
            Update(group, lr * group.LrScale);
        }
    }

    /// <summary>Drops all gradients, so that the next backward writes instead of adding.</summary>
    public unsafe void zero_grad()
    {
        using var list = new Interop.HandleList(_parameters);
        Tensor.Check(saki_zero_grad(list.Pointer, list.Count), "zero_grad");
    }

    /// <summary>
    /// The state for a checkpoint: "SLOT.INDEX" (momentum_buffer, exp_avg, exp_avg_sq) and "steps". The slots are the optimiser's own; "steps" is a new tensor to dispose.
    /// Hyperparameters belong to the configuration and are not in it.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> state_dict()
    {
        var steps = new long[_parameters.Length];
        var state = new Dictionary<string, Tensor>();
        foreach (var group in _groups)
        {
            for (var i = 0; i < group.Positions.Length; i++)
            {
                steps[group.Positions[i]] = group.Steps[i];
                for (var s = 0; s < group.Slots.Length; s++) state.Add($"{_slotNames[s]}.{group.Positions[i]}", group.Slots[s][i]);
            }
        }
        state.Add("steps", torch.tensor(steps, steps.Length));
        return state;
    }

    /// <summary>Copies what <see cref="state_dict"/> gave.</summary>
    /// <exception cref="TorchException">It belongs to another kind of optimiser or other parameters.</exception>
    public void load_state_dict(IReadOnlyDictionary<string, Tensor> state)
    {
        if (!state.TryGetValue("steps", out var saved) || saved.numel() != _parameters.Length)
            throw new TorchException("load_state_dict", $"the state of an optimiser of {_parameters.Length} parameters", saved is null ? "no \"steps\"" : $"{saved.numel()} parameters");
        var fresh = state.Count == 1; // saved before the first step
        foreach (var name in fresh ? [] : _slotNames)
            for (var i = 0; i < _parameters.Length; i++)
                if (!state.TryGetValue($"{name}.{i}", out var slot) || !slot.shape.AsSpan().SequenceEqual(_parameters[i].shape))
                    throw new TorchException("load_state_dict", $"{name}.{i} of shape [{string.Join(", ", _parameters[i].shape)}]", slot?.Describe() ?? "none");

        var steps = saved.ToArray<long>();
        foreach (var group in _groups)
        {
            if (!fresh && group.Slots.Length == 0) group.MakeSlots(_slotNames.Length);
            for (var i = 0; i < group.Positions.Length; i++)
            {
                group.Steps[i] = steps[group.Positions[i]];
                for (var s = 0; s < group.Slots.Length; s++) group.Slots[s][i].copy_(state[$"{_slotNames[s]}.{group.Positions[i]}"]);
            }
        }
    }

    /// <summary>Frees the state.</summary>
    public void Dispose()
    {
        foreach (var group in _groups) group.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected abstract void Update(Group group, double lr);

    /// <summary>Parameters that share rate and weight decay, with their state: one array per slot name, parallel to the parameters, empty before the first step.</summary>
    private protected sealed class Group(int[] positions, Tensor[] all, double lrScale, double weightDecay) : IDisposable
    {
        internal int[] Positions => positions;

        internal Tensor[] Parameters { get; } = Array.ConvertAll(positions, i => all[i]);

        // Updates that each parameter has had: one that got no gradient is passed over.
        internal long[] Steps { get; } = new long[positions.Length];

        internal Tensor[][] Slots { get; private set; } = [];

        internal double LrScale => lrScale;

        internal double WeightDecay => weightDecay;

        internal void MakeSlots(int count)
        {
            using var _ = torch.no_grad();
            Slots = [.. Enumerable.Range(0, count).Select(_ => Array.ConvertAll(Parameters, torch.zeros_like))];
            foreach (var tensor in Slots.SelectMany(slot => slot)) DisposeScope.Detach(tensor);
        }

        public void Dispose()
        {
            foreach (var tensor in Slots.SelectMany(slot => slot)) tensor.Dispose();
            Slots = [];
        }
    }
}

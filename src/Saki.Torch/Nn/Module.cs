namespace Saki.Torch.Nn;

/// <summary>
/// A network or a part of one, as torch.nn.Module: a tree of parts with named parameters and buffers, in the order of registration.
/// A part is registered in the constructor under the name that PyTorch would give it, so that state files fit both ways. Owns its tensors and parts.
/// </summary>
public abstract class Module : IDisposable
{
    private bool _recomputes;
    private readonly List<(string Name, Module Part)> _parts = [];
    private readonly List<(string Name, Tensor Tensor)> _parameters = [];
    private readonly List<(string Name, Tensor Tensor)> _buffers = [];

    /// <summary>True (the start) while training: dropout drops, batch_norm uses the batch's statistics.</summary>
    public bool training { get; private set; } = true;

    /// <summary>True while training with <see cref="recompute"/>: parts that know how give up their inner values between the two passes.</summary>
    protected bool recomputes => _recomputes && training;

    /// <summary>Computes the answer; the caller owns it.</summary>
    public abstract Tensor forward(Tensor input);

    /// <summary>Sets start values that hang on the data, from normalised training pictures [N, C, H, W] on the CPU; called once before a training begins. By default nothing.</summary>
    public virtual void start_from(Tensor images_NCHW)
    {
    }

    /// <summary>Switches this and all parts to training or not; returns this.</summary>
    public Module train(bool on = true)
    {
        training = on;
        foreach (var (_, part) in _parts) part.train(on);
        return this;
    }

    /// <summary>Gradient checkpointing (off at the start): blocks are computed again in the backward pass instead of kept. Same gradients, less memory, slower. Returns this.</summary>
    public Module recompute(bool on = true)
    {
        _recomputes = on;
        foreach (var (_, part) in _parts) part.recompute(on);
        return this;
    }

    /// <summary>Switches this and all parts to inference; returns this.</summary>
    public Module eval() => train(false);

    /// <summary>Own parameters, then those of the parts, with dotted names ("layer1.0.conv1.weight"). The module keeps owning them.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> named_parameters(string prefix = "") => Walk(prefix, module => module._parameters);

    /// <summary>As <see cref="named_parameters"/>, without names.</summary>
    public IReadOnlyList<Tensor> parameters() => [.. named_parameters().Select(parameter => parameter.Tensor)];

    /// <summary>State that is not trained (running statistics), with dotted names.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> named_buffers(string prefix = "") => Walk(prefix, module => module._buffers);

    /// <summary>This ("" ) and all parts with dotted names, parents first.</summary>
    public IEnumerable<(string Name, Module Module)> named_modules(string prefix = "")
    {
        yield return (prefix, this);
        foreach (var (name, part) in _parts)
            foreach (var entry in part.named_modules(Join(prefix, name)))
                yield return entry;
    }

    /// <summary>Number of trainable values.</summary>
    public long parameter_count() => parameters().Sum(parameter => parameter.numel());

    /// <summary>Converts parameters and buffers in place: type (floating ones only), device, layout of rank-4 ones. Optimisers keep working. Returns this.</summary>
    public Module to(ScalarType? dtype = null, Device? device = null, MemoryFormat? format = null)
    {
        using var _ = torch.no_grad();
        foreach (var (_, tensor) in named_parameters().Concat(named_buffers()))
        {
            var floating = tensor.dtype is ScalarType.float32 or ScalarType.float64 or ScalarType.float16 or ScalarType.bfloat16;
            using var converted = tensor.to(floating ? dtype : null, device, tensor.ndim == 4 ? format : null);
            using var detached = converted.detach();
            tensor.set_data(detached);
        }
        return this;
    }

    /// <summary>Parameters and buffers by dotted name, in PyTorch's order. The tensors are the module's own: do not dispose them.</summary>
    public IReadOnlyDictionary<string, Tensor> state_dict()
    {
        var state = new Dictionary<string, Tensor>();
        foreach (var (name, module) in named_modules())
            foreach (var (own, tensor) in module._parameters.Concat(module._buffers))
                state.Add(Join(name, own), tensor);
        return state;
    }

    /// <summary>Copies <paramref name="state"/> into this module. All or nothing: the names and shapes are checked first.</summary>
    /// <param name="state">By dotted name; its tensors stay the caller's.</param>
    /// <param name="strict">Whether missing and unexpected names are errors; wrong shapes always are.</param>
    /// <exception cref="TorchException">Lists what is missing, unexpected and of another shape.</exception>
    public void load_state_dict(IReadOnlyDictionary<string, Tensor> state, bool strict = true)
    {
        var own = state_dict();
        var missing = own.Keys.Where(name => !state.ContainsKey(name)).ToList();
        var unexpected = state.Keys.Where(name => !own.ContainsKey(name)).ToList();
        var reshaped = own.Where(entry => state.TryGetValue(entry.Key, out var given) && !given.shape.AsSpan().SequenceEqual(entry.Value.shape))
            .Select(entry => $"{entry.Key} [{string.Join(", ", state[entry.Key].shape)}] instead of [{string.Join(", ", entry.Value.shape)}]").ToList();
        if (reshaped.Count > 0 || (strict && missing.Count + unexpected.Count > 0))
            throw new TorchException("load_state_dict", $"the {own.Count} tensors of {GetType().Name}", string.Join("; ", Complaints(missing, unexpected, reshaped)), "Load it into the network that wrote it.");

        using var _ = torch.no_grad();
        foreach (var (name, tensor) in own)
            if (state.TryGetValue(name, out var given))
                tensor.copy_(given);
    }

    /// <summary>Frees all parameters, buffers and parts.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees all parameters, buffers and parts.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        foreach (var (_, tensor) in _parameters.Concat(_buffers)) tensor.Dispose();
        foreach (var (_, part) in _parts) part.Dispose();
    }

    /// <summary>Adds a part under <paramref name="name"/> and gives it back.</summary>
    protected T register_module<T>(string name, T part) where T : Module
    {
        _parts.Add((name, part));
        return part;
    }

    /// <summary>Adds a trainable tensor and gives it back; it leaves the current dispose scope.</summary>
    protected Tensor register_parameter(string name, Tensor tensor)
    {
        DisposeScope.Detach(tensor);
        _parameters.Add((name, tensor.requires_grad_()));
        return tensor;
    }

    /// <summary>Adds a tensor that is saved and not trained, and gives it back; it leaves the current dispose scope.</summary>
    protected Tensor register_buffer(string name, Tensor tensor)
    {
        DisposeScope.Detach(tensor);
        _buffers.Add((name, tensor));
        return tensor;
    }

    private IEnumerable<(string Name, Tensor Tensor)> Walk(string prefix, Func<Module, List<(string Name, Tensor Tensor)>> select) =>
        named_modules(prefix).SelectMany(entry => select(entry.Module).Select(own => (Join(entry.Name, own.Name), own.Tensor)));

    private static string Join(string prefix, string name) => prefix.Length == 0 ? name : $"{prefix}.{name}";

    private static IEnumerable<string> Complaints(List<string> missing, List<string> unexpected, List<string> reshaped)
    {
        if (missing.Count > 0) yield return $"missing {Some(missing)}";
        if (unexpected.Count > 0) yield return $"unexpected {Some(unexpected)}";
        if (reshaped.Count > 0) yield return $"of another shape {Some(reshaped)}";
    }

    // Ten names show what kind of mistake it is; a whole foreign network would fill the screen.
    private static string Some(List<string> names) => names.Count <= 10 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(10))} and {names.Count - 10} more";
}

namespace Saki.Pickle;

/// <summary>
/// What a pickle may ask for. Nothing of Python is ever looked up or run: a global that the pickle names becomes what <see cref="Global"/> makes of it,
/// and everything that it does not know is refused by name.
/// </summary>
public sealed record PickleRules
{
    /// <summary>
    /// From <c>module.name</c>, as in <c>torch._utils._rebuild_tensor_v2</c>, to what stands for it; null refuses the pickle.
    /// Besides these, <c>collections.OrderedDict</c> and <c>_codecs.encode</c> are always known. Default: nothing else.
    /// </summary>
    public Func<string, PickleGlobal?> Global { get; init; } = _ => null;

    /// <summary>From a persistent id (in PyTorch files a tuple that describes a storage) to the object behind it; null (default) refuses such pickles.</summary>
    public Func<object?, object?>? Persistent { get; init; }

    /// <summary>Most bytes of one pickle. Default 1 GiB.</summary>
    public long MaxBytes { get; init; } = 1L << 30;

    /// <summary>Most instructions of one pickle. Default 20,000,000; each makes at most one object.</summary>
    public int MaxInstructions { get; init; } = 20_000_000;
}

/// <summary>What stands for a Python class or function.</summary>
/// <param name="Name"><c>module.name</c>.</param>
/// <param name="Call">Makes the object from the arguments; null when it is only a mark, like <c>torch.FloatStorage</c>, and calling it refuses the pickle.</param>
public sealed record PickleGlobal(string Name, Func<object?[], object?>? Call = null);

/// <summary>An object that takes the state which a pickle puts into it after it was made.</summary>
public interface IPickled
{
    /// <summary>Takes the state of Python's <c>__setstate__</c>.</summary>
    /// <exception cref="InvalidDataException">The state is of another form.</exception>
    void SetState(object? state);
}

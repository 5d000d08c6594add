namespace Saki.Torch;

/// <summary>
/// Frees, when disposed, every tensor that its thread made since it was opened and that was not taken out.
/// Scopes nest; a tensor belongs to the innermost. Only the thread that opened one may dispose it.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic] private static DisposeScope? t_current;
    [ThreadStatic] private static Stack<List<Tensor>>? t_spare; // lists are kept so that a training step makes no garbage of them

    private readonly DisposeScope? _outer;
    private readonly List<Tensor> _tensors;

    internal DisposeScope()
    {
        _outer = t_current;
        _tensors = t_spare is { Count: > 0 } ? t_spare.Pop() : new List<Tensor>(64);
        t_current = this;
    }

    /// <summary>Lets <paramref name="tensor"/> outlive this scope: it moves to the enclosing one, or to its holder alone where there is none.</summary>
    public Tensor MoveToOuter(Tensor tensor)
    {
        Detach(tensor);
        if (_outer is not null) Join(_outer, tensor);
        return tensor;
    }

    /// <summary>Frees the tensors, latest first.</summary>
    public void Dispose()
    {
        if (t_current != this) throw new InvalidOperationException("Dispose scopes innermost first, on the thread that opened them.");
        t_current = _outer;
        for (var i = _tensors.Count - 1; i >= 0; i--)
        {
            var tensor = _tensors[i];
            if (tensor.Scope != this) continue;
            tensor.Scope = null;
            tensor.Dispose();
        }
        _tensors.Clear();
        (t_spare ??= new Stack<List<Tensor>>()).Push(_tensors);
    }

    internal static void Add(Tensor tensor)
    {
        if (t_current is { } scope) Join(scope, tensor);
    }

    // The list keeps the entry: searching it would make freeing a tensor slow. Dispose passes over what no longer belongs here.
    internal static void Detach(Tensor tensor) => tensor.Scope = null;

    private static void Join(DisposeScope scope, Tensor tensor)
    {
        tensor.Scope = scope;
        scope._tensors.Add(tensor);
    }
}

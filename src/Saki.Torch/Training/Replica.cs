namespace Saki.Torch.Training;

/// <summary>
/// Which of the processes this is that train one network together. Only one is built: all that a second would need is the sum of the gradients over the processes
/// before the optimiser's step. Everything that hangs on rank and world stands here.
/// </summary>
/// <param name="Rank">From 0.</param>
/// <param name="World">How many there are.</param>
internal sealed record Replica(int Rank, int World)
{
    /// <summary>The whole world.</summary>
    internal static Replica Only { get; } = new(0, 1);

    /// <summary>The samples of a batch that this process takes in one of its <paramref name="pieces"/>; together the replicas and pieces take each sample once.</summary>
    internal (int First, int Count) Piece(int batch, int piece, int pieces)
    {
        var (part, parts) = (((long)Rank * pieces) + piece, (long)World * pieces);
        var first = (int)(batch * part / parts);
        return (first, (int)(batch * (part + 1) / parts) - first);
    }
}

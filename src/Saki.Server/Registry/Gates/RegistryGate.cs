using Saki.Gates;
using Saki.Inference.Gates;
using Saki.Server.Tracking.Artifacts;
using Saki.Server.Tracking.Runs;
using Saki.Tracking;

namespace Saki.Server.Registry.Gates;

/// <summary>Asks a model's policy for the proof of a move. One proof at a time, so that latencies are not measured against each other; a few may wait.</summary>
internal sealed class RegistryGate(SakiHome home, RegistryReader reader, ArtifactStore artifacts, RunReader runs, TimeProvider time) : IDisposable
{
    private const int MostWaiting = 8;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    private readonly SemaphoreSlim _turn = new(1);
    private int _inside;

    public PolicyFolder<GatePolicy> Policies { get; } = new(home.Policies, GatePolicy.Parse);

    /// <summary>What the gate finds; null for a move that needs no proof.</summary>
    /// <exception cref="SakiException">The policy cannot be read, there is no such version, or too many wait.</exception>
    public async Task<GateEvidence?> AskAsync(RegistryMove move, CancellationToken cancellation)
    {
        if (move.Kind == MoveKind.Rollback || move.Enters is not { } stage) return null;
        if (Policies.Find(move.Model) is not { } policy || !policy.Policy.Covers(stage)) return null;
        var champion = move.ProductionNow ?? Champion(move.Model);
        try
        {
            if (Interlocked.Increment(ref _inside) > MostWaiting) throw new MlflowException("TEMPORARILY_UNAVAILABLE", "Too many versions wait for their proof; ask again later");
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Longest);
            await _turn.WaitAsync(limit.Token);
            try
            {
                // Somebody won while this one waited for its turn.
                if (Champion(move.Model) is var now && now != champion) throw RegistryMoves.Overtaken(move.Model, champion, now);
                var request = await RequestAsync(move, stage, champion, limit.Token);
                return await Task.Run(() => GateProof.Prove(request, policy.Policy, policy.Digest, home, time, limit.Token), limit.Token);
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<GateRequest> RequestAsync(RegistryMove move, string stage, long champion, CancellationToken cancellation) => new(
        move.Model, move.Version, stage, await FolderAsync(reader.Storage(move.Model, move.Version), cancellation), champion,
        champion == 0 ? null : await FolderAsync(reader.Storage(move.Model, champion), cancellation));

    private long Champion(string model) => RegistryMoves.ProductionOf(reader.Get(model)) ?? 0;

    // Null for what lies elsewhere (s3://…): this server does not open it.
    private async Task<string?> FolderAsync(string storage, CancellationToken cancellation)
    {
        const string OfRun = "runs:/";
        try
        {
            if (!storage.StartsWith(OfRun, StringComparison.Ordinal)) return await artifacts.FolderAsync(storage, cancellation);
            var parts = storage[OfRun.Length..].Split('/', 2);
            return await artifacts.FolderAsync($"{runs.Find(parts[0]).ArtifactUri}/{(parts.Length == 2 ? parts[1] : "")}", cancellation);
        }
        catch (MlflowException)
        {
            return null;
        }
    }
}

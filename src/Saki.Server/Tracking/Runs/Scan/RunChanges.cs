using Saki.Server.Storage;

namespace Saki.Server.Tracking.Runs.Scan;

/// <summary>
/// Which runs the writer changed since a reader last asked. A change is told after its commit and before its caller is answered, so that who takes the list and then
/// begins to read sees every change on it, and every acknowledged change is on the list or was before.
/// </summary>
internal sealed class RunChanges
{
    private const int MostNoted = 20_000;
    private readonly Lock _gate = new();
    private readonly HashSet<long> _open = [];
    private HashSet<long> _told = [];
    private bool _allOpen, _allTold;

    public RunChanges(WriteSession session)
    {
        session.Settled += Tell;
        session.Overturned += () => _allOpen = true;
    }

    /// <summary>Notes that this commit changes a run. On the writer's thread.</summary>
    public void Touch(long run) => _open.Add(run);

    /// <summary>What changed since the last call; null when it was too much to list.</summary>
    public HashSet<long>? Take()
    {
        lock (_gate)
        {
            var (told, all) = (_told, _allTold);
            if (told.Count > 0) _told = [];
            _allTold = false;
            return all ? null : told;
        }
    }

    private void Tell()
    {
        if (_open.Count == 0 && !_allOpen) return;
        lock (_gate)
        {
            _allTold |= _allOpen;
            if (!_allTold) _told.UnionWith(_open);
            if (_told.Count > MostNoted) _allTold = true;
            if (_allTold) _told.Clear();
        }
        _open.Clear();
        _allOpen = false;
    }
}

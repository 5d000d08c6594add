using Saki.Inference.Batching;

namespace Saki.Inference.Tests.Batching;

/// <summary>A real batcher whose runs a test starts one by one, on a clock of its own.</summary>
internal sealed class Bench
{
    private readonly Queue<IThreadPoolWorkItem> _started = [];

    public Bench(int slots = 1) => Slots = new ComputeSlots(slots, _started.Enqueue);

    public ManualTime Time { get; } = new();

    public ComputeSlots Slots { get; }

    /// <summary>The numbers of the items in each run, in the order of the runs.</summary>
    public List<int[]> Runs { get; } = [];

    /// <summary>Fails the items that it says yes to, one by one, as unreadable ones do.</summary>
    public Func<int, bool> Bad { get; set; } = _ => false;

    /// <summary>Fails a whole run that holds such an item, as an engine does.</summary>
    public Func<int, bool> Poison { get; set; } = _ => false;

    public DynamicBatcher Batcher(BatchLimits limits, double perRun = 0.002, double perRow = 0.001)
    {
        var batcher = new DynamicBatcher(Slots, items => Run(items, perRun, perRow), limits, Time);
        for (var i = 0; i < 20; i++)
            foreach (var rows in new[] { 1, Math.Max(1, limits.MaxRows) }) batcher.Observe(rows, perRun + (perRow * rows));
        return batcher;
    }

    /// <summary>Runs what was started; false when nothing was.</summary>
    public bool Step()
    {
        if (!_started.TryDequeue(out var run)) return false;
        run.Execute();
        return true;
    }

    public void Drain()
    {
        while (Step()) { }
    }

    private double Run(IReadOnlyList<BatchItem> items, double perRun, double perRow)
    {
        var rows = 0;
        foreach (var item in items.Cast<Numbered>())
        {
            if (Poison(item.Number)) throw new InvalidOperationException($"engine stumbled over {item.Number}");
            if (Bad(item.Number)) item.Fail(new FormatException($"{item.Number}"));
            else item.Result = item.Number * 10;
            rows += item.Rows;
        }
        Runs.Add([.. items.Cast<Numbered>().Select(item => item.Number)]);
        Time.Advance(TimeSpan.FromSeconds(perRun + (perRow * rows)));
        return perRun + (perRow * rows);
    }
}

/// <summary>An item that knows its number; its result is ten times that.</summary>
internal sealed class Numbered(int number, int rows = 1) : BatchItem(rows)
{
    public int Number => number;

    public int Result { get; set; } = -1;
}

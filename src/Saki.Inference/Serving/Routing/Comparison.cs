namespace Saki.Inference.Serving;

/// <summary>Two versions' answers to the same requests: how often which class met which, and what the answers cost. Thread-safe.</summary>
internal sealed class Comparison(TimeProvider time)
{
    private const int MostPairs = 10_000;
    private static readonly TimeSpan Ever = TimeSpan.FromDays(3650);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string First, string Second), long> _pairs = [];
    private readonly ArmWindow _first = new(time), _second = new(time);
    private long _compared, _agreed, _shed, _failed;

    /// <summary>The newest comparisons; a failure is another class.</summary>
    public ArmWindow Window { get; } = new(time);

    /// <summary>Notes what both said; several pairs for a request of several rows.</summary>
    public void Add(IReadOnlyList<string> first, IReadOnlyList<string> second, double firstSeconds, double secondSeconds)
    {
        var same = first.Count == second.Count;
        lock (_lock)
        {
            for (var i = 0; i < Math.Min(first.Count, second.Count); i++)
            {
                _compared++;
                if (first[i] == second[i]) _agreed++;
                else same = false;
                if (_pairs.Count < MostPairs || _pairs.ContainsKey((first[i], second[i]))) _pairs[(first[i], second[i])] = _pairs.GetValueOrDefault((first[i], second[i])) + 1;
            }
        }
        _first.Add(firstSeconds, false);
        _second.Add(secondSeconds, false);
        Window.Add(secondSeconds, !same);
    }

    /// <summary>Notes a request that was not compared because something better was to be done.</summary>
    public void Shed() => Interlocked.Increment(ref _shed);

    /// <summary>Notes a request that the other version could not answer.</summary>
    public void Failed() => Interlocked.Increment(ref _failed);

    public ComparisonView View()
    {
        var (first, second) = (_first.Figures(Ever), _second.Figures(Ever));
        lock (_lock)
        {
            return new ComparisonView
            {
                Compared = _compared,
                Agreed = _agreed,
                Shed = Interlocked.Read(ref _shed),
                Failed = Interlocked.Read(ref _failed),
                Pairs = [.. _pairs.OrderBy(pair => pair.Key.First, StringComparer.Ordinal).ThenBy(pair => pair.Key.Second, StringComparer.Ordinal).Select(pair => new AnswerPair(pair.Key.First, pair.Key.Second, pair.Value))],
                FirstP50 = first.Milliseconds(0.5),
                FirstP95 = first.Milliseconds(0.95),
                SecondP50 = second.Milliseconds(0.5),
                SecondP95 = second.Milliseconds(0.95),
            };
        }
    }
}

/// <summary>A cell of the agreement matrix: how often the answering version said <paramref name="First"/> where the compared one said <paramref name="Second"/>.</summary>
public sealed record AnswerPair(string First, string Second, long Count);

/// <summary>A comparison at one moment. Times in milliseconds, of the newest thousand; the compared version's are without waiting.</summary>
public sealed record ComparisonView
{
    /// <summary>Answers (rows) held against each other.</summary>
    public long Compared { get; init; }

    /// <summary>Of them, those with the same class.</summary>
    public long Agreed { get; init; }

    /// <summary>Requests passed over because the machine was busy.</summary>
    public long Shed { get; init; }

    /// <summary>Requests that the compared version failed.</summary>
    public long Failed { get; init; }

    /// <summary>The matrix, without its empty cells.</summary>
    public IReadOnlyList<AnswerPair> Pairs { get; init; } = [];

    /// <summary>The answering version's median.</summary>
    public double FirstP50 { get; init; }

    /// <summary>Its 95th percentile.</summary>
    public double FirstP95 { get; init; }

    /// <summary>The compared version's median.</summary>
    public double SecondP50 { get; init; }

    /// <summary>Its 95th percentile.</summary>
    public double SecondP95 { get; init; }
}

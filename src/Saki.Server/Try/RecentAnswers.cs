using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Saki.Pipelines;
using Saki.Server.Accounts;
using Saki.Server.Feedback;

namespace Saki.Server.Try;

/// <summary>An answer of the Try page with its picture, while its person may still ask why, or say what it is.</summary>
internal sealed record RecentAnswer
{
    /// <summary>What was answered.</summary>
    public required Prediction Answer { get; init; }

    /// <summary>What the version beside it answered; null when there is none.</summary>
    public Prediction? Beside { get; init; }

    /// <summary>The picture as it was sent.</summary>
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>The classes that the model could have answered.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary><c>upload</c>, <c>sample</c> or <c>camera</c>.</summary>
    public required string Source { get; init; }

    /// <summary>What the version stood for: see <see cref="StoredPrediction.Arm"/>.</summary>
    public string Arm { get; init; } = "";

    /// <summary>Who asked, where that was known: nobody else gets at it, not even by its id.</summary>
    public string? Person { get; init; }

    /// <summary>The account or token that asked; null for a stranger on a server that is open to the public. Another one does not get at it, either.</summary>
    public string? Caller { get; init; }

    /// <summary>The account or token of a request, as <see cref="Caller"/> has it.</summary>
    public static string? CallerOf(HttpContext context) => context.Caller() is { } caller ? caller.User ?? caller.Name : null;
}

/// <summary>
/// The last answers of the Try page, in memory only: for ten minutes, and within 64 MB of pictures, the oldest going first. What is asked about them later needs no second upload, and
/// nobody can claim an answer that was not given. An answer is found by its id, of which 74 bits are random. Thread-safe.
/// </summary>
internal sealed class RecentAnswers : IDisposable
{
    /// <summary>How long an answer stays at hand.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    private const long MostBytes = 64_000_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _byId = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private Queue<Entry> _oldest = new();
    private long _bytes;

    /// <param name="time">Says when ten minutes are over.</param>
    public RecentAnswers(TimeProvider time)
    {
        _time = time;
        // Also when nobody asks any more, pictures do not stay longer than was said.
        _timer = time.CreateTimer(_ => Tidy(), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
    }

    public void Add(RecentAnswer answer)
    {
        lock (_lock)
        {
            var entry = new Entry(answer, _time.GetUtcNow() + Kept);
            if (!_byId.TryAdd(answer.Answer.Id, entry)) return;
            _oldest.Enqueue(entry);
            _bytes += answer.Bytes.Length;
            Shrink();
        }
    }

    /// <summary>The answer of this id, when the caller may have it.</summary>
    public bool TryFind(HttpContext context, string id, [NotNullWhen(true)] out RecentAnswer? answer)
    {
        lock (_lock)
        {
            Shrink();
            answer = _byId.TryGetValue(id, out var entry) && MayHave(entry.Answer, context) ? entry.Answer : null;
            return answer is not null;
        }
    }

    /// <summary>Drops the pictures of a person.</summary>
    public void Forget(string person)
    {
        lock (_lock)
        {
            foreach (var entry in _byId.Values.Where(entry => entry.Answer.Person == person).ToList()) Drop(entry);
            _oldest = new Queue<Entry>(_oldest.Where(entry => entry.Answer.Person != person));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private static bool MayHave(RecentAnswer answer, HttpContext context) =>
        (answer.Person is null || answer.Person == Feedback.Person.Of(context)) && (answer.Caller is null || answer.Caller == RecentAnswer.CallerOf(context));

    private void Tidy()
    {
        lock (_lock) Shrink();
    }

    private void Shrink()
    {
        var now = _time.GetUtcNow();
        while (_oldest.TryPeek(out var first) && (_bytes > MostBytes || first.Until <= now)) Drop(_oldest.Dequeue());
    }

    private void Drop(Entry entry)
    {
        if (_byId.Remove(entry.Answer.Answer.Id)) _bytes -= entry.Answer.Bytes.Length;
    }

    private sealed record Entry(RecentAnswer Answer, DateTimeOffset Until);
}

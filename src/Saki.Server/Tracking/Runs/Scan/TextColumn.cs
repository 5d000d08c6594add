using System.Data;
using System.Runtime.InteropServices;
using Saki.Tracking.Search;

namespace Saki.Server.Tracking.Runs.Scan;

/// <summary>Texts of runs, each different one kept once.</summary>
internal sealed class TextColumn : ScanColumn
{
    private const long MostCharacters = 8 << 20;
    private const int BytesOfEntry = 80;
    private readonly List<int> _codes = [];
    private readonly List<string> _texts = [""]; // code 0 stands for none
    private readonly Dictionary<string, int> _codeOf = new(StringComparer.Ordinal);
    private long _characters;
    private int[]? _order;

    /// <inheritdoc/>
    public override long Bytes => TooLarge ? 0 : (4L * _codes.Capacity) + (2 * _characters) + ((long)BytesOfEntry * _texts.Count);

    /// <inheritdoc/>
    public override bool TooLarge => _characters > MostCharacters;

    /// <summary>Whether most of its texts are no run's any more.</summary>
    public bool Stale => _texts.Count > (2 * _codes.Count) + 1000;

    /// <inheritdoc/>
    public override void Grow(int count)
    {
        if (TooLarge) return;
        var before = _codes.Count;
        CollectionsMarshal.SetCount(_codes, count);
        CollectionsMarshal.AsSpan(_codes)[before..].Clear();
    }

    /// <inheritdoc/>
    public override void Clear(int at)
    {
        if (!TooLarge) _codes[at] = 0;
    }

    /// <inheritdoc/>
    public override void Set(int at, IDataRecord row)
    {
        if (TooLarge || row.IsDBNull(1)) return;
        var text = row.GetString(1);
        ref var code = ref CollectionsMarshal.GetValueRefOrAddDefault(_codeOf, text, out var known);
        if (!known)
        {
            code = _texts.Count;
            _texts.Add(text);
            _characters += text.Length;
            _order = null;
        }
        if (TooLarge) Empty();
        else _codes[at] = code;
    }

    /// <inheritdoc/>
    public override int Rank(int at) => _codes[at] == 0 ? 1 : 0;

    /// <inheritdoc/>
    public override int Compare(int one, int other)
    {
        var order = _order ??= Order();
        return order[_codes[one]].CompareTo(order[_codes[other]]);
    }

    /// <inheritdoc/>
    public override int CompareTo(int at, object? value) => value is string text ? ByBytes(_texts[_codes[at]], text) : 0;

    /// <inheritdoc/>
    public override int Keep(SearchClause clause, Span<int> places)
    {
        // Each text is looked at once, however many runs have it.
        var holds = new bool?[_texts.Count];
        holds[0] = clause.Operator == SearchOperator.IsNull;
        var test = Test(clause);
        var kept = 0;
        foreach (var place in places)
        {
            var code = _codes[place];
            if (holds[code] ??= test(_texts[code])) places[kept++] = place;
        }
        return kept;
    }

    private void Empty()
    {
        _codes.Clear();
        _texts.Clear();
        _codeOf.Clear();
    }

    private static Func<string, bool> Test(SearchClause clause)
    {
        var right = clause.Text ?? "";
        switch (clause.Operator)
        {
            case SearchOperator.Equal: return text => text == right;
            case SearchOperator.NotEqual: return text => text != right;
            case SearchOperator.Like: return text => LikePattern.Matches(text, right);
            case SearchOperator.ILike:
                var folded = right.ToLowerInvariant();
                return text => LikePattern.Matches(text.ToLowerInvariant(), folded);
            case SearchOperator.In or SearchOperator.NotIn:
                var (list, wanted) = (clause.List.ToHashSet(StringComparer.Ordinal), clause.Operator == SearchOperator.In);
                return text => list.Count > 0 && list.Contains(text) == wanted;
            default: return _ => clause.Operator == SearchOperator.IsNotNull;
        }
    }

    private int[] Order()
    {
        var codes = Enumerable.Range(0, _texts.Count).ToArray();
        Array.Sort(codes, (one, other) => ByBytes(_texts[one], _texts[other]));
        var order = new int[codes.Length];
        for (var i = 0; i < codes.Length; i++) order[codes[i]] = i;
        return order;
    }

    // As databases order texts: by their UTF-8 bytes, where signs beyond the first 65,536 (surrogates in UTF-16) come last.
    private static int ByBytes(string one, string other)
    {
        var at = one.AsSpan().CommonPrefixLength(other);
        if (at == one.Length || at == other.Length) return one.Length.CompareTo(other.Length);
        return (char.IsSurrogate(one[at]), char.IsSurrogate(other[at])) switch
        {
            (true, false) => 1,
            (false, true) => -1,
            _ => one[at].CompareTo(other[at]),
        };
    }
}

using System.Globalization;

namespace Saki.Tracking.Search;

/// <summary>Reads a filter from left to right. What a quoted text means depends on its place, so the parser asks for what may stand there.</summary>
internal ref struct FilterLexer(string text)
{
    private static readonly string[] Symbols = ["!=", "<=", ">=", "=", "<", ">"];
    private readonly string _text = text;
    private int _at;

    public readonly bool AtEnd => _text.AsSpan(_at).IsWhiteSpace();

    /// <summary>What is left, cut short for messages.</summary>
    public readonly string Rest => _text.AsSpan(_at).Trim() is { Length: > 60 } rest ? $"{rest[..60]}…" : _text.AsSpan(_at).Trim().ToString();

    /// <summary>A name: words joined by dots, where a part may be in backticks or double quotes. Null when none stands here.</summary>
    /// <returns>The word before the first dot (null without one, or when it was quoted) and the rest without its quotes.</returns>
    public (string? Entity, string Key)? Name()
    {
        Skip();
        if (_at == _text.Length) return null;
        if (_text[_at] is '`' or '"') return Quoted(_text[_at]) is { } whole ? (null, whole) : null;
        var start = _at;
        while (_at < _text.Length && IsWord(_text[_at]) && _text[_at] != '.') _at++;
        if (_at == start) return null;
        var word = _text[start.._at];
        if (_at == _text.Length || _text[_at] != '.') return (null, word);
        _at++;
        return Key() is { } key ? (word, key) : null;
    }

    /// <summary>One of <c>= != &lt; &lt;= &gt; &gt;=</c>; null when none stands here.</summary>
    public string? Symbol()
    {
        Skip();
        foreach (var symbol in Symbols)
        {
            if (string.CompareOrdinal(_text, _at, symbol, 0, symbol.Length) != 0) continue;
            _at += symbol.Length;
            return symbol;
        }
        return null;
    }

    /// <summary>Whether this keyword, in any case, stands here; it is then behind.</summary>
    public bool Keyword(string word)
    {
        Skip();
        var end = _at + word.Length;
        if (end > _text.Length || !_text.AsSpan(_at, word.Length).Equals(word, StringComparison.OrdinalIgnoreCase)) return false;
        if (end < _text.Length && IsWord(_text[end])) return false;
        _at = end;
        return true;
    }

    /// <summary>Whether this character stands here; it is then behind.</summary>
    public bool Mark(char mark)
    {
        Skip();
        if (_at == _text.Length || _text[_at] != mark) return false;
        _at++;
        return true;
    }

    /// <summary>A text in single or double quotes, a doubled quote standing for one; null when none stands here.</summary>
    public string? Text()
    {
        Skip();
        return _at < _text.Length && _text[_at] is '\'' or '"' ? Quoted(_text[_at]) : null;
    }

    /// <summary>A number; null when none stands here.</summary>
    public double? Number()
    {
        Skip();
        var end = _at;
        while (end < _text.Length && (IsWord(_text[end]) || _text[end] is '+')) end++;
        if (!double.TryParse(_text.AsSpan(_at, end - _at), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number)) return null;
        _at = end;
        return number;
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c is '_' or '.' or '/' or '-';

    private string? Key()
    {
        if (_at < _text.Length && _text[_at] is '`' or '"') return Quoted(_text[_at]);
        var start = _at;
        while (_at < _text.Length && IsWord(_text[_at])) _at++;
        return _at == start ? null : _text[start.._at];
    }

    private string? Quoted(char quote)
    {
        var begin = _at + 1;
        for (var end = _text.IndexOf(quote, begin); end >= 0; end = _text.IndexOf(quote, end + 2))
        {
            if (end + 1 < _text.Length && _text[end + 1] == quote)
            {
                if (end + 2 > _text.Length) break;
                continue;
            }
            _at = end + 1;
            return _text[begin..end].Replace($"{quote}{quote}", $"{quote}", StringComparison.Ordinal);
        }
        return null;
    }

    private void Skip()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at])) _at++;
    }
}

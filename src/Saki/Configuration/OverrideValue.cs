using System.Text;

namespace Saki.Configuration;

/// <summary>Reads the value of one override by recursive descent: scalars, quoted text, <c>[a,b]</c>, <c>{a:1}</c>. Source: Hydra 1.3's override grammar.</summary>
internal sealed class OverrideValue(string text, string whole)
{
    private const int MaxDepth = 64;
    private readonly ConfigOrigin _origin = new($"override {whole}");
    private int _at;

    /// <summary>The whole value; an empty one is the empty text.</summary>
    internal ConfigNode Read()
    {
        if (text.Length == 0) return new ConfigScalar(_origin, "");
        var node = Value(0, "");
        Blank();
        if (_at < text.Length) throw Wrong("one value", text[_at] == ',' ? "several (sweeps are not there yet)" : $"\"{text[_at..]}\" behind it");
        return node;
    }

    private ConfigNode Value(int depth, string ends)
    {
        Blank();
        if (depth > MaxDepth) throw Wrong($"at most {MaxDepth} levels", "more");
        if (_at >= text.Length) throw Wrong("a value", "nothing");
        return text[_at] switch
        {
            '[' => List(depth),
            '{' => Map(depth),
            '\'' or '"' => new ConfigScalar(_origin, Quoted()),
            _ => new ConfigScalar(_origin, Plain(ends)),
        };
    }

    private ConfigList List(int depth)
    {
        _at++;
        var items = new List<ConfigNode>();
        while (!Take(']'))
        {
            if (items.Count > 0 && !Take(',')) throw Wrong("a comma or ]", Rest());
            items.Add(Value(depth + 1, ",]"));
        }
        return new ConfigList(_origin, items);
    }

    private ConfigMap Map(int depth)
    {
        _at++;
        var map = new ConfigMap(_origin);
        while (!Take('}'))
        {
            if (map.Items.Count > 0 && !Take(',')) throw Wrong("a comma or }", Rest());
            Blank();
            var key = _at < text.Length && (text[_at] is '\'' or '"') ? Quoted() : (Plain(":") as object)?.ToString() ?? "null";
            if (!Take(':')) throw Wrong("a colon behind the key", Rest());
            map.Items[key] = Value(depth + 1, ",}");
        }
        return map;
    }

    private string Quoted()
    {
        var quote = text[_at++];
        var content = new StringBuilder();
        while (_at < text.Length && text[_at] != quote)
        {
            if (text[_at] == '\\' && _at + 1 < text.Length && (text[_at + 1] == quote || text[_at + 1] == '\\')) _at++;
            content.Append(text[_at++]);
        }
        if (_at >= text.Length) throw Wrong($"a closing {quote}", "the end");
        _at++;
        return content.ToString();
    }

    // Spaces inside belong to the value, those around it do not; a backslash takes the next character as it is.
    private object? Plain(string ends)
    {
        var content = new StringBuilder();
        var escaped = false;
        while (_at < text.Length && ends.IndexOf(text[_at], StringComparison.Ordinal) < 0)
        {
            if (text[_at] is ',' || (ends.Length > 0 && text[_at] is '[' or ']' or '{' or '}')) break;
            if (text[_at] == '\\' && _at + 1 < text.Length)
            {
                escaped = true;
                _at++;
            }
            content.Append(text[_at++]);
        }
        var value = content.ToString().Trim();
        if (value.Length == 0) throw Wrong("a value", Rest());
        return escaped ? value : Scalar(value);
    }

    // Hydra's own literals: null, true and false in any case; yes and on are text.
    private static object? Scalar(string value) => value.ToUpperInvariant() switch
    {
        "NULL" => null,
        "TRUE" => true,
        "FALSE" => false,
        "INF" or "+INF" => double.PositiveInfinity,
        "-INF" => double.NegativeInfinity,
        "NAN" or "+NAN" or "-NAN" => double.NaN,
        _ => ConfigYaml.Resolve(value) is long or double ? ConfigYaml.Resolve(value) : value,
    };

    private bool Take(char c)
    {
        Blank();
        if (_at >= text.Length) throw Wrong($"a closing {c}", "the end");
        if (text[_at] != c) return false;
        _at++;
        return true;
    }

    private void Blank()
    {
        while (_at < text.Length && (text[_at] is ' ' or '\t')) _at++;
    }

    private string Rest() => _at < text.Length ? $"\"{text[_at..]}\"" : "the end";

    private SakiException Wrong(string expected, string got) => ConfigOverride.Wrong(whole, expected, got);
}

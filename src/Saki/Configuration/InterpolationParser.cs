using System.Text;

namespace Saki.Configuration;

/// <summary>A piece of a text with interpolations.</summary>
internal abstract record TextPart;

/// <summary>Text as it is.</summary>
internal sealed record PlainPart(string Text) : TextPart;

/// <summary><c>${a.b}</c> (<paramref name="Up"/> 0) or <c>${.a}</c>, <c>${..a}</c> (1, 2: so many containers up).</summary>
internal sealed record KeyPart(int Up, IReadOnlyList<IReadOnlyList<TextPart>> Names) : TextPart;

/// <summary><c>${resolver:arguments}</c>.</summary>
internal sealed record CallPart(string Resolver, IReadOnlyList<Argument> Arguments) : TextPart;

/// <summary>An argument, or a value given to oc.decode.</summary>
internal abstract record Argument;

internal sealed record TextArgument(IReadOnlyList<TextPart> Parts, bool Quoted) : Argument;

internal sealed record ListArgument(IReadOnlyList<Argument> Items) : Argument;

internal sealed record MapArgument(IReadOnlyList<(ConfigKey Key, Argument Value)> Entries) : Argument;

/// <summary>OmegaConf's grammar of texts with <c>${…}</c>.</summary>
internal sealed class InterpolationParser(string text)
{
    private const int Deepest = 64;
    private int _at;
    private int _depth;

    /// <summary>A whole text; escapes are undone.</summary>
    public static IReadOnlyList<TextPart> Text(string text)
    {
        var parser = new InterpolationParser(text);
        return parser.Parts(static (_, _) => false, quote: '\0');
    }

    /// <summary>One element, as oc.decode takes it.</summary>
    public static Argument One(string text)
    {
        var parser = new InterpolationParser(text);
        var element = parser.Element(",".AsSpan());
        return parser._at == text.Length ? element : throw parser.Fail();
    }

    private char Peek => _at < text.Length ? text[_at] : '\0';

    private List<TextPart> Parts(Func<char, int, bool> ends, char quote)
    {
        var parts = new List<TextPart>();
        var plain = new StringBuilder();
        while (_at < text.Length && !ends(text[_at], _at))
        {
            if (text[_at] == '\\')
            {
                Backslashes(plain, quote);
                continue;
            }
            if (text[_at] == '$' && _at + 1 < text.Length && text[_at + 1] == '{')
            {
                if (plain.Length > 0) parts.Add(new PlainPart(plain.ToString()));
                plain.Clear();
                parts.Add(Interpolation());
                continue;
            }
            plain.Append(text[_at++]);
        }
        if (plain.Length > 0) parts.Add(new PlainPart(plain.ToString()));
        return parts;
    }

    // Backslashes mean themselves except right before ${ or the quote: there two are one, and an odd one takes the special meaning away.
    private void Backslashes(StringBuilder plain, char quote)
    {
        var run = 0;
        while (_at + run < text.Length && text[_at + run] == '\\') run++;
        var next = _at + run;
        var dollar = next + 1 < text.Length && text[next] == '$' && text[next + 1] == '{';
        var quoted = quote != '\0' && next < text.Length && text[next] == quote;
        plain.Append('\\', dollar || quoted ? run / 2 : run);
        _at = next;
        if (run % 2 == 0) return;
        if (dollar)
        {
            plain.Append("${");
            _at += 2;
        }
        else if (quoted)
        {
            plain.Append(quote);
            _at++;
        }
    }

    private TextPart Interpolation()
    {
        if (++_depth > Deepest) throw Fail();
        _at += 2;
        SkipSpace();
        var start = _at;
        var up = 0;
        while (Peek == '.') { up++; _at++; }
        var names = new List<IReadOnlyList<TextPart>>();
        if (Peek == '[') names.Add(Bracket());
        else if (Peek != '}' || up == 0) names.Add(Name());
        while (Peek is '.' or '[')
        {
            if (Peek == '[') names.Add(Bracket());
            else
            {
                _at++;
                names.Add(Name());
            }
        }
        SkipSpace();
        TextPart part;
        if (Peek == ':' && up == 0)
        {
            var resolver = text[start.._at].Trim();
            _at++;
            part = new CallPart(resolver, Arguments('}'));
        }
        else part = new KeyPart(up, names);
        if (Peek != '}') throw Fail();
        _at++;
        _depth--;
        return part;
    }

    private List<TextPart> Bracket()
    {
        _at++;
        var name = Parts(static (c, _) => c is ']' or '}', '\0');
        if (Peek != ']' || name.Count == 0) throw Fail();
        _at++;
        return name;
    }

    private List<TextPart> Name()
    {
        var name = Parts(static (c, _) => c is '.' or '[' or ']' or '}' or ':' or ' ' or '{' or ',' or '\'' or '"', '\0');
        return name.Count > 0 ? name : throw Fail();
    }

    private List<Argument> Arguments(char close)
    {
        var arguments = new List<Argument>();
        SkipSpace();
        if (Peek == close) return arguments;
        while (true)
        {
            arguments.Add(Element(close == '}' ? ",}" : ",]"));
            SkipSpace();
            if (Peek != ',') return arguments;
            _at++;
        }
    }

    private Argument Element(ReadOnlySpan<char> ends)
    {
        if (++_depth > Deepest) throw Fail();
        SkipSpace();
        Argument element;
        if (Peek == '[')
        {
            _at++;
            element = new ListArgument(Arguments(']'));
            if (Peek != ']') throw Fail();
            _at++;
        }
        else if (Peek == '{') element = Map();
        else if (Peek is '\'' or '"')
        {
            var quote = text[_at++];
            element = new TextArgument(Parts((c, _) => c == quote, quote), Quoted: true);
            if (Peek != quote) throw Fail();
            _at++;
        }
        else
        {
            var stop = ends.ToString() + "]}";
            element = new TextArgument(Trimmed(Parts((c, at) => stop.Contains(c) || c is '{' or '[' or '\'' or '"', '\0')), Quoted: false);
        }
        SkipSpace();
        _depth--;
        return element;
    }

    private MapArgument Map()
    {
        _at++;
        var entries = new List<(ConfigKey, Argument)>();
        SkipSpace();
        while (Peek != '}')
        {
            var key = Trimmed(Parts(static (c, _) => c is ':' or ',' or '}' or '{' or '[' or ']', '\0'));
            if (Peek != ':' || key is not [PlainPart plain]) throw Fail();
            _at++;
            entries.Add((new ConfigKey(Typed(plain.Text)), Element(",}")));
            SkipSpace();
            if (Peek == ',') _at++;
            else if (Peek != '}') throw Fail();
            SkipSpace();
        }
        _at++;
        return new MapArgument(entries);
    }

    private static List<TextPart> Trimmed(List<TextPart> parts)
    {
        if (parts is [PlainPart first, ..]) parts[0] = new PlainPart(first.Text.TrimStart(' ', '\t'));
        if (parts is [.., PlainPart last]) parts[^1] = new PlainPart(last.Text.TrimEnd(' ', '\t'));
        parts.RemoveAll(part => part is PlainPart { Text.Length: 0 });
        return parts;
    }

    /// <summary>A number, boolean or null where the text is one; else the text.</summary>
    public static object? Typed(string text)
    {
        var tokens = OverrideLexer.Tokens(text, 0, out _);
        return tokens is [var only, _] && OverrideParser.Typed(only) is (true, var value) ? value : text;
    }

    private void SkipSpace()
    {
        while (Peek is ' ' or '\t') _at++;
    }

    private ConfigException Fail() => new("GrammarParseError", $"Reading the interpolation {text}", "${key}, ${.key} or ${resolver:arguments}",
        _at < text.Length ? $"'{text[_at]}' at {_at + 1}" : "the end", "To write ${ itself, put a backslash before it.");
}

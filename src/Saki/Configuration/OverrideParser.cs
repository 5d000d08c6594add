using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace Saki.Configuration;

/// <summary>Hydra 1.3's override grammar by recursive descent: <c>[+|++|~] group-or-path [@package] [= value]</c>.</summary>
internal sealed partial class OverrideParser(string input)
{
    private List<OverrideToken> _tokens = [];
    private int _at;

    public Override Parse()
    {
        var kind = input.StartsWith("++", StringComparison.Ordinal) ? OverrideKind.ForceAdd
            : input.StartsWith('+') ? OverrideKind.Add
            : input.StartsWith('~') ? OverrideKind.Delete : OverrideKind.Change;
        var prefix = kind switch { OverrideKind.ForceAdd => 2, OverrideKind.Change => 0, _ => 1 };
        var equal = input.IndexOf('=', StringComparison.Ordinal);
        var head = equal < 0 ? input[prefix..] : input[prefix..equal];
        var match = Head().Match(head);
        if (!match.Success) throw Fail("a key such as lr, model.depth, group/sub or group@package", $"\"{head}\"");
        if (equal < 0 && kind != OverrideKind.Delete) throw Fail("key=value", "no =");
        var package = match.Groups["at"].Success ? match.Groups["package"].Value : null;
        return new Override(input, kind, match.Groups["key"].Value, package, equal < 0 ? null : ParseValue(equal + 1));
    }

    /// <summary>An element alone, as <c>hydra.sweeper.params</c> holds it.</summary>
    private ConfigNode ParseValue(int start)
    {
        while (start < input.Length && input[start] is ' ' or '\t') start++;
        _tokens = OverrideLexer.Tokens(input, start, out var bad) ?? throw Fail("a value", $"the character '{Rune.GetRuneAt(input, bad)}' at {bad + 1}", "Quote the value: key='…' (in a shell: \"key='…'\").");
        if (Peek.Kind == TokenKind.End) return new ConfigScalar("") { Origin = Origin };
        var first = Element();
        if (Peek.Kind != TokenKind.Comma) return End(first);
        var values = new List<ConfigNode> { first };
        while (Accept(TokenKind.Comma)) values.Add(Element());
        return End(new ChoiceSweep(values) { IsSimple = true, Origin = Origin });
    }

    private ConfigOrigin Origin => new($"override {input}", 0);

    private OverrideToken Peek => _tokens[_at];

    private ConfigNode End(ConfigNode value) => Peek.Kind == TokenKind.End ? value : throw Unexpected();

    private bool Accept(TokenKind kind)
    {
        if (Peek.Kind != kind) return false;
        _at++;
        return true;
    }

    private int _depth;

    private ConfigNode Element()
    {
        if (++_depth > 64) throw Fail("at most 64 levels", "more");
        var value = Peek.Kind switch
        {
            TokenKind.ListOpen => List(),
            TokenKind.MapOpen => Map(),
            TokenKind.Id when _tokens[_at + 1].Kind == TokenKind.Open => Function(),
            _ => Primitive(),
        };
        _depth--;
        return value;
    }

    private ConfigList List()
    {
        _at++;
        var list = new ConfigList { Origin = Origin };
        if (Accept(TokenKind.ListClose)) return list;
        do list.Items.Add(Element()); while (Accept(TokenKind.Comma));
        return Accept(TokenKind.ListClose) ? list : throw Unexpected();
    }

    private ConfigMap Map()
    {
        _at++;
        var map = new ConfigMap { Origin = Origin };
        if (Accept(TokenKind.MapClose)) return map;
        do
        {
            var key = Text(inKey: true);
            if (!Accept(TokenKind.Colon)) throw Unexpected();
            map.Entries[new ConfigKey(key.Value)] = Element();
        }
        while (Accept(TokenKind.Comma));
        return Accept(TokenKind.MapClose) ? map : throw Unexpected();
    }

    private ConfigNode Function()
    {
        var name = _tokens[_at].Text;
        _at += 2;
        var arguments = new List<(string? Name, ConfigNode Value)>();
        if (!Accept(TokenKind.Close))
        {
            do
            {
                string? argument = null;
                if (Peek.Kind == TokenKind.Id && _tokens[_at + 1].Kind == TokenKind.Equal)
                {
                    argument = Peek.Text;
                    _at += 2;
                }
                arguments.Add((argument, Element()));
            }
            while (Accept(TokenKind.Comma));
            if (!Accept(TokenKind.Close)) throw Unexpected();
        }
        try
        {
            return OverrideFunctions.Call(name, arguments, Origin);
        }
        catch (FormatException refused)
        {
            throw Fail("a call that Hydra's grammar knows", refused.Message, null);
        }
    }

    private ConfigScalar Primitive()
    {
        if (Peek.Kind != TokenKind.Quoted) return Text(inKey: false);
        var text = _tokens[_at++].Text;
        return new ConfigScalar(Unquote(text)) { Quote = text[0], Origin = Origin };
    }

    private ConfigScalar Text(bool inKey)
    {
        var start = _at;
        while (Peek.Kind is TokenKind.Id or TokenKind.Null or TokenKind.Int or TokenKind.Float or TokenKind.Bool or TokenKind.Char or TokenKind.Escaped or TokenKind.Space
            || (!inKey && Peek.Kind is TokenKind.Colon or TokenKind.Interpolation)) _at++;
        var (from, to) = (start, _at);
        while (from < to && _tokens[from].Kind == TokenKind.Space) from++;
        while (to > from && _tokens[to - 1].Kind == TokenKind.Space) to--;
        if (from == to) throw Unexpected();
        if (to - from == 1 && Typed(_tokens[from]) is var (typed, value) && typed) return new ConfigScalar(value) { Origin = Origin };
        var text = new StringBuilder();
        for (var i = from; i < to; i++) text.Append(_tokens[i].Kind == TokenKind.Escaped ? Escape().Replace(_tokens[i].Text, "$1") : _tokens[i].Text);
        return new ConfigScalar(text.ToString()) { Origin = Origin };
    }

    internal static (bool Typed, object? Value) Typed(OverrideToken token) => token.Kind switch
    {
        TokenKind.Null => (true, null),
        TokenKind.Bool => (true, token.Text.Length == 4),
        TokenKind.Int => (true, YamlScalar11.Narrow(BigInteger.Parse(token.Text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture))),
        TokenKind.Float => (true, Number(token.Text.Replace("_", "", StringComparison.Ordinal))),
        _ => (false, null),
    };

    internal static double Number(string text)
    {
        var word = text.TrimStart('+', '-').ToLowerInvariant();
        var value = word switch { "inf" or "infinity" => double.PositiveInfinity, "nan" => double.NaN, _ => double.Parse(word, NumberStyles.Float, CultureInfo.InvariantCulture) };
        return text.StartsWith('-') ? -value : value;
    }

    // A quote inside is escaped by one backslash; backslashes right before a quote (also the closing one) are doubled; others stay as they are.
    private static string Unquote(string text)
    {
        var quote = text[0];
        var inside = text[1..^1];
        var result = new StringBuilder();
        for (var i = 0; i < inside.Length; i++)
        {
            var run = 0;
            while (i + run < inside.Length && inside[i + run] == '\\') run++;
            var beforeQuote = i + run == inside.Length || inside[i + run] == quote;
            result.Append('\\', beforeQuote ? run / 2 : run);
            i += run;
            if (i < inside.Length) result.Append(inside[i]);
        }
        return result.ToString();
    }

    private ConfigException Unexpected() => Peek.Kind == TokenKind.End
        ? Fail("a complete value", "the end", "Close what is open, or quote the value.")
        : Fail("a value of the override grammar", $"'{Peek.Text}' at {Peek.At + 1}", "Quote the value: key='…' (in a shell: \"key='…'\").");

    private ConfigException Fail(string expected, string got, string? next = "Write key=value, +key=value, ++key=value or ~key.") =>
        new("OverrideParseException", $"Reading the override {input}", expected, got, next);

    [GeneratedRegex(@"\A(?<key>[A-Za-z_][A-Za-z0-9_\-]*(/[A-Za-z_][A-Za-z0-9_\-]*)+|(0|[1-9](_?[0-9])*)(\.([A-Za-z_$][A-Za-z0-9_\-$]*|0|[1-9](_?[0-9])*))+|([A-Za-z_$][A-Za-z0-9_\-$]*(\.([A-Za-z_$][A-Za-z0-9_\-$]*|0|[1-9](_?[0-9])*))*)?)(?<at>@(?<package>([A-Za-z_$][A-Za-z0-9_\-$]*(\.([A-Za-z_$][A-Za-z0-9_\-$]*|0|[1-9](_?[0-9])*))*)?))?\z")]
    private static partial Regex Head();

    [GeneratedRegex(@"\\(.)", RegexOptions.Singleline)]
    private static partial Regex Escape();
}

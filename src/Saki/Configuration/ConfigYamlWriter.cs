using System.Text;
using System.Text.RegularExpressions;

namespace Saki.Configuration;

/// <summary>Writes a configuration as YAML 1.1 in the layout of OmegaConf.to_yaml: keys in their order, blocks, lists not indented.</summary>
public static partial class ConfigYamlWriter
{
    /// <summary>The tree as text; reading it with <see cref="ConfigYaml"/> gives the same values.</summary>
    public static string Write(ConfigMap root) => Write((ConfigNode)root);

    /// <summary>A map or a list as text.</summary>
    public static string Write(ConfigNode node)
    {
        var text = new StringBuilder();
        switch (node)
        {
            case ConfigMap { Entries.Count: > 0 } map: Map(map, 0, text); break;
            case ConfigList { Items.Count: > 0 } list: List(list, 0, text); break;
            default: text.Append(node is ConfigMap ? "{}\n" : "[]\n"); break;
        }
        return text.ToString();
    }

    private static void Map(ConfigMap map, int indent, StringBuilder text, bool onLine = false)
    {
        foreach (var (key, value) in map.Entries)
        {
            if (!onLine) text.Append(' ', indent);
            onLine = false;
            text.Append(Scalar(key.Value)).Append(':');
            Value(value, indent, text, inMap: true);
        }
    }

    private static void List(ConfigList list, int indent, StringBuilder text, bool onLine = false)
    {
        foreach (var item in list.Items)
        {
            if (!onLine) text.Append(' ', indent);
            onLine = false;
            text.Append('-');
            Value(item, indent, text, inMap: false);
        }
    }

    private static void Value(ConfigNode node, int indent, StringBuilder text, bool inMap)
    {
        switch (node)
        {
            case ConfigMap { Entries.Count: > 0 } map when inMap:
                text.Append('\n');
                Map(map, indent + 2, text);
                break;
            case ConfigMap { Entries.Count: > 0 } map:
                text.Append(' ');
                Map(map, indent + 2, text, onLine: true);
                break;
            case ConfigList { Items.Count: > 0 } list when inMap:
                text.Append('\n');
                List(list, indent, text);
                break;
            case ConfigList { Items.Count: > 0 } list:
                text.Append(' ');
                List(list, indent + 2, text, onLine: true);
                break;
            default:
                text.Append(' ').Append(node switch { ConfigMap => "{}", ConfigList => "[]", ConfigScalar { Value: string lines } when InLines(lines) => Lines(lines, indent + 2), ConfigScalar scalar => Scalar(scalar.Value), _ => "null" }).Append('\n');
                break;
        }
    }

    private static string Scalar(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        double number => Float(number),
        string text => Text(text),
        _ => ConfigScalar.TextOf(value),
    };

    private static string Float(double number)
    {
        if (double.IsNaN(number)) return ".nan";
        if (double.IsInfinity(number)) return number > 0 ? ".inf" : "-.inf";
        var text = ConfigScalar.Float(number);
        return text.Contains('e') && !text.Contains('.') ? text.Replace("e", ".0e", StringComparison.Ordinal) : text;
    }

    private static string Text(string text)
    {
        if (text.Any(c => char.IsControl(c) || c is '\u0085' or '\u2028' or '\u2029' or '\ufeff')) return DoubleQuoted(text);
        var special = text.Length == 0 || YamlScalar11.Read(text) is not string || LooksTyped().IsMatch(text) || text[0] == ' ' || text[^1] == ' '
            || "#,[]{}&*!|>'\"%@`".Contains(text[0]) || (text[0] is '?' or ':' or '-' && (text.Length == 1 || text[1] == ' '))
            || text.Contains(": ", StringComparison.Ordinal) || text.EndsWith(':') || text.Contains(" #", StringComparison.Ordinal) || text is "=" or "<<" or "---" or "...";
        return special ? $"'{text.Replace("'", "''", StringComparison.Ordinal)}'" : text;
    }

    // PyYAML writes a value of several lines in single quotes, each break doubled, where it needs no escapes and no space meets a break.
    private static bool InLines(string text) =>
        text.Contains('\n') && !text.Any(c => (char.IsControl(c) && c != '\n') || c is '\u2028' or '\u2029' or '\ufeff') && !text.Contains(" \n", StringComparison.Ordinal) && !text.Contains("\n ", StringComparison.Ordinal);

    private static string Lines(string text, int indent) =>
        $"'{Breaks().Replace(text.Replace("'", "''", StringComparison.Ordinal), breaks => $"\n{breaks.Value}{new string(' ', indent)}")}'";

    [GeneratedRegex("\n+")]
    private static partial Regex Breaks();

    private static string DoubleQuoted(string text)
    {
        var result = new StringBuilder("\"");
        foreach (var c in text)
            result.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                '\r' => "\\r",
                '\0' => "\\0",
                _ when char.IsControl(c) || c is '\u2028' or '\u2029' or '\ufeff' => $"\\u{(int)c:X4}",
                _ => c.ToString(),
            });
        return result.Append('"').ToString();
    }

    // Texts that other readers of YAML take for dates, numbers, booleans.
    [GeneratedRegex(@"^(\d{4}-\d\d?-\d\d?([Tt \t].*)?|[yYnN]|[-+]?(?i:inf|infinity|nan)|[-+]?(\d[\d_]*\.?|\d[\d_]*\.\d[\d_]*|\.\d[\d_]*)([eE][-+]?\d+)?)$")]
    private static partial Regex LooksTyped();
}

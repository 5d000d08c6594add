using System.Text;

namespace Saki.Configuration;

/// <summary>Writes values back in the override grammar, so that parsing gives the same value.</summary>
internal static class OverrideText
{
    public static string Of(ConfigNode? node) => node switch
    {
        null => "",
        ConfigList list => $"[{string.Join(',', list.Items.Select(Of))}]",
        ConfigMap map => $"{{{string.Join(',', map.Entries.Select(pair => $"{(pair.Key.Value is string text ? Escaped(text) : Scalar(pair.Key.Value))}:{Of(pair.Value)}"))}}}",
        ConfigScalar { Quote: not '\0' } quoted => Quoted((string)quoted.Value!, quoted.Quote),
        ConfigScalar { Value: string text } => Escaped(text),
        ConfigScalar scalar => Scalar(scalar.Value),
        _ => throw new ConfigException("ValidationError", "Writing an override", "a value", "a sweep inside a list or a sweep"),
    };

    private static string Scalar(object? value) => value is null ? "null" : ConfigScalar.TextOf(value);

    private static string Escaped(string text)
    {
        var result = new StringBuilder();
        foreach (var c in text)
        {
            if (c is '\\' or '(' or ')' or '[' or ']' or '{' or '}' or ':' or '=' or ',' or ' ' or '\t') result.Append('\\');
            result.Append(c);
        }
        return result.ToString();
    }

    private static string Quoted(string text, char quote)
    {
        var result = new StringBuilder().Append(quote);
        for (var i = 0; i <= text.Length; i++)
        {
            var run = 0;
            while (i + run < text.Length && text[i + run] == '\\') run++;
            var end = i + run == text.Length;
            var before = end || text[i + run] == quote;
            result.Append('\\', before ? run * 2 : run);
            i += run;
            if (end) break;
            if (text[i] == quote) result.Append('\\');
            result.Append(text[i]);
        }
        return result.Append(quote).ToString();
    }
}

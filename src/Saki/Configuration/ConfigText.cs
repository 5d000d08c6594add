using System.Buffers;
using System.Globalization;
using System.Text;

namespace Saki.Configuration;

/// <summary>Configuration written as YAML and as JSON, block style, keys in their order.</summary>
public static class ConfigText
{
    private static readonly SearchValues<char> Special = SearchValues.Create(":#{}[],&*!|>'\"%@`\n\t");

    /// <summary>The whole map as YAML.</summary>
    public static string Yaml(ConfigMap map)
    {
        var text = new StringBuilder();
        Write(text, map, 0);
        return text.Length == 0 ? "{}\n" : text.ToString();
    }

    /// <summary>Any value as JSON.</summary>
    public static string Json(ConfigNode node) => node switch
    {
        ConfigMap map => $"{{{string.Join(",", map.Items.Select(item => $"{Quoted(item.Key)}:{Json(item.Value)}"))}}}",
        ConfigList list => $"[{string.Join(",", list.Items.Select(Json))}]",
        ConfigScalar { Value: string text } => Quoted(text),
        ConfigScalar { Value: double and (double.NaN or double.PositiveInfinity or double.NegativeInfinity) } odd => Quoted(Scalar(odd)),
        _ => Scalar((ConfigScalar)node),
    };

    /// <summary>A scalar as YAML 1.1 reads it back: text that looks like something else is quoted.</summary>
    public static string Scalar(ConfigScalar scalar) => scalar.Value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => Float(number),
        string text => Plain(text) ? text : Quoted(text),
        var other => throw new InvalidOperationException($"A scalar cannot hold {other.GetType()}."),
    };

    private static void Write(StringBuilder text, ConfigMap map, int indent)
    {
        foreach (var (key, value) in map.Items)
        {
            text.Append(' ', indent).Append(key).Append(':');
            switch (value)
            {
                case ConfigMap { Items.Count: > 0 } inner:
                    text.Append('\n');
                    Write(text, inner, indent + 2);
                    break;
                case ConfigMap:
                    text.Append(" {}\n");
                    break;
                case ConfigList list:
                    text.Append(" [").AppendJoin(", ", list.Items.Select(item => item is ConfigScalar s ? Scalar(s) : Json(item))).Append("]\n");
                    break;
                default:
                    text.Append(' ').Append(Scalar((ConfigScalar)value)).Append('\n');
                    break;
            }
        }
    }

    private static string Float(double number) => number switch
    {
        double.NaN => ".nan",
        double.PositiveInfinity => ".inf",
        double.NegativeInfinity => "-.inf",
        _ => number.ToString("R", CultureInfo.InvariantCulture) is var text && text.AsSpan().ContainsAny('.', 'E') ? text.Replace("E", "e", StringComparison.Ordinal) : $"{number:F1}",
    };

    private static bool Plain(string text) =>
        text.Length > 0 && !char.IsWhiteSpace(text[0]) && !char.IsWhiteSpace(text[^1]) && ConfigYaml.Resolve(text) is string
        && text.AsSpan().IndexOfAny(Special) < 0 && text[0] is not ('-' or '?');

    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text, ConfigJson.Default.String);
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class ConfigJson : System.Text.Json.Serialization.JsonSerializerContext;

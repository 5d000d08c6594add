using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Saki.Configuration;

/// <summary>
/// Reads a configuration file: YAML 1.1 scalars as PyYAML reads them, and none of YAML's dangers. Anchors, aliases, tags and duplicate keys are refused;
/// at most 1 MB and 64 levels.
/// </summary>
public static partial class ConfigYaml
{
    private const int MaxBytes = 1_000_000, MaxDepth = 64;

    /// <summary>The top map of a file; an empty file is an empty map.</summary>
    /// <exception cref="SakiException">It cannot be read or breaks one of the rules above; the message names file and line.</exception>
    public static ConfigMap ReadFile(string path)
    {
        if (new FileInfo(path).Length > MaxBytes) throw new SakiException($"Reading {path}", $"at most {MaxBytes:N0} bytes", "more", "Split the file into groups.");
        return Parse(File.ReadAllText(path), path);
    }

    /// <summary>The top map of <paramref name="text"/>; <paramref name="name"/> stands in messages.</summary>
    /// <inheritdoc cref="ReadFile" path="/exception"/>
    public static ConfigMap Parse(string text, string name)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (parser.TryConsume<StreamEnd>(out _)) return new ConfigMap(new ConfigOrigin(name));
            parser.Consume<DocumentStart>();
            var node = Node(parser, name, 0);
            parser.Consume<DocumentEnd>();
            if (!parser.TryConsume<StreamEnd>(out _)) throw Wrong(name, parser.Current!, "one document", "several");
            return node switch
            {
                ConfigMap map => map,
                ConfigScalar { Value: null } => new ConfigMap(new ConfigOrigin(name)),
                _ => throw new SakiException($"Reading {name}", "a map of keys", node.Describe(), "Write one key: value a line."),
            };
        }
        catch (YamlException failure)
        {
            throw new SakiException($"Reading {name}:{failure.Start.Line}", "YAML", failure.Message.TrimEnd('.'), "Correct the line.", failure);
        }
    }

    /// <summary>What a plain scalar means in YAML 1.1 (PyYAML's resolver, without sexagesimals and octals): null, bool, long, double or the text itself.</summary>
    public static object? Resolve(string text)
    {
        if (text is "" or "~" or "null" or "Null" or "NULL") return null;
        if (text is "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON") return true;
        if (text is "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF") return false;
        if (Integer().IsMatch(text) && long.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return whole;
        if (Real().IsMatch(text)) return double.Parse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture);
        return text.TrimStart('+', '-') is ".inf" or ".Inf" or ".INF" ? (text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity)
            : text is ".nan" or ".NaN" or ".NAN" ? double.NaN : text;
    }

    private static ConfigNode Node(Parser parser, string name, int depth)
    {
        var current = parser.Current!;
        if (depth > MaxDepth) throw Wrong(name, current, $"at most {MaxDepth} levels", "more");
        if (current is AnchorAlias) throw Wrong(name, current, "no aliases", "one");
        if (current is NodeEvent { Anchor.IsEmpty: false }) throw Wrong(name, current, "no anchors", "one");
        if (current is NodeEvent { Tag.IsEmpty: false }) throw Wrong(name, current, "no tags", "one");
        var origin = new ConfigOrigin($"{name}:{current.Start.Line}");
        if (parser.TryConsume<Scalar>(out var scalar))
            return new ConfigScalar(origin, scalar.Style == ScalarStyle.Plain ? Resolve(scalar.Value) : scalar.Value);
        if (parser.TryConsume<SequenceStart>(out _))
        {
            var items = new List<ConfigNode>();
            while (!parser.TryConsume<SequenceEnd>(out _)) items.Add(Node(parser, name, depth + 1));
            return new ConfigList(origin, items);
        }
        parser.Consume<MappingStart>();
        var map = new ConfigMap(origin);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var keyEvent = parser.Current!;
            if (!parser.TryConsume<Scalar>(out var key)) throw Wrong(name, keyEvent, "a name as key", "something else");
            if (!map.Items.TryAdd(key.Value, Node(parser, name, depth + 1))) throw Wrong(name, keyEvent, "each key once", $"\"{key.Value}\" twice");
        }
        return map;
    }

    private static SakiException Wrong(string name, ParsingEvent at, string expected, string got) =>
        new($"Reading {name}:{at.Start.Line}", expected, got, "Correct the line.");

    [GeneratedRegex(@"^[-+]?(0|[1-9][0-9_]*)$")]
    private static partial Regex Integer();

    [GeneratedRegex(@"^[-+]?((([0-9][0-9_]*)\.[0-9_]*|\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+)$")]
    private static partial Regex Real();
}

using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Saki.Configuration;

/// <summary>
/// Reads a configuration file: YAML 1.1 as OmegaConf reads it. Refused: repeated keys, aliases and anchors, tags other than the plain
/// <c>!!str !!int !!float !!bool !!null</c>, a second document, more than 4 MiB of text, more than 64 levels.
/// </summary>
public static class ConfigYaml
{
    internal const int MostCharacters = 4 << 20;
    private const int Deepest = 64;

    /// <summary>The root of the text, an empty map when there is none.</summary>
    /// <param name="text">The file's content.</param>
    /// <param name="source">What origins and errors call it.</param>
    /// <exception cref="ConfigException">Not YAML, or YAML that is refused.</exception>
    public static ConfigNode Parse(string text, string source)
    {
        if (text.Length > MostCharacters) throw Refuse(source, 1, $"{text.Length:N0} characters", $"at most {MostCharacters:N0} characters");
        try
        {
            RefuseReservedBraces(text, source);
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _)) return new ConfigMap { Origin = new ConfigOrigin(source, 1) };
            parser.Consume<DocumentStart>();
            var root = Read(parser, source, 0);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _)) throw Refuse(source, parser.Current!.Start.Line, "a second document");
            return root is ConfigScalar { Value: null } ? new ConfigMap { Origin = root.Origin } : root;
        }
        catch (InvalidOperationException failure)
        {
            // YamlDotNet's parser loses its state on some unclosed flow collections instead of saying so.
            throw new ConfigException("ParserError", $"Reading {source}", "YAML", "brackets or braces that are not closed", "Close them.", failure);
        }
        catch (YamlException failure)
        {
            throw new ConfigException("ParserError", $"Reading {source}:{failure.Start.Line}", "YAML", failure.Message.TrimEnd('.'), "Correct the line.", failure);
        }
    }

    private static ConfigNode Read(Parser parser, string source, int depth)
    {
        var at = parser.Current!;
        if (depth > Deepest) throw Refuse(source, at.Start.Line, "more than 64 levels");
        if (at is NodeEvent { Anchor.IsEmpty: false }) throw Refuse(source, at.Start.Line, "an anchor (&)");
        switch (at)
        {
            case Scalar scalar:
                parser.MoveNext();
                return new ConfigScalar(Value(scalar, source)) { Origin = new ConfigOrigin(source, (int)scalar.Start.Line) };
            case SequenceStart start:
                RefuseTag(start.Tag, start, source);
                parser.MoveNext();
                var list = new ConfigList { Origin = new ConfigOrigin(source, (int)start.Start.Line) };
                while (!parser.TryConsume<SequenceEnd>(out _)) list.Items.Add(Read(parser, source, depth + 1));
                return list;
            case MappingStart start:
                RefuseTag(start.Tag, start, source);
                parser.MoveNext();
                return ReadMap(parser, source, depth, (int)start.Start.Line);
            default:
                throw Refuse(source, at.Start.Line, "an alias (*)");
        }
    }

    private static ConfigMap ReadMap(Parser parser, string source, int depth, int line)
    {
        var map = new ConfigMap { Origin = new ConfigOrigin(source, line) };
        var written = new HashSet<object>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var at = parser.Current!;
            if (Read(parser, source, depth + 1) is not ConfigScalar key) throw Refuse(source, at.Start.Line, "a list or map as a key", "a text as a key");
            if (key.Value is null) throw new ConfigException("KeyValidationError", $"Reading {source}:{at.Start.Line}", "a key", "null", "Give the key a name.");
            var value = Read(parser, source, depth + 1);
            if (!written.Add(key.Value))
                throw new ConfigException("ConstructorError", $"Reading {source}:{at.Start.Line}", "every key once", $"\"{key}\" again", "Keep one of the two.");
            map.Entries[new ConfigKey(key.Value)] = value; // 1 and true are one key, whose last value counts
        }
        return map;
    }

    private static object? Value(Scalar scalar, string source)
    {
        if (scalar.Tag.IsEmpty) return scalar.Style == ScalarStyle.Plain ? YamlScalar11.Read(scalar.Value) : scalar.Value;
        var plain = YamlScalar11.Read(scalar.Value);
        return (scalar.Tag.Value, plain) switch
        {
            ("!" or "tag:yaml.org,2002:str", _) => scalar.Value,
            ("tag:yaml.org,2002:int", long or System.Numerics.BigInteger) => plain,
            ("tag:yaml.org,2002:float", double) => plain,
            ("tag:yaml.org,2002:float", long whole) => (double)whole,
            ("tag:yaml.org,2002:bool", bool) => plain,
            ("tag:yaml.org,2002:null", null) => null,
            _ => throw RefusedTag(scalar.Tag, scalar, source),
        };
    }

    // PyYAML, and so Hydra, does not take '{' inside a plain scalar of a flow collection ({a: ${b}}); YamlDotNet does. Refused alike, so that a
    // tree means the same in both: quote it.
    private static void RefuseReservedBraces(string text, string source)
    {
        if (!text.Contains("${", StringComparison.Ordinal)) return;
        var scanner = new Scanner(new StringReader(text), skipComments: true);
        try
        {
            var flow = 0;
            while (scanner.MoveNext())
            {
                if (scanner.Current is YamlDotNet.Core.Tokens.FlowMappingStart or YamlDotNet.Core.Tokens.FlowSequenceStart) flow++;
                else if (scanner.Current is YamlDotNet.Core.Tokens.FlowMappingEnd or YamlDotNet.Core.Tokens.FlowSequenceEnd) flow--;
                else if (flow > 0 && scanner.Current is YamlDotNet.Core.Tokens.Scalar { Style: ScalarStyle.Plain } plain && plain.Value.IndexOfAny(['{', '}', '[', ']']) >= 0)
                    throw new ConfigException("ParserError", $"Reading {source}:{plain.Start.Line}", "',' or '}'", "'{'", "Put the interpolation in quotes: inside [] and {} YAML takes the brace for its own.");
                else if (flow > 0 && scanner.Current is YamlDotNet.Core.Tokens.Scalar { Style: ScalarStyle.Plain, Value: ['$', ..] } dollar && scanner.MoveNext())
                {
                    if (scanner.Current is YamlDotNet.Core.Tokens.FlowMappingStart)
                        throw new ConfigException("ParserError", $"Reading {source}:{dollar.Start.Line}", "',' or '}'", "'{'", "Put the interpolation in quotes: inside [] and {} YAML takes the brace for its own.");
                    if (scanner.Current is YamlDotNet.Core.Tokens.FlowMappingEnd or YamlDotNet.Core.Tokens.FlowSequenceEnd) flow--;
                }
            }
        }
        catch (YamlException failure)
        {
            throw new ConfigException("ScannerError", $"Reading {source}:{failure.Start.Line}", "YAML", failure.Message.TrimEnd('.'), "Correct the line.", failure);
        }
    }

    private static void RefuseTag(TagName tag, ParsingEvent at, string source)
    {
        if (!tag.IsEmpty && tag.Value is not ("!" or "tag:yaml.org,2002:map" or "tag:yaml.org,2002:seq")) throw RefusedTag(tag, at, source);
    }

    private static ConfigException RefusedTag(TagName tag, ParsingEvent at, string source) =>
        new("ConstructorError", $"Reading {source}:{at.Start.Line}", "plain data", $"the tag {(tag.IsEmpty ? "!" : tag.Value)}", "Write the value without a tag.");

    private static ConfigException Refuse(string source, long line, string got, string expected = "plain YAML data") =>
        new("ParserError", $"Reading {source}:{line}", expected, got, "Write the values out.");
}

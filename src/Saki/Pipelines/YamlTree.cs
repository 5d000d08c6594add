using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Saki.Pipelines;

/// <summary>A node of a small YAML file with the line it starts on. Only what our own files need: no tags, no anchors, no aliases, one document.</summary>
internal abstract record YamlNode(int Line);

/// <summary>Text as written; <paramref name="Plain"/> when it stood without quotes, so that <c>null</c> can be told from <c>"null"</c>.</summary>
internal sealed record YamlScalar(int Line, string Text, bool Plain) : YamlNode(Line)
{
    public bool IsNull => Plain && Text is "" or "~" or "null" or "Null" or "NULL";
}

/// <summary>A list.</summary>
internal sealed record YamlList(int Line, IReadOnlyList<YamlNode> Items) : YamlNode(Line);

/// <summary>Keys and values in their order; no key twice.</summary>
internal sealed record YamlMap(int Line, IReadOnlyList<(YamlScalar Key, YamlNode Value)> Entries) : YamlNode(Line);

/// <summary>Reads YAML from outside: bounded in size and depth, errors with their line.</summary>
internal static class YamlTree
{
    private const int Deepest = 16;

    /// <exception cref="SakiException">Not YAML, or YAML with more than plain data.</exception>
    public static YamlNode Parse(string text, string operation)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _)) return new YamlMap(1, []);
            parser.Consume<DocumentStart>();
            var root = Read(parser, operation, 0);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _)) throw Refuse(operation, parser.Current!, "a second document");
            return root;
        }
        catch (YamlException failure)
        {
            throw new SakiException(operation, "YAML", $"line {failure.Start.Line}: {failure.Message.TrimEnd('.')}", "Correct the line.", failure);
        }
        catch (InvalidOperationException failure) // YamlDotNet's scanner throws it for some control characters
        {
            throw new SakiException(operation, "YAML", "characters that it does not allow", "Save the file as plain text.", failure);
        }
    }

    private static YamlNode Read(IParser parser, string operation, int depth)
    {
        if (depth > Deepest) throw Refuse(operation, parser.Current!, "more than 16 levels");
        if (parser.Current is NodeEvent { Anchor.IsEmpty: false } anchored) throw Refuse(operation, anchored, "an anchor (&)");
        if (parser.Current is NodeEvent { Tag.IsEmpty: false } tagged && tagged.Tag.Value != "!") throw Refuse(operation, tagged, "a tag (!)");
        switch (parser.Current)
        {
            case Scalar scalar:
                parser.MoveNext();
                return new YamlScalar((int)scalar.Start.Line, scalar.Value, scalar.Style == ScalarStyle.Plain);
            case SequenceStart start:
                parser.MoveNext();
                var items = new List<YamlNode>();
                while (!parser.TryConsume<SequenceEnd>(out _)) items.Add(Read(parser, operation, depth + 1));
                return new YamlList((int)start.Start.Line, items);
            case MappingStart start:
                parser.MoveNext();
                return ReadMap(parser, operation, depth, (int)start.Start.Line);
            default:
                throw Refuse(operation, parser.Current!, "an alias (*)");
        }
    }

    private static YamlMap ReadMap(IParser parser, string operation, int depth, int line)
    {
        var entries = new List<(YamlScalar, YamlNode)>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var at = parser.Current!;
            if (Read(parser, operation, depth + 1) is not YamlScalar key) throw Refuse(operation, at, "a list or map as a key");
            if (!seen.Add(key.Text)) throw Refuse(operation, at, $"the key \"{key.Text}\" twice");
            entries.Add((key, Read(parser, operation, depth + 1)));
        }
        return new YamlMap(line, entries);
    }

    private static SakiException Refuse(string operation, ParsingEvent at, string what) =>
        new(operation, "plain YAML data", $"line {at.Start.Line}: {what}", "Write the values out.");
}

/// <summary>Writes values so that every YAML reader takes them as the text they are.</summary>
internal static class YamlText
{
    /// <summary><paramref name="text"/> as it is when no reader could take it for something else, otherwise in double quotes.</summary>
    public static string Scalar(string text)
    {
        var plain = text.Length > 0 && char.IsAsciiLetter(text[0]) && !text.EndsWith(' ')
            && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.' or '/' or ' ')
            && !Words.Contains(text, StringComparer.OrdinalIgnoreCase);
        return plain ? text : $"\"{System.Text.Json.JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
    }

    // Words that YAML 1.1 readers (PyYAML) take for null, a boolean or a number.
    private static readonly string[] Words = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "inf", "nan"];
}

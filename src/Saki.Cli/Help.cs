using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Saki.Cli;

/// <summary>
/// What <c>--help</c> prints: usage, what the verb does, its own options before those of every verb, and examples that work as they stand.
/// The library's own renderer spends 30 ms in code that is compiled at each start.
/// </summary>
internal static class Help
{
    /// <summary>Makes the help option of <paramref name="root"/> print it.</summary>
    public static void Use(RootCommand root)
    {
        foreach (var option in root.Options)
            if (option is HelpOption help) help.Action = new Print();
    }

    /// <summary>The words that lead to a command: <c>saki data import</c>.</summary>
    public static string PathOf(CommandResult result)
    {
        var words = new List<string>();
        for (SymbolResult? at = result; at is not null; at = at.Parent)
            if (at is CommandResult command) words.Add(command.Command is RootCommand ? "saki" : command.Command.Name);
        words.Reverse();
        return string.Join(' ', words);
    }

    /// <summary>The options that a command understands, its own and those of every verb.</summary>
    public static IEnumerable<Option> OptionsOf(CommandResult result)
    {
        for (SymbolResult? at = result; at is not null; at = at.Parent)
            if (at is CommandResult command)
                foreach (var option in command.Command.Options)
                    if (at == result || option.Recursive)
                        yield return option;
    }

    private static void Write(CommandResult result, TextWriter output)
    {
        var command = result.Command;
        List<string[]> arguments = [], commands = [], options = [], everywhere = [];
        foreach (var argument in command.Arguments) arguments.Add([Name(argument), argument.Description ?? ""]);
        foreach (var child in command.Subcommands)
            if (!child.Hidden) commands.Add([child.Name, child.Description ?? ""]);
        foreach (var option in OptionsOf(result))
            if (!option.Hidden) (option.Recursive ? everywhere : options).Add([Name(option), Describe(option)]);

        output.WriteLine(command.Description);
        output.WriteLine();
        output.Write($"Usage: {PathOf(result)}");
        if (commands.Count > 0) output.Write(" VERB");
        foreach (var argument in command.Arguments) output.Write($" {Usage(argument)}");
        output.WriteLine(" [options]");
        var width = 0;
        foreach (var rows in (List<string[]>[])[arguments, commands, options, everywhere])
            foreach (var row in rows) width = Math.Max(width, row[0].Length);
        Section("Arguments", arguments, width, output);
        Section(command is RootCommand ? "Verbs, in the order of a model's life" : "Verbs", commands, width, output);
        Section("Options", options, width, output);
        Section("With every verb", everywhere, width, output);
        if (command is Verb { Examples.Count: > 0 } verb)
        {
            output.WriteLine();
            output.WriteLine("Examples:");
            foreach (var example in verb.Examples) output.WriteLine($"  {example}");
        }
    }

    private static void Section(string head, List<string[]> rows, int width, TextWriter output)
    {
        if (rows.Count == 0) return;
        output.WriteLine();
        output.WriteLine($"{head}:");
        foreach (var row in rows)
        {
            output.Write($"  {row[0].PadRight(width)}  ");
            Wrap(row[1], width + 4, output);
        }
    }

    // Descriptions go on under themselves, not under the names.
    private static void Wrap(string text, int indent, TextWriter output)
    {
        var room = Math.Max(30, Terminal.Terminal.Width - indent);
        while (text.Length > room)
        {
            var cut = text.LastIndexOf(' ', room);
            if (cut <= 0) break;
            output.WriteLine(text[..cut]);
            output.Write(new string(' ', indent));
            text = text[(cut + 1)..];
        }
        output.WriteLine(text);
    }

    private static string Name(Argument argument) => (argument.HelpName ?? argument.Name).ToUpperInvariant();

    private static string Usage(Argument argument)
    {
        var name = argument.Arity.MaximumNumberOfValues > 1 ? $"{Name(argument)}..." : Name(argument);
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }

    private static string Name(Option option)
    {
        var names = "";
        foreach (var alias in option.Aliases)
            if (alias != "-?" && alias != "/?" && alias != "/h") names += $"{alias}, ";
        names += option.Name;
        return option.Arity.MaximumNumberOfValues == 0 || option.HelpName is null ? names : $"{names} {option.HelpName}";
    }

    private static string Describe(Option option)
    {
        var text = option is HelpOption ? "Show this" : option is VersionOption ? "Show the version" : option.Description ?? "";
        if (option.Required) return $"{text} (required)";
        return option.HasDefaultValue && option.GetDefaultValue() is { } value and not false && value.ToString() is { Length: > 0 } shown ? $"{text} (default: {shown})" : text;
    }

    private sealed class Print : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            Write(parseResult.CommandResult, parseResult.InvocationConfiguration.Output);
            return 0;
        }
    }
}

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Saki.Cli;

/// <summary>Adds real examples under each verb's <c>--help</c>.</summary>
internal static class Help
{
    /// <summary>Makes the help option of <paramref name="root"/> print the examples of the verb it was asked for.</summary>
    public static void AddExamples(RootCommand root)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        option.Action = new HelpWithExamples((HelpAction)option.Action!);
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
                foreach (var option in command.Command.Options.Where(o => at == result || o.Recursive))
                    yield return option;
    }

    private sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var output = parseResult.InvocationConfiguration.Output;
            var text = new StringWriter();
            var inner = parseResult.InvocationConfiguration.Output;
            parseResult.InvocationConfiguration.Output = text;
            usual.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output = inner;
            output.Write(text.ToString().Replace("Saki.Cli", "saki").TrimEnd());
            output.WriteLine();
            if (parseResult.CommandResult.Command is Verb { Examples.Count: > 0 } verb)
            {
                output.WriteLine();
                output.WriteLine("Examples:");
                foreach (var example in verb.Examples) output.WriteLine($"  {example}");
            }
            return 0;
        }
    }
}

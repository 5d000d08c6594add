using System.CommandLine;

namespace Saki.Cli;

/// <summary>What is said when the words on the command line make no sense: one line, a guess at what was meant, exit code 2.</summary>
internal static class UsageError
{
    public static int Print(ParseResult parsed, TextWriter error)
    {
        var command = parsed.CommandResult.Command;
        var path = Help.PathOf(parsed.CommandResult);
        if (parsed.UnmatchedTokens.Count > 0)
        {
            var word = parsed.UnmatchedTokens[0];
            var known = word.StartsWith('-')
                ? Help.OptionsOf(parsed.CommandResult).SelectMany(o => o.Aliases.Append(o.Name)).ToList()
                : command.Subcommands.Select(c => c.Name).ToList();
            var kind = word.StartsWith('-') ? "option" : "verb";
            var hint = DidYouMean.Closest(word, known) is { } near ? $"Did you mean \"{near}\"?" : $"Type: {path} --help";
            error.WriteLine($"saki: \"{word}\" is not {(kind == "option" ? "an option" : "a verb")} of \"{path}\". {hint}");
        }
        else
        {
            var message = string.Join(' ', parsed.Errors[0].Message.Split(['\n', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            error.WriteLine($"saki: {message.TrimEnd('.')}. Type: {path} --help");
        }
        return 2;
    }
}

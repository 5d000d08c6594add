using System.CommandLine;

namespace Saki.Cli.Verbs;

/// <summary><c>saki completion bash|zsh|fish|pwsh</c>: prints a script that asks the command itself what could come next.</summary>
internal static class CompletionVerb
{
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = """
            _saki() { local IFS=$'\n'; COMPREPLY=($(saki "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)); [ ${#COMPREPLY[@]} -gt 0 ] || compopt -o default; }
            complete -F _saki saki
            """,
        ["zsh"] = """
            #compdef saki
            _saki() { local -a found; found=("${(@f)$(saki "[suggest:$((${#BUFFER}))]" "$BUFFER" 2>/dev/null)}"); [ -n "$found" ] && compadd -a found || _files; }
            compdef _saki saki
            """,
        ["fish"] = """
            complete -c saki -a '(saki "[suggest:"(string length -- (commandline))"]" (commandline) 2>/dev/null)'
            """,
        ["pwsh"] = """
            Register-ArgumentCompleter -Native -CommandName saki -ScriptBlock {
                param($word, $ast, $position)
                saki "[suggest:$position]" "$ast" 2>$null | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }
            """,
    };

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh, fish or pwsh" };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var verb = new Verb("completion", "Print a completion script for your shell")
        {
            Examples = ["saki completion bash >> ~/.bashrc", "saki completion fish > ~/.config/fish/completions/saki.fish"],
        };
        verb.Add(shell);
        verb.SetAction(parsed => Verb.Terminal.Value!.Output.WriteLine(Scripts[parsed.GetRequiredValue(shell)]));
        return verb;
    }
}

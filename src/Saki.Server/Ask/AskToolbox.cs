using System.Text.Json;
using Saki.Server.Accounts;
using Saki.Tracking;

namespace Saki.Server.Ask;

/// <summary>All tools there are. Whoever words an answer, rules or a language model, gets at the server's data through <see cref="UseAsync"/> only.</summary>
internal sealed class AskToolbox(IReadOnlyList<AskTool> tools)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Those that the caller may use.</summary>
    public IReadOnlyList<AskTool> For(Caller caller) => [.. tools.Where(tool => caller.May(tool.Scope))];

    /// <summary>Uses a tool; a wrong name or argument, a refusal and a failure come back as a result that says so.</summary>
    /// <param name="question">Whose question it is.</param>
    /// <param name="name">The tool.</param>
    /// <param name="arguments">JSON.</param>
    /// <param name="cancellation">The person has gone.</param>
    public async Task<ToolUse> UseAsync(AskQuestion question, string name, string arguments, CancellationToken cancellation)
    {
        // Not told apart: what one may not use does not exist.
        if (For(question.Caller).FirstOrDefault(known => known.Name == name) is not { } tool) return Refused(name, arguments, $"There is no such tool; known are: {string.Join(", ", For(question.Caller).Select(known => known.Name))}.");
        var (call, problem) = Read(tool, question, arguments);
        if (call is null) return Refused(tool.Name, arguments, problem!);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            return new ToolUse(tool.Name, arguments, await tool.FindAsync(call, limit.Token));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Refused(tool.Name, arguments, $"It took longer than {Patience.TotalSeconds:0} seconds.");
        }
        catch (MlflowException refusal)
        {
            return Refused(tool.Name, arguments, refusal.Message);
        }
        catch (SakiException refusal)
        {
            return Refused(tool.Name, arguments, refusal.Message);
        }
    }

    private static (ToolCall?, string?) Read(AskTool tool, AskQuestion question, string arguments)
    {
        try
        {
            using var document = JsonDocument.Parse(arguments.Length == 0 ? "{}" : arguments, new JsonDocumentOptions { MaxDepth = 4 });
            return tool.Read(question, document.RootElement);
        }
        catch (JsonException)
        {
            return (null, "Expected arguments as JSON.");
        }
    }

    private static ToolUse Refused(string name, string arguments, string why) => new(ToolResult.Plain(name, 60), ToolResult.Plain(arguments, 300), ToolResult.Nothing("Nothing found", ToolResult.Plain(why, 500)));
}

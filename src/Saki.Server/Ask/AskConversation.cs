using System.Globalization;
using System.Text.Json.Nodes;

namespace Saki.Server.Ask;

/// <summary>
/// Has a language model word an answer: it gets the prompt, the question and the tools that the caller may use, and what those find. Bounded in rounds, in uses of tools, in time and in tokens;
/// a model that goes on asking is told to answer, and one that does not is left.
/// </summary>
internal sealed class AskConversation(ChatEndpoint endpoint, AskToolbox toolbox, AskPrompt prompt, AskUsage usage, AskOptions options)
{
    private const int MostRounds = 5, MostUses = 12, LongestAnswer = 800, LeastTokens = 1000, MostSigns = 60_000;
    private const string Instead = "The answer below comes from the same tools, by rules.";

    /// <summary>The answer; without <see cref="AskAnswer.Text"/> when none came, with why in <see cref="AskAnswer.Note"/> and the tools used so far.</summary>
    public async Task<AskAnswer> AnswerAsync(AskQuestion question, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(2 * options.Patience);
        var uses = new List<ToolUse>();
        long spent = 0;
        try
        {
            var (text, problem) = await TalkAsync(question, uses, tokens => spent += tokens, limit.Token);
            return new AskAnswer { Question = question.Text, Text = text ?? "", By = text is null ? null : endpoint.Model, Uses = uses, Tokens = spent, Note = problem };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new AskAnswer { Question = question.Text, Text = "", Uses = uses, Tokens = spent, Note = $"{Name} took too long. {Instead}" };
        }
    }

    private string Name => $"The language model {options.Model} at {endpoint.Host}";

    private async Task<(string? Text, string? Problem)> TalkAsync(AskQuestion question, List<ToolUse> uses, Action<long> spent, CancellationToken cancellation)
    {
        var who = AskUsage.Who(question.Caller);
        var tools = toolbox.For(question.Caller);
        var messages = new JsonArray(Message("system", prompt.Read()), Message("user", Worded(question)));
        for (var round = 1; round <= MostRounds; round++)
        {
            var left = options.TokensADay - usage.Today(who);
            if (left < LeastTokens) return (null, string.Create(CultureInfo.InvariantCulture, $"Today's {options.TokensADay:N0} tokens of yours are used up. {Instead}"));
            var last = round == MostRounds || uses.Count >= MostUses || messages.ToJsonString().Length > MostSigns;
            var reply = await endpoint.AskAsync(messages, tools, last, LongestAnswer, cancellation);
            if (reply.Problem is { } problem) return (null, $"{Name} gave no answer: {problem}. {Instead}");
            spent(reply.Tokens);
            await usage.SpendAsync(who, reply.Tokens);
            if (reply.Calls.Count == 0) return reply.Text.Length > 0 ? (reply.Text, null) : (null, $"{Name} gave an empty answer. {Instead}");
            if (last) return (null, $"{Name} went on asking for tools without an answer. {Instead}");
            await UseAsync(question, reply, messages, uses, cancellation);
        }
        return (null, null); // the last round returns above
    }

    private async Task UseAsync(AskQuestion question, ChatReply reply, JsonArray messages, List<ToolUse> uses, CancellationToken cancellation)
    {
        messages.Add(new JsonObject
        {
            ["role"] = "assistant",
            ["content"] = reply.Text.Length > 0 ? reply.Text : null,
            ["tool_calls"] = new JsonArray([.. reply.Calls.Select(call => (JsonNode)new JsonObject
            {
                ["id"] = call.Id, ["type"] = "function", ["function"] = new JsonObject { ["name"] = call.Tool, ["arguments"] = call.Arguments },
            })]),
        });
        foreach (var call in reply.Calls)
        {
            string found;
            if (uses.Count >= MostUses) found = ToolResult.Nothing("Nothing found", "Enough was looked up for one question; answer now.").ForModel();
            else
            {
                var use = await toolbox.UseAsync(question, call.Tool, call.Arguments, cancellation);
                uses.Add(use);
                found = use.Result.ForModel();
            }
            messages.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = call.Id, ["content"] = found });
        }
    }

    private static string Worded(AskQuestion question) => question.Picture is null ? question.Text : $"{question.Text}\n\n(A picture goes with this question: the tools prediction and similar_pictures know it without an id.)";

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Saki.Server.Accounts;

namespace Saki.Server.Ask;

/// <summary>A question of one person.</summary>
/// <param name="Context">The request: who asks, and what they may see.</param>
/// <param name="Text">The question.</param>
/// <param name="Picture">The id of the answer about the picture that it goes with; null for none.</param>
internal sealed record AskQuestion(HttpContext Context, string Text, string? Picture)
{
    public const int Longest = 2000;

    public Caller Caller => Context.Caller()!;
}

/// <summary>One argument of a tool.</summary>
/// <param name="Name">Its name.</param>
/// <param name="About">What it means, for a language model.</param>
/// <param name="Choices">All that it may be; null: any text.</param>
/// <param name="Most">For a whole number from 1: the largest; null: it is a text.</param>
internal sealed record ToolArgument(string Name, string About, IReadOnlyList<string>? Choices = null, int? Most = null);

/// <summary>What a tool is asked with; read by name, never with another type than was declared.</summary>
internal sealed class ToolCall(AskQuestion question, IReadOnlyDictionary<string, string> texts, IReadOnlyDictionary<string, int> numbers)
{
    public AskQuestion Question => question;

    public string? Text(string name) => texts.TryGetValue(name, out var text) && text.Length > 0 ? text : null;

    public int? Number(string name) => numbers.TryGetValue(name, out var number) ? number : null;
}

/// <summary>Something that can be looked up. There are only tools that read: none gets at anything that could change.</summary>
/// <param name="Name">Its name.</param>
/// <param name="About">What it finds, for a language model.</param>
/// <param name="Scope">What the caller must have; the tool runs as the caller, who sees nothing here that the pages would not show.</param>
/// <param name="Arguments">All optional.</param>
/// <param name="FindAsync">Looks it up.</param>
internal sealed record AskTool(string Name, string About, Scope Scope, IReadOnlyList<ToolArgument> Arguments, Func<ToolCall, CancellationToken, Task<ToolResult>> FindAsync)
{
    private const int LongestArgument = 200;

    /// <summary>The tool as the endpoint is told of it.</summary>
    public JsonObject Describe()
    {
        var properties = new JsonObject();
        foreach (var argument in Arguments)
        {
            var property = new JsonObject { ["type"] = argument.Most is null ? "string" : "integer", ["description"] = argument.About };
            if (argument.Choices is { } choices) property["enum"] = new JsonArray([.. choices.Select(choice => (JsonNode)choice)]);
            if (argument.Most is { } most) (property["minimum"], property["maximum"]) = (1, most);
            properties[argument.Name] = property;
        }
        return new JsonObject
        {
            ["type"] = "function",
            ["function"] = new JsonObject
            {
                ["name"] = Name,
                ["description"] = About,
                ["parameters"] = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false },
            },
        };
    }

    /// <summary>Reads what a language model asks with; <c>Problem</c> says what is wrong with it.</summary>
    public (ToolCall? Call, string? Problem) Read(AskQuestion question, JsonElement given)
    {
        if (given.ValueKind != JsonValueKind.Object) return (null, "Expected an object of arguments.");
        var (texts, numbers) = (new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var property in given.EnumerateObject())
        {
            if (Arguments.FirstOrDefault(known => known.Name == property.Name) is not { } argument) return (null, $"There is no argument of that name; known are: {string.Join(", ", Arguments.Select(known => known.Name))}.");
            if (property.Value.ValueKind == JsonValueKind.Null) continue;
            if (argument.Most is { } most)
            {
                if (property.Value.ValueKind != JsonValueKind.Number || !property.Value.TryGetInt32(out var number) || number < 1 || number > most) return (null, $"{argument.Name}: expected a whole number from 1 to {most}.");
                numbers[argument.Name] = number;
            }
            else
            {
                if (property.Value.ValueKind != JsonValueKind.String || property.Value.GetString() is not { Length: <= LongestArgument } text) return (null, $"{argument.Name}: expected a text of at most {LongestArgument} signs.");
                if (argument.Choices is { } choices && text.Length > 0 && !choices.Contains(text)) return (null, $"{argument.Name}: expected one of {string.Join(", ", choices)}.");
                texts[argument.Name] = text;
            }
        }
        return (new ToolCall(question, texts, numbers), null);
    }
}

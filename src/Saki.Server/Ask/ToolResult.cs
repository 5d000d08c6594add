using System.Text;
using System.Text.Json.Nodes;

namespace Saki.Server.Ask;

/// <summary>One value that a tool found.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">As people read it. Data: a label, a note or a card may say anything.</param>
/// <param name="Link">A path of this server where it can be seen; null for none.</param>
public sealed record ToolRow(string Name, string Value, string? Link = null);

/// <summary>A picture that a tool found.</summary>
/// <param name="Source">A path of this server.</param>
/// <param name="Caption">What it shows.</param>
public sealed record ToolPicture(string Source, string Caption);

/// <summary>What a tool found: shown on the page as it is, worded by rules through <see cref="Sentence"/>, and given to a language model as <see cref="ForModel"/>.</summary>
public sealed record ToolResult
{
    private const int LongestValue = 600, LongestForModel = 8000;

    /// <summary>What was looked at.</summary>
    public required string Title { get; init; }

    /// <summary>The finding in a plain sentence or two.</summary>
    public required string Sentence { get; init; }

    /// <summary>A path of this server that shows it; null for none.</summary>
    public string? Link { get; init; }

    /// <summary>All values.</summary>
    public IReadOnlyList<ToolRow> Rows { get; init; } = [];

    /// <summary>Pictures for the page; the language model gets their captions only.</summary>
    public IReadOnlyList<ToolPicture> Pictures { get; init; } = [];

    /// <summary>True: it found nothing, and <see cref="Sentence"/> says why.</summary>
    public bool Failed { get; init; }

    /// <summary>Nothing was found.</summary>
    public static ToolResult Nothing(string title, string sentence) => new() { Title = title, Sentence = sentence, Failed = true };

    /// <summary>
    /// The result as JSON between marks that nothing inside can forge: angle brackets are escaped, so that no label closes the mark. What stands inside is data, as the prompt says; that
    /// nothing can come of it anyway is the toolbox's work, which has no tool that changes anything.
    /// </summary>
    public string ForModel()
    {
        var rows = new JsonArray([.. Rows.Select(row => (JsonNode)new JsonObject { ["name"] = Plain(row.Name, 100), ["value"] = Plain(row.Value, row.Name == "card" ? 3000 : LongestValue) })]);
        var json = new JsonObject { ["title"] = Plain(Title, 200), ["finding"] = Plain(Sentence, 2000), ["failed"] = Failed, ["values"] = rows };
        if (Pictures.Count > 0) json["pictures"] = new JsonArray([.. Pictures.Select(picture => (JsonNode)Plain(picture.Caption, 100))]);
        while (json.ToJsonString().Length > LongestForModel && rows.Count > 0) rows.RemoveAt(rows.Count - 1);
        return $"<data>{json.ToJsonString()}</data>";
    }

    /// <summary>Text of others as one line of at most so many signs, without signs that steer a terminal or turn the reading direction.</summary>
    public static string Plain(string? text, int most)
    {
        var plain = new StringBuilder();
        foreach (var sign in text ?? "")
        {
            if (plain.Length == most) return plain.Append('…').ToString();
            if (sign is '\n' or '\r' or '\t') plain.Append(' ');
            else if (!char.IsControl(sign) && sign is not ((>= '\u200b' and <= '\u200f') or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\ufeff')) plain.Append(sign);
        }
        return plain.ToString();
    }
}

/// <summary>One use of a tool.</summary>
/// <param name="Tool">Its name.</param>
/// <param name="Arguments">What it was asked with, as JSON.</param>
/// <param name="Result">What came back.</param>
public sealed record ToolUse(string Tool, string Arguments, ToolResult Result);

/// <summary>An answer with all that it rests on.</summary>
public sealed record AskAnswer
{
    /// <summary>The question.</summary>
    public required string Question { get; init; }

    /// <summary>Plain text.</summary>
    public required string Text { get; init; }

    /// <summary>The language model that worded it; null: rules did.</summary>
    public string? By { get; init; }

    /// <summary>The tools in the order of their use.</summary>
    public IReadOnlyList<ToolUse> Uses { get; init; } = [];

    /// <summary>What a reader should know about how it came about; null for nothing.</summary>
    public string? Note { get; init; }

    /// <summary>What the endpoint spent.</summary>
    public long Tokens { get; init; }

    /// <summary>False: it says that it cannot tell.</summary>
    public bool Knows { get; init; } = true;
}

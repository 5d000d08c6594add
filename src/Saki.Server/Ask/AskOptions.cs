using System.Net;

namespace Saki.Server.Ask;

/// <summary>The language model that may word the answers of <c>/ask</c>: any endpoint that speaks OpenAI's chat completions with tools. Without one, rules answer from the same tools.</summary>
public sealed record AskOptions
{
    /// <summary>Base address, to which <c>/chat/completions</c> is added: <c>https://api.openai.com/v1</c>, <c>http://127.0.0.1:11434/v1</c>.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The model's name as the endpoint knows it.</summary>
    public required string Model { get; init; }

    /// <summary>Sent as <c>Authorization: Bearer</c>, to this endpoint only; null: none is sent.</summary>
    public string? Key { get; init; }

    /// <summary>Networks of one's own that the endpoint may lie in, also without TLS. Default: none, so that it must be one of the open internet by https.</summary>
    public IReadOnlyList<IPNetwork> Networks { get; init; } = [];

    /// <summary>Tokens that one user may have the endpoint spend on a day (UTC); then rules answer. Default 200,000.</summary>
    public long TokensADay { get; init; } = 200_000;

    /// <summary>How long one call of the endpoint may take. Default 30 s; a whole answer takes at most twice as long.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);
}

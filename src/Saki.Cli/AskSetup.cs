using System.CommandLine;
using System.Globalization;
using System.Net;
using Saki.Server.Ask;

namespace Saki.Cli;

/// <summary>The language model that words the answers of <c>/ask</c>: off unless an address and a model are named. Its key comes from the environment only, where no list of processes shows it.</summary>
internal sealed class AskSetup
{
    private readonly Option<string?> _address = new("--ask-url") { Description = "OpenAI-compatible endpoint that words the answers of /ask (SAKI_ASK_URL; its key: SAKI_ASK_KEY)", HelpName = "URL" };
    private readonly Option<string?> _model = new("--ask-model") { Description = "The endpoint's model (SAKI_ASK_MODEL)", HelpName = "NAME" };
    private readonly Option<string[]> _allow = new("--ask-allow") { Description = "A network of your own that the endpoint may lie in, also without TLS (SAKI_ASK_ALLOW)", HelpName = "CIDR" };
    private readonly Option<long?> _tokens = new("--ask-tokens") { Description = "Tokens that one user may have it spend on a day (SAKI_ASK_TOKENS; default: 200000)", HelpName = "N" };

    public void AddTo(Command verb)
    {
        foreach (var option in (Option[])[_address, _model, _allow, _tokens]) verb.Add(option);
    }

    /// <summary>What was set up; null: nothing.</summary>
    /// <exception cref="SakiException">An address without a model, or one of them is none.</exception>
    public AskOptions? Read(ParseResult parsed)
    {
        var (address, model) = (parsed.GetValue(_address) ?? Variable("SAKI_ASK_URL"), parsed.GetValue(_model) ?? Variable("SAKI_ASK_MODEL"));
        if (address is null && model is null) return null;
        if (address is null || model is null) throw new SakiException("Setting up /ask", "--ask-url and --ask-model together", address is null ? "a model without an address" : "an address without a model");
        var networks = parsed.GetValue(_allow) is { Length: > 0 } named ? named : Variable("SAKI_ASK_ALLOW")?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        var options = new AskOptions { Endpoint = Address(address), Model = model, Key = Variable("SAKI_ASK_KEY"), Networks = [.. networks.Select(Network)] };
        return Tokens(parsed) is { } tokens ? options with { TokensADay = tokens } : options;
    }

    private long? Tokens(ParseResult parsed)
    {
        var said = parsed.GetValue(_tokens)?.ToString(CultureInfo.InvariantCulture) ?? Variable("SAKI_ASK_TOKENS");
        if (said is null) return null;
        return long.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var tokens) ? tokens : throw new SakiException("Reading --ask-tokens", "a whole number, 0 or more", $"\"{said}\"");
    }

    private static Uri Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.UserInfo.Length == 0 && address.Query.Length == 0 ? address
            : throw new SakiException("Reading --ask-url", "an address that begins with https:// (or http:// within --ask-allow), without user name and query", $"\"{text}\"", "OpenAI's is https://api.openai.com/v1, Ollama's http://127.0.0.1:11434/v1");

    private static IPNetwork Network(string text) => IPNetwork.TryParse(text, out var network) ? network
        : throw new SakiException("Reading --ask-allow", "a network such as 10.0.0.0/8 or 127.0.0.1/32", $"\"{text}\"");

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}

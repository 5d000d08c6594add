using System.CommandLine;
using System.Globalization;
using Saki.Cli.Terminal;
using Saki.Server.Accounts;

namespace Saki.Cli.Verbs;

/// <summary><c>saki tokens add|list|remove</c>: who the server lets in. Works on the home folder; a running server follows within a second.</summary>
internal static class TokensVerbs
{
    private static readonly Scope[] Known = [Scope.View, Scope.Infer, Scope.Label, Scope.Manage, Scope.Admin];

    public static Command Create() => new Verb("tokens", "Say who the server lets in: add, list, remove") { Add(), List(), Remove() };

    private static Verb Add()
    {
        var name = new Argument<string>("name") { Description = "What to call it: who or what will hold it" };
        var scopes = new Option<string[]>("--scope")
        {
            Description = "What its holder may do; give it again for more: view, infer, label, manage, admin",
            HelpName = "SCOPE",
            Required = true,
        };
        var days = new Option<int?>("--days") { Description = "How long it works (default: until it is removed)", HelpName = "N" };
        var verb = new Verb("add", "Make a token and print it once")
        {
            Examples = ["saki tokens add ci --scope manage --days 90", "saki tokens add kiosk --scope infer"],
        };
        verb.Add(name);
        verb.Add(scopes);
        verb.Add(days);
        verb.SetAction(parsed =>
        {
            var scope = parsed.GetRequiredValue(scopes).Select(Parse).Aggregate(Scope.None, (all, one) => all | one);
            TimeSpan? valid = parsed.GetValue(days) is not { } given ? null
                : given is >= 1 and <= 3650 ? TimeSpan.FromDays(given)
                : throw new SakiException("Adding a token", "1 to 3650 days", given.ToString(CultureInfo.InvariantCulture), "Correct --days, or leave it out.");
            var text = Open(parsed).Add(parsed.GetRequiredValue(name), scope, valid);
            var terminal = Verb.Terminal.Value!;
            terminal.Say("This is the only time that it is shown:");
            terminal.Output.WriteLine(text);
        });
        return verb;
    }

    private static Verb List()
    {
        var verb = new Verb("list", "Show all tokens, never their text") { Examples = ["saki tokens list", "saki tokens list --json"] };
        verb.SetAction(parsed =>
        {
            var tokens = Open(parsed).All;
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson((IReadOnlyList<TokenView>)[.. tokens.Select(token => new TokenView(token.Name, Names(token.Scopes), token.Created, token.Expires))], CliJson.Default.IReadOnlyListTokenView);
            else if (tokens.Count == 0) terminal.Say("No tokens yet: saki up makes the first one.");
            else WriteList(terminal.Output, tokens);
        });
        return verb;
    }

    private static Verb Remove()
    {
        var name = new Argument<string>("name") { Description = "The token's name" };
        var verb = new Verb("remove", "Stop letting a token in, and sign out whoever used it") { Examples = ["saki tokens remove ci", "saki tokens remove kiosk"] };
        verb.Add(name);
        verb.SetAction(parsed => Open(parsed).Remove(parsed.GetRequiredValue(name)));
        return verb;
    }

    private static void WriteList(TextWriter output, IReadOnlyList<AccessToken> tokens)
    {
        var table = new TextTable("NAME", "SCOPES", "CREATED", "EXPIRES");
        foreach (var token in tokens) table.Add(token.Name, string.Join(", ", Names(token.Scopes)), Day(token.Created), token.Expires is { } end ? Day(end) : "never");
        table.Write(output);
    }

    private static AccessTokens Open(ParseResult parsed) => AccessTokens.Open(SakiHome.Find(parsed.GetValue(SakiCommand.Home)), TimeProvider.System);

    private static Scope Parse(string text)
    {
        foreach (var scope in Known)
            if (text.Equals(scope.ToString(), StringComparison.OrdinalIgnoreCase)) return scope;
        throw new SakiException("Adding a token", "a scope", $"\"{text}\"", DidYouMean.Hint(text, [.. Known.Select(Name)]));
    }

    private static string[] Names(Scope scopes) => scopes.HasFlag(Scope.Admin) ? [Name(Scope.Admin)] : [.. Known.Where(scope => scopes.HasFlag(scope)).Select(Name)];

    private static string Name(Scope scope) => scope.ToString().ToLowerInvariant();

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>A token in <c>--json</c>.</summary>
internal sealed record TokenView(string Name, IReadOnlyList<string> Scopes, DateTimeOffset Created, DateTimeOffset? Expires);

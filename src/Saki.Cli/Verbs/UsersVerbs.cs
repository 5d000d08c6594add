using System.CommandLine;
using System.Globalization;
using Saki.Cli.Terminal;
using Saki.Server.Accounts;

namespace Saki.Cli.Verbs;

/// <summary><c>saki users add|list|disable|enable|role|passwd</c>: people who sign in with a name and a password. Works on the home folder; a running server follows within a second.</summary>
internal static class UsersVerbs
{
    private static readonly Argument<string> Name = new("name") { Description = "The account's name" };
    private static readonly Option<bool> FromInput = new("--password-stdin") { Description = "Read the password from standard input (default: a random one is made and printed once)" };

    public static Command Create() => new Verb("users", "Say which people may sign in: add, list, disable, passwd") { Add(), List(), Disable(true), Disable(false), SetRole(), Password() };

    private static Verb Add()
    {
        var role = Role();
        var verb = new Verb("add", "Make an account and print its password once")
        {
            Examples = ["saki users add ann --role labeller", "saki users add bo --role admin --password-stdin"],
        };
        verb.Add(Name);
        verb.Add(role);
        verb.Add(FromInput);
        verb.SetAction(async (parsed, cancel) =>
        {
            var (name, given) = (parsed.GetRequiredValue(Name), parsed.GetRequiredValue(role));
            var typed = Read(parsed);
            var password = typed ?? UserAccounts.RandomPassword();
            Open(parsed).Add(name, given, password);
            if (typed is null) Tell(password); // before the audit, which may be away: nobody shall be left with a password that was never shown
            await NoteAsync(parsed, "add", name, RoleName(given));
            return 0;
        });
        return verb;
    }

    private static Verb List()
    {
        var verb = new Verb("list", "Show all accounts") { Examples = ["saki users list", "saki users list --json"] };
        verb.SetAction(parsed =>
        {
            var users = Open(parsed).All;
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json))
            {
                terminal.WriteJson((IReadOnlyList<UserView>)[.. users.Select(user => new UserView(user.Name, RoleName(user.Role), user.Disabled, user.Created))], CliJson.Default.IReadOnlyListUserView);
                return;
            }
            if (users.Count == 0) terminal.Say("No accounts yet. Make one with: saki users add NAME --role admin");
            else Write(terminal.Output, users);
        });
        return verb;
    }

    private static Verb Disable(bool disabled)
    {
        var word = disabled ? "disable" : "enable";
        var verb = new Verb(word, disabled ? "Keep a person out: sessions and tokens end at once" : "Let a disabled person in again") { Examples = [$"saki users {word} ann", $"saki users {word} bo"] };
        verb.Add(Name);
        verb.SetAction(async (parsed, cancel) =>
        {
            var name = parsed.GetRequiredValue(Name);
            Open(parsed).SetDisabled(name, disabled);
            await NoteAsync(parsed, word, name, "");
            return 0;
        });
        return verb;
    }

    private static Verb SetRole()
    {
        var role = Role();
        var verb = new Verb("role", "Give a person another role") { Examples = ["saki users role ann --role manager", "saki users role bo --role viewer"] };
        verb.Add(Name);
        verb.Add(role);
        verb.SetAction(async (parsed, cancel) =>
        {
            var (name, given) = (parsed.GetRequiredValue(Name), parsed.GetRequiredValue(role));
            Open(parsed).SetRole(name, given);
            await NoteAsync(parsed, "role", name, RoleName(given));
            return 0;
        });
        return verb;
    }

    private static Verb Password()
    {
        var verb = new Verb("passwd", "Set a new password and end the person's sessions") { Examples = ["saki users passwd ann", "saki users passwd bo --password-stdin"] };
        verb.Add(Name);
        verb.Add(FromInput);
        verb.SetAction(async (parsed, cancel) =>
        {
            var (name, given) = (parsed.GetRequiredValue(Name), Read(parsed));
            var password = given ?? UserAccounts.RandomPassword();
            Open(parsed).SetPassword(name, password);
            if (given is null) Tell(password);
            await NoteAsync(parsed, "password", name, "");
            return 0;
        });
        return verb;
    }

    private static Option<Role> Role() => new("--role") { Description = "viewer, labeller, manager or admin", HelpName = "ROLE", Required = true };

    private static string? Read(ParseResult parsed)
    {
        if (!parsed.GetValue(FromInput)) return null;
        return Console.In.ReadLine() is { Length: > 0 } line ? line : throw new SakiException("Reading the password", "a line on standard input", "none");
    }

    private static void Tell(string password)
    {
        var terminal = Verb.Terminal.Value!;
        terminal.Say("This is the only time that the password is shown:");
        terminal.Output.WriteLine(password);
    }

    private static void Write(TextWriter output, IReadOnlyList<UserAccount> users)
    {
        var table = new TextTable("NAME", "ROLE", "STATE", "ADDED");
        foreach (var user in users) table.Add(user.Name, RoleName(user.Role), user.Disabled ? "disabled" : "may sign in", user.Created.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        table.Write(output);
    }

    private static UserAccounts Open(ParseResult parsed) => AccessTokens.Open(SakiHome.Find(parsed.GetValue(SakiCommand.Home)), TimeProvider.System).Users;

    private static Task NoteAsync(ParseResult parsed, string what, string name, string detail) =>
        HomeAudit.NoteAsync(SakiHome.Find(parsed.GetValue(SakiCommand.Home)), what, name, detail, TimeProvider.System);

    private static string RoleName(Role role) => role.ToString().ToLowerInvariant();
}

/// <summary>An account in <c>--json</c>.</summary>
internal sealed record UserView(string Name, string Role, bool Disabled, DateTimeOffset Created);

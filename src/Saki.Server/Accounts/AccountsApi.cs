using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Saki.Server.Http;
using Saki.Server.Layout;

namespace Saki.Server.Accounts;

/// <summary><c>/accounts</c>: an admin says who may do what. Each change is noted in the audit.</summary>
internal static class AccountsApi
{
    private const int EventsShown = 50;

    public static void MapAccounts(this WebApplication app)
    {
        app.MapGet("/accounts", (HttpContext context, ServerOptions options, AccountAudit audit) => new Html<AccountsPage>(View(context, Tokens(options), audit))).Demand(Scope.Admin);
        app.MapPost("/accounts", AddAsync).Demand(Scope.Admin);
        app.MapPost("/accounts/{name}", ChangeAsync).Demand(Scope.Admin);
    }

    /// <summary>The accounts of a server that has any.</summary>
    public static AccessTokens Tokens(ServerOptions options) =>
        options.Tokens ?? throw new RequestException(StatusCodes.Status404NotFound, "Looking after accounts", "a server where people sign in", "one that was started with --no-auth", "Start it without --no-auth.");

    /// <summary>The fields of a form.</summary>
    public static async Task<IFormCollection> FormAsync(HttpContext context) => context.Request.HasFormContentType
        ? await context.Request.ReadFormAsync(context.RequestAborted)
        : throw new RequestException(StatusCodes.Status415UnsupportedMediaType, "Reading the request", "the form of the page", "another content type");

    private static AccountsView View(HttpContext context, AccessTokens tokens, AccountAudit audit) =>
        new() { Users = tokens.Users.All, Tokens = tokens.All, Events = audit.Newest(EventsShown), Self = context.Caller()?.User };

    private static async Task<IResult> AddAsync(HttpContext context, ServerOptions options, AccountAudit audit, TimeProvider time)
    {
        var tokens = Tokens(options);
        var form = await FormAsync(context);
        var name = form["name"].ToString().Trim();
        return await TryAsync(context, tokens, audit, async () =>
        {
            var role = RoleOf(form);
            var password = UserAccounts.RandomPassword();
            await Task.Run(() => tokens.Users.Add(name, role, password));
            await audit.NoteAsync(Who(context), "add", name, Name(role), time.GetUtcNow());
            return ($"{name} may sign in as {Name(role)}. This is the only time that the password is shown:", password);
        });
    }

    private static async Task<IResult> ChangeAsync(HttpContext context, ServerOptions options, AccountAudit audit, TimeProvider time, string name)
    {
        var tokens = Tokens(options);
        var form = await FormAsync(context);
        var what = form["do"].ToString();
        return await TryAsync(context, tokens, audit, async () =>
        {
            (string Done, string? Secret, string Detail) result = what switch
            {
                "role" => (SetRole(tokens.Users, name, RoleOf(form)), null, Name(RoleOf(form))),
                "disable" => (SetDisabled(tokens.Users, name, true), null, ""),
                "enable" => (SetDisabled(tokens.Users, name, false), null, ""),
                "password" => await ResetAsync(tokens.Users, name),
                _ => throw new SakiException("Changing an account", "role, disable, enable or password", "another verb"),
            };
            await audit.NoteAsync(Who(context), what, tokens.Users.Find(name)!.Name, result.Detail, time.GetUtcNow());
            return (result.Done, result.Secret);
        });
    }

    private static string SetRole(UserAccounts users, string name, Role role)
    {
        users.SetRole(name, role);
        return $"{name} is {Name(role)} now.";
    }

    private static string SetDisabled(UserAccounts users, string name, bool disabled)
    {
        users.SetDisabled(name, disabled);
        return disabled ? $"{name} cannot sign in any more; sessions and tokens are over." : $"{name} may sign in again.";
    }

    private static async Task<(string, string?, string)> ResetAsync(UserAccounts users, string name)
    {
        var password = UserAccounts.RandomPassword();
        await Task.Run(() => users.SetPassword(name, password));
        return ($"{name} has a new password and is signed out everywhere. This is the only time that it is shown:", password, "");
    }

    /// <summary>Changes something. The page itself answers, not a redirect: a secret that is shown once must not travel through an address.</summary>
    public static async Task<IResult> TryAsync(HttpContext context, AccessTokens tokens, AccountAudit audit, Func<Task<(string Done, string? Secret)>> change)
    {
        try
        {
            var (done, secret) = await change();
            return new Html<AccountsPage>(View(context, tokens, audit) with { Done = done, Secret = secret });
        }
        catch (SakiException refusal)
        {
            return new Html<AccountsPage>(View(context, tokens, audit) with { Error = refusal.Message }, StatusCodes.Status422UnprocessableEntity);
        }
    }

    private static Role RoleOf(IFormCollection form) => Enum.GetValues<Role>().Cast<Role?>().FirstOrDefault(role => Name(role!.Value) == form["role"])
        ?? throw new SakiException("Reading the form", "viewer, labeller, manager or admin", "another role");

    /// <summary>Who changes something, for the audit.</summary>
    public static string Who(HttpContext context) => context.Caller()!.Name;

    private static string Name(Role role) => role.ToString().ToLowerInvariant();
}

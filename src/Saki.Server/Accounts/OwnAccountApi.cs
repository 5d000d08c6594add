using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Saki.Server.Http;
using Saki.Server.Layout;

namespace Saki.Server.Accounts;

/// <summary><c>/account</c>: a person's own password, sessions and tokens. Only a session opens it, not a token: a stolen token must not make others.</summary>
internal static class OwnAccountApi
{
    public static void MapOwnAccount(this WebApplication app)
    {
        app.MapGet("/account", (HttpContext context, ServerOptions options, TimeProvider time) => new Html<AccountPage>(View(Own(context, options), AccountsApi.Tokens(options).Users, time))).Demand(Scope.View);
        app.MapPost("/account", ChangeAsync).Demand(Scope.View);
    }

    private static async Task<IResult> ChangeAsync(HttpContext context, ServerOptions options, SignInAttempts attempts, AccountAudit audit, TimeProvider time)
    {
        var users = AccountsApi.Tokens(options).Users;
        var user = Own(context, options);
        var form = await AccountsApi.FormAsync(context);
        try
        {
            var (what, detail, done, secret) = form["do"].ToString() switch
            {
                "password" => await SetPasswordAsync(context, users, user, form, attempts, time),
                "sign-out" => SignOut(context, users, user, time),
                "token-add" => AddToken(users, user, form),
                "token-remove" => RemoveToken(users, user, form),
                _ => throw new SakiException("Changing your account", "one of the buttons of the page", "another verb"),
            };
            await audit.NoteAsync(user.Name, what, user.Name, detail, time.GetUtcNow());
            return new Html<AccountPage>(View(user, users, time) with { Done = done, Secret = secret });
        }
        catch (SakiException refusal) when (refusal is not RequestException)
        {
            return new Html<AccountPage>(View(user, users, time) with { Error = refusal.Message }, StatusCodes.Status422UnprocessableEntity);
        }
    }

    private static async Task<(string, string, string, string?)> SetPasswordAsync(HttpContext context, UserAccounts users, UserAccount user, IFormCollection form, SignInAttempts attempts, TimeProvider time)
    {
        const string operation = "Changing your password";
        if (attempts.Exhausted(user.Name) is not null) throw new SakiException(operation, "fewer wrong passwords", "too many", "Wait a quarter of an hour.");
        var right = await Task.Run(() => users.Verify(user.Name, form["password"].ToString()));
        if (right is null)
        {
            attempts.Count(user.Name);
            throw new SakiException(operation, "your present password", "another one");
        }
        if (form["new"] != form["again"]) throw new SakiException(operation, "the new password twice", "two different ones");
        await Task.Run(() => users.SetPassword(user.Name, form["new"].ToString()));
        SignInApi.Start(context, users, users.Find(user.Name)!, time.GetUtcNow()); // this browser stays
        return ("password", "", "Your password is changed; you are signed out everywhere else.", null);
    }

    private static (string, string, string, string?) SignOut(HttpContext context, UserAccounts users, UserAccount user, TimeProvider time)
    {
        users.SignOutEverywhere(user.Name);
        SignInApi.Start(context, users, users.Find(user.Name)!, time.GetUtcNow());
        return ("sign-out", "", "You are signed out everywhere else.", null);
    }

    private static (string, string, string, string?) AddToken(UserAccounts users, UserAccount user, IFormCollection form)
    {
        var scopes = Scope.None;
        foreach (var text in form["scope"])
            scopes |= text switch { "view" => Scope.View, "infer" => Scope.Infer, "label" => Scope.Label, "manage" => Scope.Manage, "admin" => Scope.Admin, _ => throw new SakiException("Adding a token", "a scope", "another word") };
        var days = int.TryParse(form["days"], NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 0;
        var name = form["token"].ToString().Trim();
        var secret = users.AddToken(user.Name, name, scopes, days);
        return ("token-add", name, $"The token {name} is made. This is the only time that it is shown:", secret);
    }

    private static (string, string, string, string?) RemoveToken(UserAccounts users, UserAccount user, IFormCollection form)
    {
        var name = form["token"].ToString();
        if (!users.RemoveToken(user.Name, name)) throw new SakiException("Removing a token", "a token of yours", "another name");
        return ("token-remove", name, $"The token {name} no longer works.", null);
    }

    private static AccountView View(UserAccount user, UserAccounts users, TimeProvider time) => new() { User = user, Tokens = users.TokensOf(user.Name), Now = time.GetUtcNow() };

    private static UserAccount Own(HttpContext context, ServerOptions options)
    {
        var session = context.Request.Headers.Authorization.Count == 0 ? context.Caller()?.User : null;
        return session is not null && AccountsApi.Tokens(options).Users.Find(session) is { } user
            ? user
            : throw new RequestException(StatusCodes.Status403Forbidden, "Looking after your account", "somebody who signed in with a name and a password", "a token", "Sign in with your account.");
    }
}

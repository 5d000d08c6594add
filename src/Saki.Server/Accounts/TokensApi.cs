using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Saki.Server.Accounts;

/// <summary><c>POST /accounts/tokens/change</c>: an admin makes and removes the tokens that stand for themselves, of programs say. People's own are on their page.</summary>
internal static class TokensApi
{
    private const int MostDays = 3650;

    public static void MapTokens(this WebApplication app) => app.MapPost("/accounts/tokens/change", (Func<HttpContext, ServerOptions, AccountAudit, TimeProvider, Task<IResult>>)ChangeAsync).Demand(Scope.Admin);

    private static async Task<IResult> ChangeAsync(HttpContext context, ServerOptions options, AccountAudit audit, TimeProvider time)
    {
        var tokens = AccountsApi.Tokens(options);
        var form = await AccountsApi.FormAsync(context);
        var name = form["token"].ToString().Trim();
        var what = form["do"] == "token-remove" ? "token-remove" : "token-add";
        return await AccountsApi.TryAsync(context, tokens, audit, async () =>
        {
            var (done, secret) = what == "token-remove" ? Remove(context, tokens, name) : Add(tokens, name, form);
            await audit.NoteAsync(AccountsApi.Who(context), what, name, name, time.GetUtcNow());
            return (done, secret);
        });
    }

    private static (string, string?) Add(AccessTokens tokens, string name, IFormCollection form)
    {
        var scopes = form["scope"].Aggregate(Scope.None, (all, text) => all | (Enum.TryParse<Scope>(text, ignoreCase: true, out var scope) && Enum.IsDefined(scope) ? scope : Scope.None));
        if (scopes == Scope.None) throw new SakiException("Adding a token", "something that it lets its holder do", "nothing", "Choose one or more of view, infer, label, manage and admin.");
        var text = form["days"].ToString().Trim();
        int? days = text.Length == 0 ? null : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MostDays ? number
            : throw new SakiException("Adding a token", $"1 to {MostDays} days, or nothing for a token without end", "another number");
        return ($"The token {name} works. This is the only time that it is shown:", tokens.Add(name, scopes, days is { } valid ? TimeSpan.FromDays(valid) : null));
    }

    // Nobody locks the last door behind themselves: on the page there would be no way back.
    private static (string, string?) Remove(HttpContext context, AccessTokens tokens, string name)
    {
        if (context.Caller() is { User: null } caller && caller.Name == name) throw new SakiException("Removing a token", "another one than that you are signed in with", $"\"{name}\"", "Sign in with an account first.");
        tokens.Remove(name);
        return ($"The token {name} does not work any more; whoever signed in with it is signed out.", null);
    }
}

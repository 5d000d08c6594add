using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Http;
using Saki.Server.Layout;
using Saki.Server.Registry;
using Saki.Server.Registry.Audit;
using Saki.Tracking;

namespace Saki.Server.ModelPages;

/// <summary>
/// What the page of a model does: promote, roll back, set aliases. Each form says what was in Production when the page was drawn, so that of two people one wins
/// and the other is told. An answer is the page again, at the version it is about; what could not be done is said on it.
/// </summary>
internal sealed class ModelMoveApi(RegistryStore store, AuditReader audit, ModelPageApi pages)
{
    private const int LongestForm = 16_384;

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/models/{name}/move", (HttpContext context, string name) => DoAsync(context, name, form => MoveAsync(context, name, form))).Demand(Scope.Manage);
        app.MapPost("/models/{name}/rollback", (HttpContext context, string name) => DoAsync(context, name, form => RollbackAsync(context, name, form))).Demand(Scope.Manage);
        app.MapPost("/models/{name}/alias", (HttpContext context, string name) => DoAsync(context, name, form => AliasAsync(context, name, form))).Demand(Scope.Manage);
    }

    private async Task<long> MoveAsync(HttpContext context, string name, IFormCollection form)
    {
        var (version, stage, force) = (Version(form, "version"), RegistryMoves.Stage(form["stage"].ToString()), form["override"] == "true");
        if (force && context.Caller()?.May(Scope.Admin) != true) throw new MlflowException("PERMISSION_DENIED", "Moving a version against its gate: expected a token with the scope \"admin\", got one that lacks it");
        if (force && Why(form).Length == 0) throw MlflowException.BadValue("Moving a version against its gate: expected a reason, got none");
        await store.TryMoveAsync(new RegistryMove(name, version, MoveKind.Stage, stage, ArchiveOthers: RegistryMoves.AliasOf(stage) is not null)
        {
            Who = Who(context),
            Why = Why(form),
            Override = force,
            ProductionNow = Version(form, "from"),
        }, context.RequestAborted);
        return version;
    }

    private Task<long> RollbackAsync(HttpContext context, string name, IFormCollection form) =>
        Why(form).Length == 0 ? throw MlflowException.BadValue($"Rolling back {name}: expected a reason, got none")
            : store.RollbackAsync(name, Version(form, "to"), Version(form, "from"), Who(context), Why(form));

    private async Task<long> AliasAsync(HttpContext context, string name, IFormCollection form)
    {
        var (version, alias) = (Version(form, "version"), form["alias"].ToString().Trim().TrimStart('@'));
        var drop = form["drop"] == "true";
        if (alias.Length == 0) throw MlflowException.BadValue("Setting an alias: expected a name, got none");
        RegistryNames.CheckAlias(alias);
        await store.TryMoveAsync(new RegistryMove(name, drop ? 0 : version, drop ? MoveKind.DropAlias : MoveKind.SetAlias, alias) { Who = Who(context), Why = Why(form) }, context.RequestAborted);
        return version;
    }

    private async Task<IResult> DoAsync(HttpContext context, string name, Func<IFormCollection, Task<long>> move)
    {
        if (!context.Request.HasFormContentType || context.Request.ContentLength is null or > LongestForm)
            throw new RequestException(StatusCodes.Status400BadRequest, "Moving a version", "the form of the model's page", "another body", "Programs send POST /api/2.0/saki/registry/promote.");
        try
        {
            var version = await move(await context.Request.ReadFormAsync(context.RequestAborted));
            var row = audit.History(name, 1)[0].Number;
            return new SeeOther(string.Create(CultureInfo.InvariantCulture, $"/models/{Uri.EscapeDataString(name)}?version={version}&moved={row}"));
        }
        catch (SakiException refusal) when (refusal is not RequestException)
        {
            return pages.One(context, name, refusal as MlflowException ?? MlflowException.BadValue(refusal.Message));
        }
    }

    private static string Who(HttpContext context) => context.Caller()?.Name ?? "";

    private static string Why(IFormCollection form) => form["why"].ToString().Trim();

    private static long Version(IFormCollection form, string field) => RegistryNames.Version(form[field].ToString());
}

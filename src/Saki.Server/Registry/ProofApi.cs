using System.Text;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Registry.Audit;
using Saki.Gates;
using Saki.Server.Registry.Gates;
using Saki.Server.Tracking;
using Saki.Tracking;

namespace Saki.Server.Registry;

/// <summary>What MLflow's registry does not have: audit, evidence, rollback. In MLflow's form of messages and refusals.</summary>
internal static class ProofApi
{
    public const string Prefix = "/api/2.0/saki/registry";

    public static void MapProof(this RouteGroupBuilder group, RegistryStore store, RegistryReader reader, AuditReader audit, PolicyFolder<GatePolicy> policies)
    {
        const int Normal = 200, Most = 10_000;
        group.On("GET", "/history", call => new AuditPage(audit.History(call.Required("name"), call.MaxResults(Normal, Most))));
        group.On("GET", "/check", _ => audit.Check());
        group.On("GET", "/head", call => audit.HeadAsync(call.Integer("after") ?? 0, TimeSpan.FromSeconds(Math.Clamp(call.Integer("seconds") ?? 0, 0, 25)), TimeProvider.System, call.Context.RequestAborted));
        group.OnRaw("GET", "/evidence", async context =>
        {
            var digest = (await MlflowCall.ReadAsync(context)).Required("digest");
            var json = audit.Evidence(digest) ?? throw MlflowException.Missing("There is no evidence of that digest");
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(json), context.RequestAborted);
        });
        group.On("POST", "/promote", call => PromoteAsync(call, store, reader));
        group.On("GET", "/policy", call =>
        {
            var name = reader.Get(call.Required("name")).Name;
            return new PolicyText(name, policies.Find(name)?.Text);
        });
        group.On("POST", "/policy", call =>
        {
            CheckAdmin(call, "Changing what a model must prove");
            return store.SetPolicyAsync(call.Required("name"), call.Text("text"), call.Who, call.Text("why") ?? "");
        });
        group.On("POST", "/rollback", async call =>
        {
            var name = call.Required("name");
            var version = await store.RollbackAsync(name, Version(call, "to"), Version(call, "from"), call.Who, call.Text("why") ?? "");
            return new ModelVersionAnswer(reader.Get(name, version));
        });
    }

    private static async Task<PromotionAnswer> PromoteAsync(MlflowCall call, RegistryStore store, RegistryReader reader)
    {
        var (name, stage, force) = (call.Required("name"), RegistryMoves.Stage(call.Text("stage") ?? RegistryMoves.Production), call.Flag("override") ?? false);
        var version = Version(call, "version") ?? throw MlflowCall.MissingField("version");
        if (force) CheckAdmin(call, "Moving a version against its gate");
        if (force && call.Text("why") is null) throw MlflowException.BadValue("Moving a version against its gate: expected a reason (why), got none");
        var move = new RegistryMove(name, version, MoveKind.Stage, stage, ArchiveOthers: RegistryMoves.AliasOf(stage) is not null) { Who = call.Who, Why = call.Text("why") ?? "", Override = force, ProductionNow = Version(call, "from") };
        var outcome = await store.TryMoveAsync(move, call.Context.RequestAborted);
        return new PromotionAnswer(outcome.Accepted, reader.Get(name, version), outcome.Evidence is { } evidence ? AuditChain.DigestOf(GateRefusal.Json(evidence)) : null);
    }

    private static void CheckAdmin(MlflowCall call, string what)
    {
        if (call.Context.Caller()?.May(Scope.Admin) != true) throw new MlflowException("PERMISSION_DENIED", $"{what}: expected a token with the scope \"admin\", got \"{call.Who}\", which lacks it");
    }

    private static long? Version(MlflowCall call, string field) => call.NameOrNumber(field) is { Length: > 0 } version ? RegistryNames.Version(version) : null;
}

using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Registry.Audit;
using Saki.Server.Tracking;
using Saki.Tracking;

namespace Saki.Server.Registry;

/// <summary>What MLflow's registry does not have: audit, evidence, rollback. In MLflow's form of messages and refusals.</summary>
internal static class ProofApi
{
    public const string Prefix = "/api/2.0/saki/registry";

    public static void MapProof(this RouteGroupBuilder group, RegistryStore store, RegistryReader reader, AuditReader audit)
    {
        const int Normal = 200, Most = 10_000;
        group.On("GET", "/history", call => new AuditPage(audit.History(call.Required("name"), call.MaxResults(Normal, Most))));
        group.On("GET", "/check", _ => audit.Check());
        group.OnRaw("GET", "/evidence", async context =>
        {
            var digest = (await MlflowCall.ReadAsync(context)).Required("digest");
            var json = audit.Evidence(digest) ?? throw MlflowException.Missing("There is no evidence of that digest");
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(json), context.RequestAborted);
        });
        group.On("POST", "/rollback", async call =>
        {
            var name = call.Required("name");
            var version = await store.RollbackAsync(name, Version(call, "to"), Version(call, "from"), call.Who, call.Text("why") ?? "");
            return new ModelVersionAnswer(reader.Get(name, version));
        });
    }

    private static long? Version(MlflowCall call, string field) => call.NameOrNumber(field) is { Length: > 0 } version ? RegistryNames.Version(version) : null;
}

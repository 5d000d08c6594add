using Saki.Loop;
using Saki.Server.Registry;
using Saki.Server.Registry.Audit;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Loop;

/// <summary>Sets policies of the loop; every change is in the audit.</summary>
internal sealed class LoopPolicies(PolicyFolder<LoopPolicy> folder, Database database, TimeProvider time)
{
    /// <summary>Replaces a model's policy; null removes it.</summary>
    /// <exception cref="SakiException">(of the task) It is no policy, or there is no such model.</exception>
    public Task SetAsync(string model, string? text, string who) => database.WriteAsync(session =>
    {
        var owner = session.Scalar<long?>("SELECT id FROM registered_models WHERE name = @model", new { model }) ?? throw RegistryStore.None(model);
        var before = folder.Find(model)?.Digest ?? "";
        var production = RegistryMoves.Holder(session, owner, "production");
        AuditChain.Append(session, owner, new AuditEntry
        {
            Time = time.GetUtcNow().ToUnixTimeMilliseconds(),
            Who = who,
            Model = model,
            Action = LoopStore.Action,
            Subject = "policy",
            From = before,
            To = folder.Set(model, text) ?? "",
            ProductionBefore = production,
            ProductionAfter = production,
        });
    });
}

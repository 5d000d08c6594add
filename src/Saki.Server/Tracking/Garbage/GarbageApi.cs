using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Tracking;

namespace Saki.Server.Tracking.Garbage;

/// <summary><c>POST /api/2.0/saki/gc</c>: removes for good. For admins.</summary>
internal static class GarbageApi
{
    public const string Prefix = "/api/2.0/saki";

    public static void MapGarbage(this RouteGroupBuilder group, GarbageCollection garbage) => group.On("POST", "/gc", call =>
    {
        if (call.Context.Caller()?.May(Scope.Admin) != true) throw new MlflowException("PERMISSION_DENIED", $"Removing for good: expected a token with the scope \"admin\", got \"{call.Who}\", which lacks it");
        return garbage.CollectAsync(new CollectGarbage
        {
            RunIds = call.Texts("run_ids"),
            OlderThanDays = call.Number("older_than_days") ?? new CollectGarbage().OlderThanDays,
            DryRun = call.Flag("dry_run") ?? false,
        }, call.Context.RequestAborted);
    });
}

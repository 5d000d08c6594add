using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Jobs;
using Saki.Server.Accounts;

namespace Saki.Server.Jobs;

/// <summary><c>/api/schedules</c>: jobs that start by the clock.</summary>
internal static class ScheduleApi
{
    public static void MapSchedules(this IEndpointRouteBuilder app, ScheduleStore schedules, JobDoor door)
    {
        var group = app.MapGroup("/api/schedules");
        group.MapGet("", () => Results.Json(schedules.All(), JobJson.Readable.IReadOnlyListJobSchedule)).Demand(Scope.View);
        group.MapPost("", async (HttpContext context) =>
        {
            var asked = await JobBody.ReadAsync(context, JobJson.Default.JobSchedule);
            await door.AdmitAsync(asked.Ask, context.Caller()!, "", context.RequestAborted); // what would be refused at night is refused now
            await schedules.SetAsync(asked, context.Caller()!.Name);
            return Results.Json(schedules.All().First(schedule => schedule.Name == asked.Name), JobJson.Readable.JobSchedule, statusCode: StatusCodes.Status201Created);
        }).Demand(Scope.Manage);
        group.MapDelete("/{name}", async (string name) =>
        {
            await schedules.RemoveAsync(name);
            return Results.NoContent();
        }).Demand(Scope.Manage);
    }
}

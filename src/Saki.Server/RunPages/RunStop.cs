using System.Globalization;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Http;
using Saki.Server.Jobs;
using Saki.Server.Layout;
using Saki.Server.Storage;
using Saki.Server.Tracking.Runs;
using Saki.Tracking;

namespace Saki.Server.RunPages;

/// <summary>
/// The stop button of a run that goes on. A run of a job is ended as its job is. Of any other run this server knows no process: it writes the tag
/// <see cref="SakiTags.Stop"/>, which <c>saki train</c> looks for and other programs may.
/// </summary>
internal sealed class RunStop(Database database, RunReader runs, RunTable table, TimeProvider time)
{
    private readonly JobStore _jobs = new(database, time);

    public void Map(IEndpointRouteBuilder app) => app.MapPost("/runs/{id}/stop", async (HttpContext context, string id) =>
    {
        await StopAsync(runs.Get(id), context.Caller()!.Name);
        return new SeeOther($"/runs/{Uri.EscapeDataString(id)}");
    }).Demand(Scope.Manage);

    /// <summary>The job that works on a run; null for none.</summary>
    public long? JobOf(string run) => database.Read(connection =>
        connection.ExecuteScalar<long?>("SELECT max(id) FROM jobs WHERE run_id = @run AND state IN ('leased', 'running')", new { run }));

    private async Task StopAsync(Run run, string who)
    {
        if (run.Info.Status is not (RunStatus.Running or RunStatus.Scheduled)) return;
        if (JobOf(run.Info.RunId) is not { } job)
        {
            var now = time.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            await table.LogAsync(new LogBatch { RunId = run.Info.RunId, Tags = [new Tag(SakiTags.Stop, who.Length == 0 ? now : $"{now} by {who}")] });
            return;
        }
        try
        {
            await _jobs.CancelAsync(job, who);
        }
        catch (RequestException late) when (late.Status == StatusCodes.Status409Conflict)
        {
            // It came to its end meanwhile: the page shows how it is.
        }
    }
}

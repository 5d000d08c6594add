using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Http;
using Saki.Server.Layout;
using Saki.Server.Tracking;
using Saki.Server.Tracking.Runs;
using Saki.Tracking;

namespace Saki.Server.RunPages;

/// <summary>What the pages of runs change: a tag, and whether runs are there. A deletion is answered with the way back.</summary>
internal static class RunEditApi
{
    private const int LargestForm = 65_536;

    public static void MapRunEdits(this IEndpointRouteBuilder app, RunTable table)
    {
        app.MapPost("/runs/{id}/tag", (HttpContext context, string id) => TagAsync(context, id, table)).Demand(Scope.Manage);
        // Cast, for a lambda would be taken for a RequestDelegate, whose result is dropped.
        app.MapPost("/runs/delete", (Delegate)((HttpContext context) => MoveAsync(context, table.DeleteAsync, undo: true))).Demand(Scope.Manage);
        app.MapPost("/runs/restore", (Delegate)((HttpContext context) => MoveAsync(context, table.RestoreAsync, undo: false))).Demand(Scope.Manage);
    }

    private static async Task<SeeOther> TagAsync(HttpContext context, string id, RunTable table)
    {
        var form = await FormAsync(context);
        var (key, value) = (form["key"].ToString().Trim(), form["value"].ToString());
        if (form["drop"] == "true") await table.DeleteTagAsync(id, key);
        else await table.LogAsync(new LogBatch { RunId = id, Tags = [LogLimits.Checked(new Tag(key, value))] });
        return new SeeOther($"/runs/{Uri.EscapeDataString(id)}/parameters");
    }

    private static async Task<SeeOther> MoveAsync(HttpContext context, Func<string, Task> move, bool undo)
    {
        var form = await FormAsync(context);
        var ids = form["ids"].OfType<string>().SelectMany(text => text.Split(',')).Where(RunListQuery.IsId).Distinct().Take(RunListQuery.MostUndone).ToList();
        // Those that somebody else deleted meanwhile are gone already. All of them go in one commit.
        var moved = await Task.WhenAll(ids.Select(async id =>
        {
            try
            {
                await move(id);
                return id;
            }
            catch (MlflowException gone) when (gone.Code is MlflowException.NotThere or MlflowException.Invalid or MlflowException.WrongState)
            {
                return null;
            }
        }));
        var back = Back(context.Request.Query["back"]);
        var done = string.Join(',', moved.OfType<string>());
        return new SeeOther(undo && done.Length > 0 ? $"{back}{(back.Contains('?', StringComparison.Ordinal) ? '&' : '?')}undo={done}" : back);
    }

    // Only ever the table of runs of this server.
    private static string Back(string? asked) => asked is not null && (asked == "/runs" || asked.StartsWith("/runs?", StringComparison.Ordinal)) && asked.Length < 8000 && !asked.Any(char.IsControl) ? asked : "/runs";

    private static async Task<IFormCollection> FormAsync(HttpContext context) =>
        context.Request.HasFormContentType && context.Request.ContentLength is <= LargestForm ? await context.Request.ReadFormAsync(context.RequestAborted)
            : throw new RequestException(StatusCodes.Status400BadRequest, "Changing runs", "a form of the pages of runs", "another body", "Programs send POST /api/2.0/mlflow/runs/set-tag, runs/delete and runs/restore.");
}

using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Tracking.Runs;

/// <summary><c>runs/*</c> of MLflow's API.</summary>
internal static class RunApi
{
    private const int MostResults = 50_000, NormalResults = 1000;

    public static void MapRuns(this RouteGroupBuilder group, RunTable table, RunReader reader, Database database)
    {
        group.On("POST", "/runs/create", async call => new RunAnswer(await table.MakeAsync(Creation(call))));
        group.On("GET", "/runs/get", call => new RunAnswer(reader.Get(RunId(call))));
        group.On("POST", "/runs/update", async call =>
        {
            var change = Update(call);
            await table.UpdateAsync(change);
            return new RunInfoAnswer(reader.Get(change.RunId).Info);
        });
        group.On("POST", "/runs/delete", call => table.DeleteAsync(RunId(call)));
        group.On("POST", "/runs/restore", call => table.RestoreAsync(RunId(call)));
        group.On("POST", "/runs/search", call => reader.Search(call.Texts("experiment_ids"), call.Text("filter"), call.Texts("order_by"), call.View("run_view_type"),
            call.MaxResults(NormalResults, MostResults), call.Text("page_token")));
        group.MapLogging(table);
        group.MapLinks(table, database);
    }

    private static void MapLogging(this RouteGroupBuilder group, RunTable table)
    {
        group.OnRaw("POST", "/runs/log-batch", async context =>
        {
            using var body = await MlflowCall.ReadBodyAsync(context);
            await table.LogAsync(LogBody.Batch(body.Span) ?? LogBody.Batch(MlflowCall.Of(context, body.Span)));
            await MlflowRoutes.WriteEmptyAsync(context);
        });
        group.OnRaw("POST", "/runs/log-metric", async context =>
        {
            using var body = await MlflowCall.ReadBodyAsync(context);
            await table.LogAsync(LogBody.Metric(body.Span) ?? LogBody.Metric(MlflowCall.Of(context, body.Span)));
            await MlflowRoutes.WriteEmptyAsync(context);
        });
        group.On("POST", "/runs/log-parameter", call => table.LogAsync(new LogBatch { RunId = RunId(call), Params = [new Param(call.Required("key"), call.TextOrEmpty("value") ?? "")] }));
        group.On("POST", "/runs/set-tag", call => table.LogAsync(new LogBatch { RunId = RunId(call), Tags = [new Tag(call.Required("key"), call.TextOrEmpty("value") ?? "")] }));
        group.On("POST", "/runs/delete-tag", call => table.DeleteTagAsync(RunId(call), call.Required("key")));
        group.On("POST", "/runs/log-model", call =>
        {
            var (run, model) = (RunId(call), call.Required("model_json"));
            CheckModel(run, model);
            return table.LogModelAsync(run, model);
        });
    }

    private static void MapLinks(this RouteGroupBuilder group, RunTable table, Database database)
    {
        group.On("POST", "/runs/log-inputs", call =>
        {
            var (run, inputs) = (RunId(call), call.Messages("datasets").Select(RunLinks.Parse).ToList());
            var models = call.Messages("models").Select(model => new ModelOutput(model.Required("model_id"), 0)).ToList();
            return database.WriteAsync(session =>
            {
                var row = table.Active(session, run);
                RunLinks.Add(session, row, inputs);
                RunLinks.Add(session, row, models, input: true);
            });
        });
        group.On("POST", "/runs/outputs", call =>
        {
            var run = RunId(call);
            var models = call.Messages("models").Select(model => new ModelOutput(model.Required("model_id"), model.Integer("step") ?? 0)).ToList();
            return database.WriteAsync(session => RunLinks.Add(session, table.Active(session, run), models, input: false));
        });
    }

    /// <summary>The run of a call, under its new name or its old one.</summary>
    internal static string RunId(MlflowCall call) => call.Required("run_id", "run_uuid");

    private static CreateRun Creation(MlflowCall call) => new()
    {
        ExperimentId = call.Required("experiment_id"),
        UserId = call.Text("user_id") ?? "",
        RunName = call.Text("run_name"),
        StartTime = call.Integer("start_time") ?? 0,
        Tags = call.Tags(),
    };

    // A state that MLflow does not know changes nothing and is no error, as on its server.
    private static UpdateRun Update(MlflowCall call) => new()
    {
        RunId = RunId(call),
        Status = Enum.TryParse<RunStatus>(call.NameOrNumber("status"), ignoreCase: true, out var status) && Enum.IsDefined(status) ? status : null,
        EndTime = call.Integer("end_time"),
        RunName = call.Text("run_name"),
    };

    private static void CheckModel(string run, string model)
    {
        try
        {
            using var json = JsonDocument.Parse(model);
            foreach (var field in (string[])["artifact_path", "flavors", "utc_time_created", "run_id"])
                if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty(field, out _)) throw MlflowException.BadValue($"Model json is missing mandatory fields: ['{field}']");
        }
        catch (JsonException)
        {
            throw MlflowException.BadValue($"Malformed model info of run {run}: it is no valid JSON");
        }
    }
}

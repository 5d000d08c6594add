using Microsoft.AspNetCore.Routing;
using Saki.Server.Tracking.Artifacts;
using Saki.Tracking;

namespace Saki.Server.Tracking.LoggedModels;

/// <summary><c>logged-models*</c> of MLflow's API.</summary>
internal static class LoggedModelApi
{
    private const int NormalResults = 50, MostResults = 50_000;

    public static void MapLoggedModels(this RouteGroupBuilder group, LoggedModelTable table, LoggedModelReader reader, ArtifactStore artifacts)
    {
        group.On("POST", "/logged-models", async call => new LoggedModelAnswer(reader.Get(await table.CreateAsync(call))));
        group.On("POST", "/logged-models/search", call =>
        {
            var experiments = call.Texts("experiment_ids");
            if (experiments.Count == 0) throw MlflowCall.MissingField("experiment_ids");
            var orders = call.Messages("order_by").Select(order => (order.Required("field_name"), order.Flag("ascending") ?? true)).ToList();
            return reader.Search(experiments, call.Text("filter"), orders, call.MaxResults(NormalResults, MostResults), call.Text("page_token"));
        });
        group.On("GET", "/logged-models/{model_id}", call => new LoggedModelAnswer(reader.Get(Id(call), call.Flag("allow_deleted") ?? false)));
        group.On("PATCH", "/logged-models/{model_id}", async call =>
        {
            await table.FinishAsync(Id(call), call.NameOrNumber("status") ?? throw MlflowCall.MissingField("status"));
            return new LoggedModelAnswer(reader.Get(Id(call)));
        });
        group.On("DELETE", "/logged-models/{model_id}", call => table.DeleteAsync(Id(call)));
        group.On("PATCH", "/logged-models/{model_id}/tags", call => table.SetTagsAsync(Id(call), LoggedModelTable.Tags(call)));
        group.On("DELETE", "/logged-models/{model_id}/tags/{key}", call => table.DeleteTagAsync(Id(call), (string)call.Context.GetRouteValue("key")!));
        group.On("POST", "/logged-models/{model_id}/params", call => table.AddParamsAsync(Id(call), LoggedModelTable.Params(call)));
        group.On("GET", "/logged-models/{model_id}/artifacts/directories", async call =>
        {
            var uri = reader.Get(Id(call)).Info.ArtifactUri;
            return new ArtifactList(await artifacts.ListUnderAsync(uri, call.Text("artifact_directory_path"), call.Context.RequestAborted), uri);
        });
        group.OnRaw("GET", "/logged-models/{model_id}/artifacts/files", async context =>
        {
            var call = await MlflowCall.ReadAsync(context);
            await artifacts.SendAsync(context, ArtifactStore.PathOf(reader.Get(Id(call)).Info.ArtifactUri, call.Required("artifact_file_path")));
        });
    }

    private static string Id(MlflowCall call) => (string)call.Context.GetRouteValue("model_id")!;
}

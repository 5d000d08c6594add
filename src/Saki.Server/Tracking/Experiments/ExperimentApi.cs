using System.Globalization;
using Microsoft.AspNetCore.Routing;
using Saki.Tracking;

namespace Saki.Server.Tracking.Experiments;

/// <summary><c>experiments/*</c> of MLflow's API.</summary>
internal static class ExperimentApi
{
    private const int MostResults = 50_000, MostDatasetExperiments = 20;

    public static void MapExperiments(this RouteGroupBuilder group, ExperimentStore store)
    {
        group.On("POST", "/experiments/create", async call =>
            new ExperimentCreated((await store.CreateAsync(call.Required("name"), call.Text("artifact_location"), call.Tags())).ToString(CultureInfo.InvariantCulture)));
        group.On("GET", "/experiments/get", call => new ExperimentAnswer(store.Get(call.Required("experiment_id"))));
        group.On("GET", "/experiments/get-by-name", call =>
        {
            var name = call.Required("experiment_name");
            return new ExperimentAnswer(store.GetByName(name) ?? throw MlflowException.Missing($"Could not find experiment with name '{name}'"));
        });
        group.On("GET POST", "/experiments/search", call =>
            store.Search(call.Text("filter"), call.Texts("order_by"), call.View("view_type"), call.MaxResults(0, MostResults), call.Text("page_token")));
        group.On("POST", "/experiments/delete", call => store.DeleteAsync(call.Required("experiment_id")));
        group.On("POST", "/experiments/restore", call => store.RestoreAsync(call.Required("experiment_id")));
        group.On("POST", "/experiments/update", call => store.RenameAsync(call.Required("experiment_id"), call.Required("new_name")));
        group.On("POST", "/experiments/set-experiment-tag", call => store.SetTagAsync(call.Required("experiment_id"), new Tag(call.Required("key"), call.TextOrEmpty("value") ?? "")));
        group.On("POST", "/experiments/delete-experiment-tag", call => store.DeleteTagAsync(call.Required("experiment_id"), call.Required("key")));
        group.On("POST", "/experiments/search-datasets", call =>
        {
            var ids = call.Texts("experiment_ids");
            if (ids.Count is 0 or > MostDatasetExperiments) throw MlflowException.BadValue($"SearchDatasets request must specify 1 to {MostDatasetExperiments} experiment_ids. Received {ids.Count}.");
            return new DatasetSummaryList(store.Datasets(ids));
        });
    }
}

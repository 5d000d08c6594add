using Microsoft.AspNetCore.Routing;
using Saki.Server.Tracking;
using Saki.Server.Tracking.Artifacts;
using Saki.Tracking;

namespace Saki.Server.Registry;

/// <summary><c>registered-models/*</c> and <c>model-versions/*</c> of MLflow's API.</summary>
internal static class RegistryApi
{
    private const int NormalModels = 100, MostModels = 1000, NormalVersions = 10_000, MostVersions = 200_000;

    public static void MapModels(this RouteGroupBuilder group, RegistryStore store, RegistryReader reader)
    {
        group.On("POST", "/registered-models/create", async call =>
        {
            var name = call.Required("name");
            await store.CreateAsync(name, call.Text("description"), call.Tags());
            return new RegisteredModelAnswer(reader.Get(name));
        });
        group.On("GET", "/registered-models/get", call => new RegisteredModelAnswer(reader.Get(call.Required("name"))));
        group.On("PATCH", "/registered-models/update", async call =>
        {
            await store.DescribeAsync(call.Required("name"), call.TextOrEmpty("description"));
            return new RegisteredModelAnswer(reader.Get(call.Required("name")));
        });
        group.On("POST", "/registered-models/rename", async call =>
        {
            await store.RenameAsync(call.Required("name"), call.Required("new_name"), call.Who);
            return new RegisteredModelAnswer(reader.Get(call.Required("new_name")));
        });
        group.On("DELETE", "/registered-models/delete", call => store.DeleteAsync(call.Required("name"), call.Who));
        group.On("GET POST", "/registered-models/search", call => reader.SearchModels(call.Text("filter"), call.Texts("order_by"), call.MaxResults(NormalModels, MostModels), call.Text("page_token")));
        group.On("GET POST", "/registered-models/get-latest-versions", call => new ModelVersionPage(reader.Latest(call.Required("name"), call.Texts("stages"))));
        group.On("POST", "/registered-models/set-tag", call => store.SetTagAsync(call.Required("name"), TagOf(call)));
        group.On("DELETE", "/registered-models/delete-tag", call => store.DeleteTagAsync(call.Required("name"), call.Required("key")));
        group.MapAliases(store, reader);
    }

    public static void MapVersions(this RouteGroupBuilder group, RegistryStore store, RegistryReader reader)
    {
        group.On("POST", "/model-versions/create", async call =>
        {
            var asked = Creation(call);
            return new ModelVersionAnswer(reader.Get(asked.Name, await store.AddVersionAsync(asked, call.Who)));
        });
        group.On("GET", "/model-versions/get", call => new ModelVersionAnswer(reader.Get(call.Required("name"), VersionOf(call))));
        group.On("PATCH", "/model-versions/update", async call =>
        {
            var (name, version) = (call.Required("name"), VersionOf(call));
            await store.DescribeVersionAsync(name, version, call.TextOrEmpty("description") ?? "");
            return new ModelVersionAnswer(reader.Get(name, version));
        });
        group.On("DELETE", "/model-versions/delete", call => store.MoveAsync(new RegistryMove(call.Required("name"), VersionOf(call), MoveKind.Delete) { Who = call.Who }, call.Context.RequestAborted));
        group.On("GET POST", "/model-versions/search", call => reader.SearchVersions(call.Text("filter"), call.Texts("order_by"), call.MaxResults(NormalVersions, MostVersions), call.Text("page_token")));
        group.On("GET", "/model-versions/get-download-uri", call => new DownloadUri(reader.Storage(call.Required("name"), VersionOf(call))));
        group.On("POST", "/model-versions/transition-stage", async call =>
        {
            var (name, version) = (call.Required("name"), VersionOf(call));
            await store.MoveAsync(new RegistryMove(name, version, MoveKind.Stage, RegistryMoves.Stage(call.Required("stage")), call.Flag("archive_existing_versions") ?? false) { Who = call.Who }, call.Context.RequestAborted);
            return new ModelVersionAnswer(reader.Get(name, version));
        });
        group.On("POST", "/model-versions/set-tag", call =>
        {
            var tag = RegistryNames.CheckTag(TagOf(call));
            return store.MoveAsync(new RegistryMove(call.Required("name"), VersionOf(call), MoveKind.SetTag, tag.Key) { Who = call.Who, Value = tag.Value }, call.Context.RequestAborted);
        });
        group.On("DELETE", "/model-versions/delete-tag", call => store.MoveAsync(new RegistryMove(call.Required("name"), VersionOf(call), MoveKind.DropTag, call.Required("key")) { Who = call.Who }, call.Context.RequestAborted));
    }

    /// <summary><c>/model-versions/get-artifact</c>, where pages download from.</summary>
    public static void MapVersionDownload(this RouteGroupBuilder group, RegistryReader reader, ArtifactStore artifacts) => group.OnRaw("GET", "/model-versions/get-artifact", async context =>
    {
        var call = await MlflowCall.ReadAsync(context);
        await artifacts.SendAsync(context, ArtifactStore.PathOf(reader.Storage(call.Required("name"), VersionOf(call)), call.Required("path")));
    });

    private static void MapAliases(this RouteGroupBuilder group, RegistryStore store, RegistryReader reader)
    {
        group.On("POST", "/registered-models/alias", call =>
        {
            var alias = call.Required("alias");
            RegistryNames.CheckAlias(alias);
            return store.MoveAsync(new RegistryMove(call.Required("name"), VersionOf(call), MoveKind.SetAlias, alias) { Who = call.Who }, call.Context.RequestAborted);
        });
        group.On("DELETE", "/registered-models/alias", call => store.MoveAsync(new RegistryMove(call.Required("name"), 0, MoveKind.DropAlias, call.Required("alias")) { Who = call.Who }, call.Context.RequestAborted));
        group.On("GET", "/registered-models/alias", call => new ModelVersionAnswer(reader.GetByAlias(call.Required("name"), call.Required("alias"))));
    }

    private static ModelVersion Creation(MlflowCall call) => new()
    {
        Name = call.Required("name"),
        Version = "",
        Source = call.Required("source"),
        RunId = call.Text("run_id") ?? "",
        RunLink = call.Text("run_link") ?? "",
        Description = call.Text("description") ?? "",
        ModelId = call.Text("model_id"),
        Tags = call.Tags(),
    };

    private static Tag TagOf(MlflowCall call) => new(call.Required("key"), call.TextOrEmpty("value") ?? "");

    // A version is a text in MLflow's messages; some clients send a number.
    private static long VersionOf(MlflowCall call) => RegistryNames.Version(call.NameOrNumber("version") is { Length: > 0 } version ? version : throw MlflowCall.MissingField("version"));
}

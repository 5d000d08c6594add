using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Registry;
using Saki.Server.Tracking.Runs;
using Saki.Tracking;

namespace Saki.Server.Tracking.Artifacts;

/// <summary>Artifacts: the proxy that clients upload to and download from, and the lists and downloads by run.</summary>
internal static class ArtifactApi
{
    private const long LargestPageUpload = 10_485_760;

    /// <summary>The proxy: <c>mlflow-artifacts/*</c>. Sizes are not bounded by the server's normal limit of a request.</summary>
    public static void MapArtifactProxy(this RouteGroupBuilder group, ArtifactStore artifacts, RegistryReader registry, long largest)
    {
        group.On("GET", "/artifacts", async call => new ArtifactList(await artifacts.ListAsync(call.Text("path"), call.Context.RequestAborted)));
        group.OnRaw("GET HEAD", "/artifacts/{**path}", context => artifacts.SendAsync(context, PathOf(context) ?? ""));
        group.OnRaw("PUT", "/artifacts/{**path}", async context =>
        {
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = largest;
            registry.CheckMayChange(Needed(context));
            await artifacts.SaveAsync(Needed(context), context.Request.Body, context.RequestAborted);
            await MlflowRoutes.WriteEmptyAsync(context);
        });
        group.OnRaw("DELETE", "/artifacts/{**path}", async context =>
        {
            registry.CheckMayChange(Needed(context));
            await artifacts.DeleteAsync(Needed(context), context.RequestAborted);
            await MlflowRoutes.WriteEmptyAsync(context);
        });
        group.MapMultipart(artifacts, registry);
        group.On("GET", "/presigned/{**path}", call => artifacts.PresignAsync(Needed(call.Context), call.Context.RequestAborted));
    }

    private static void MapMultipart(this RouteGroupBuilder group, ArtifactStore artifacts, RegistryReader registry)
    {
        group.On("POST", "/mpu/create/{**path}", call => artifacts.BeginAsync(PartOf(call, registry), (int)Math.Clamp(call.Integer("num_parts") ?? 1, 0, int.MaxValue), call.Context.RequestAborted));
        group.On("POST", "/mpu/complete/{**path}", call => artifacts.CompleteAsync(PartOf(call, registry), call.Required("upload_id"),
            [.. call.Messages("parts").Select(part => new MultipartPart((int)(part.Integer("part_number") ?? 0), part.Required("etag")))], call.Context.RequestAborted));
        group.On("POST", "/mpu/abort/{**path}", call => artifacts.AbortAsync(PartOf(call, registry), call.Required("upload_id"), call.Context.RequestAborted));
    }

    // The route names the folder, the message a file of the client's own machine, of which the last name counts.
    private static string PartOf(MlflowCall call, RegistryReader registry)
    {
        var path = $"{Needed(call.Context)}/{call.Required("path").Split('/', '\\')[^1]}";
        registry.CheckMayChange(path);
        return path;
    }

    /// <summary>What is asked by run rather than by path.</summary>
    public static void MapRunArtifacts(this RouteGroupBuilder group, ArtifactStore artifacts, RunReader runs, RegistryReader registry)
    {
        group.On("GET", "/artifacts/list", async call =>
        {
            var (_, uri) = runs.Find(RunApi.RunId(call));
            return new ArtifactList(await artifacts.ListUnderAsync(uri, call.Text("path"), call.Context.RequestAborted), uri);
        });
        group.OnRaw("POST", "/upload-artifact", async context =>
        {
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = LargestPageUpload;
            string run = context.Request.Query["run_uuid"].ToString(), path = context.Request.Query["path"].ToString();
            if (run.Length == 0) throw MlflowCall.MissingField("run_uuid");
            if (path.Length == 0) throw MlflowCall.MissingField("path");
            var file = ArtifactStore.PathOf(runs.Find(run).ArtifactUri, path);
            registry.CheckMayChange(file);
            await artifacts.SaveAsync(file, context.Request.Body, context.RequestAborted);
            await MlflowRoutes.WriteEmptyAsync(context);
        });
    }

    /// <summary><c>/get-artifact</c>, where pages download from.</summary>
    public static void MapArtifactDownload(this RouteGroupBuilder group, ArtifactStore artifacts, RunReader runs) => group.OnRaw("GET", "/get-artifact", async context =>
    {
        var call = await MlflowCall.ReadAsync(context);
        await artifacts.SendAsync(context, ArtifactStore.PathOf(runs.Find(RunApi.RunId(call)).ArtifactUri, call.Required("path")));
    });

    private static string? PathOf(HttpContext context) => (string?)context.GetRouteValue("path");

    private static string Needed(HttpContext context) => PathOf(context) is { Length: > 0 } path && ArtifactPath.Parts(path).Count > 0 ? path : throw ArtifactPath.Invalid();
}

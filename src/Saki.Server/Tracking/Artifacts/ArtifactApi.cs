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
    public static void MapArtifactProxy(this RouteGroupBuilder group, ArtifactFolder artifacts, RegistryReader registry, long largest)
    {
        group.On("GET", "/artifacts", call => new ArtifactList(ArtifactFolder.List(artifacts.At(call.Text("path")))));
        group.OnRaw("GET HEAD", "/artifacts/{**path}", context => artifacts.SendAsync(context, artifacts.At(PathOf(context))));
        group.OnRaw("PUT", "/artifacts/{**path}", async context =>
        {
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = largest;
            registry.CheckMayChange(Needed(context));
            await ArtifactFolder.SaveAsync(artifacts.At(Needed(context)), context.Request.Body, context.RequestAborted);
            await MlflowRoutes.WriteEmptyAsync(context);
        });
        group.OnRaw("DELETE", "/artifacts/{**path}", context =>
        {
            registry.CheckMayChange(Needed(context));
            artifacts.Delete(artifacts.At(Needed(context)));
            return MlflowRoutes.WriteEmptyAsync(context);
        });
        group.OnRaw("POST", "/mpu/{step}/{**path}", _ =>
            throw new MlflowException("NOT_IMPLEMENTED", "Multipart upload is not supported for the current artifact repository"));
        group.OnRaw("GET", "/presigned/{**path}", _ => throw new MlflowException("NOT_IMPLEMENTED", "Presigned download is not supported for the current artifact repository"));
    }

    /// <summary>What is asked by run rather than by path.</summary>
    public static void MapRunArtifacts(this RouteGroupBuilder group, ArtifactFolder artifacts, RunReader runs, RegistryReader registry)
    {
        group.On("GET", "/artifacts/list", call =>
        {
            var (_, uri) = runs.Find(RunApi.RunId(call));
            return new ArtifactList(artifacts.ListUnder(uri, call.Text("path")), uri);
        });
        group.OnRaw("POST", "/upload-artifact", async context =>
        {
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = LargestPageUpload;
            string run = context.Request.Query["run_uuid"].ToString(), path = context.Request.Query["path"].ToString();
            if (run.Length == 0) throw MlflowCall.MissingField("run_uuid");
            if (path.Length == 0) throw MlflowCall.MissingField("path");
            var uri = runs.Find(run).ArtifactUri;
            var file = artifacts.Under(uri, path);
            registry.CheckMayChange($"{ArtifactFolder.Relative(uri)}/{path}");
            await ArtifactFolder.SaveAsync(file, context.Request.Body, context.RequestAborted);
            await MlflowRoutes.WriteEmptyAsync(context);
        });
    }

    /// <summary><c>/get-artifact</c>, where pages download from.</summary>
    public static void MapArtifactDownload(this RouteGroupBuilder group, ArtifactFolder artifacts, RunReader runs) => group.OnRaw("GET", "/get-artifact", async context =>
    {
        var call = await MlflowCall.ReadAsync(context);
        await artifacts.SendAsync(context, artifacts.Under(runs.Find(RunApi.RunId(call)).ArtifactUri, call.Required("path")));
    });

    private static string? PathOf(HttpContext context) => (string?)context.GetRouteValue("path");

    private static string Needed(HttpContext context) => PathOf(context) is { Length: > 0 } path && ArtifactPath.Parts(path).Count > 0 ? path : throw ArtifactPath.Invalid();
}

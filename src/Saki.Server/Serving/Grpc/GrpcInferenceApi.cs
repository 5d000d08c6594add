using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Serving;
using Saki.Server.Serving.Grpc.Messages;
using Saki.Server.Serving.OpenInference;

namespace Saki.Server.Serving.Grpc;

/// <summary><c>inference.GRPCInferenceService</c>: the Open Inference Protocol over gRPC, on the port for HTTP/2.</summary>
internal static class GrpcInferenceApi
{
    private const string Service = "/inference.GRPCInferenceService/";

    public static void MapGrpcInference(this IEndpointRouteBuilder inference)
    {
        Unary<ServerLiveRequest, ServerLiveResponse>(inference, "ServerLive", (_, _, _) => Done(new ServerLiveResponse { Live = true }));
        Unary<ServerReadyRequest, ServerReadyResponse>(inference, "ServerReady", (context, _, _) => Done(new ServerReadyResponse { Ready = Readiness.IsReady(context) }));
        Unary<ModelReadyRequest, ModelReadyResponse>(inference, "ModelReady", (context, request, _) => Done(new ModelReadyResponse { Ready = IsLoaded(Models(context), request) }));
        Unary<ServerMetadataRequest, ServerMetadataResponse>(inference, "ServerMetadata", (_, _, _) => Done(new ServerMetadataResponse
        {
            Name = "saki",
            Version = typeof(GrpcInferenceApi).Assembly.GetName().Version!.ToString(3),
            Extensions = { OipApi.Extensions },
        }));
        Unary<ModelMetadataRequest, ModelMetadataResponse>(inference, "ModelMetadata", (context, request, _) => Done(Metadata(Models(context), request)));
        Unary<ModelInferRequest, ModelInferResponse>(inference, "ModelInfer", InferAsync);
        inference.MapPost(Service + "ModelStreamInfer", (RequestDelegate)StreamAsync);
    }

    private static Task StreamAsync(HttpContext context)
    {
        async Task<ModelStreamInferResponse> Answer(ModelInferRequest request, CancellationToken cancellation) => new() { InferResponse = await InferAsync(context, request, cancellation) };
        return GrpcCall.StreamAsync<ModelInferRequest, ModelStreamInferResponse>(context, Answer, error => new ModelStreamInferResponse { ErrorMessage = error });
    }

    public static void MapGrpcRepository(this IEndpointRouteBuilder management)
    {
        Unary<RepositoryIndexRequest, RepositoryIndexResponse>(management, "RepositoryIndex", (context, request, _) => Done(Index(Models(context), request.Ready)));
        Unary<RepositoryModelLoadRequest, RepositoryModelLoadResponse>(management, "RepositoryModelLoad", async (context, request, _) =>
        {
            await RepositoryApi.LoadAsync(Models(context), request.ModelName, RepositoryApi.By(context));
            return new RepositoryModelLoadResponse();
        });
        Unary<RepositoryModelUnloadRequest, RepositoryModelUnloadResponse>(management, "RepositoryModelUnload", async (context, request, cancellation) =>
        {
            await Models(context).Changes.UnloadAsync(request.ModelName, null, RepositoryApi.By(context), cancellation);
            return new RepositoryModelUnloadResponse();
        });
    }

    private static void Unary<TRequest, TResponse>(IEndpointRouteBuilder routes, string method, Func<HttpContext, TRequest, CancellationToken, Task<TResponse>> answer)
        where TRequest : class, Google.Protobuf.IMessage<TRequest>, new() where TResponse : Google.Protobuf.IMessage<TResponse>
    {
        routes.MapPost(Service + method, (RequestDelegate)HandleAsync);

        Task HandleAsync(HttpContext context)
        {
            Task<TResponse> Answer(TRequest request, CancellationToken cancellation) => answer(context, request, cancellation);
            return GrpcCall.UnaryAsync<TRequest, TResponse>(context, Answer);
        }
    }

    private static async Task<ModelInferResponse> InferAsync(HttpContext context, ModelInferRequest request, CancellationToken cancellation)
    {
        var user = request.Parameters.TryGetValue("user", out var key) ? ServedBy.Key(key.StringParam) : null;
        using var lease = Models(context).Lease(request.ModelName.Length == 0 ? null : request.ModelName, request.ModelVersion.Length == 0 ? null : request.ModelVersion, user ?? ServedBy.UserOf(context));
        ServedBy.Tell(context, lease);
        using var ticket = context.RequestServices.GetRequiredService<Admission>().Enter(request.CalculateSize());
        var options = context.RequestServices.GetRequiredService<ServerOptions>();
        var answer = await lease.InferAsync(GrpcTensors.Read(request), new CallOptions(options.Patience, 0, cancellation));
        var response = GrpcTensors.Write(lease.Model.Name, lease.Model.Version, request, answer, lease.Model.Labels);
        if (lease.TellsArm) response.Parameters["arm"] = new InferParameter { StringParam = lease.ArmName };
        return response;
    }

    private static bool IsLoaded(ModelRepository models, ModelReadyRequest request) =>
        models.Find(request.Name) is { IsLoaded: true } entry && (request.Version.Length == 0 || entry.Versions.ContainsKey(request.Version));

    private static ModelMetadataResponse Metadata(ModelRepository models, ModelMetadataRequest request)
    {
        using var lease = models.Lease(request.Name, request.Version.Length == 0 ? null : request.Version);
        var tensors = lease.Model.Tensors;
        return new ModelMetadataResponse
        {
            Name = lease.Model.Name,
            Versions = { models.Find(request.Name)!.Versions.Keys },
            Platform = "onnxruntime_onnx",
            Inputs = { tensors.Inputs.Select(Describe) },
            Outputs = { tensors.Outputs.Select(Describe) },
        };
    }

    private static ModelMetadataResponse.Types.TensorMetadata Describe(OrtValueInfo info) => new()
    {
        Name = info.Name,
        Datatype = OipTypes.Name(info.Kind == OrtValueKind.Sequence ? OrtElementType.Float32 : info.ElementType),
        Shape = { (info.Shape ?? []).Select(axis => axis.Size) },
    };

    private static RepositoryIndexResponse Index(ModelRepository models, bool readyOnly)
    {
        var response = new RepositoryIndexResponse();
        foreach (var entry in models.Models)
            foreach (var version in entry.Sources.Keys.Union(entry.Versions.Keys))
                if (!readyOnly || entry.Versions.ContainsKey(version))
                    response.Models.Add(new RepositoryIndexResponse.Types.ModelIndex { Name = entry.Name, Version = version, State = entry.Versions.ContainsKey(version) ? "READY" : "UNAVAILABLE" });
        return response;
    }

    private static Task<T> Done<T>(T value) => Task.FromResult(value);

    private static ModelRepository Models(HttpContext context) => context.RequestServices.GetRequiredService<ServerOptions>().Models ?? throw PredictApi.NoModel();
}

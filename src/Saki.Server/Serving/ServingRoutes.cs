using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Serving.Control;
using Saki.Server.Serving.Grpc;
using Saki.Server.Serving.Metrics;
using Saki.Server.Serving.OpenInference;
using Saki.Server.Serving.TorchServe;

namespace Saki.Server.Serving;

/// <summary>Every route by which models are asked and looked after, in two groups that may be guarded apart.</summary>
internal static class ServingRoutes
{
    /// <summary>Asking models: any protocol.</summary>
    public static RouteGroupBuilder MapInference(this WebApplication app)
    {
        var inference = app.MapGroup("");
        inference.MapPredict();
        inference.MapOpenInference();
        inference.MapKserveV1();
        inference.MapMlflowScoring();
        inference.MapTorchServe();
        inference.MapGrpcInference();
        inference.DemandUnlessPublic(Scope.Infer);
        return inference;
    }

    /// <summary>Loading, unloading, switching.</summary>
    public static RouteGroupBuilder MapManagement(this WebApplication app)
    {
        var management = app.MapGroup("");
        management.MapRepository();
        management.MapTorchServeManagement();
        management.MapGrpcRepository();
        management.MapServing();
        management.Demand(Scope.Manage);
        return management;
    }

    /// <summary>Numbers.</summary>
    public static RouteGroupBuilder MapProbes(this WebApplication app)
    {
        var probes = app.MapGroup("");
        probes.MapMetrics();
        probes.Demand(Scope.View);
        return probes;
    }
}

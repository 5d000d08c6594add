using Microsoft.AspNetCore.Routing;
using Saki.Tracking;

namespace Saki.Server.Tracking;

/// <summary>
/// What MLflow 3 keeps and this server does not: traces, evaluation data sets, scorers, workspaces, GraphQL. Searches find none of them, which is true; everything else is
/// refused in a sentence, where an unknown path would be answered with 404 and leave a client guessing.
/// </summary>
internal static class AbsentApi
{
    private const string AnyMethod = "GET POST PUT PATCH DELETE";

    /// <summary>Maps them under one prefix of MLflow's, of version 2 or 3.</summary>
    public static void MapAbsent(this RouteGroupBuilder group)
    {
        group.On("GET", "/traces", _ => new Nothing());
        group.On("POST", "/traces/search", _ => new Nothing());
        group.On("GET POST", "/datasets/search", _ => new Nothing());
        group.On("GET", "/scorers/list", _ => new Nothing());
        foreach (var (path, what) in (ReadOnlySpan<(string, string)>)[("traces", "traces"), ("get-online-trace-details", "traces"), ("unified-traces", "traces"), ("datasets", "evaluation data sets"), ("scorers", "scorers"),
            ("workspaces", "workspaces"), ("graphql", "GraphQL")])
        {
            var refusal = $"This server keeps no {what}: it tracks experiments, runs, logged models and registered models. Send {what} to an MLflow server.";
            group.OnRaw(AnyMethod, $"/{path}/{{**rest}}", _ => throw new MlflowException("NOT_IMPLEMENTED", refusal));
        }
    }
}

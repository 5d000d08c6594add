using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Layout;
using Saki.Server.Tracking;
using Saki.Tracking;

namespace Saki.Server.Lineage;

/// <summary><c>/lineage?of=X</c> for people and <c>/api/2.0/saki/lineage?of=X</c> for programs.</summary>
internal static class LineageApi
{
    public const string Prefix = "/api/2.0/saki";

    public static void MapLineage(this IEndpointRouteBuilder app, LineageReader reader)
    {
        app.MapGroup(Prefix).On("GET", "/lineage", call => reader.Of(call.Required("of")));
        app.MapGet("/lineage", (HttpContext context) => Page(reader, context.Request.Query["of"].ToString().Trim())).Demand(Scope.View);
    }

    private static Html<LineagePage> Page(LineageReader reader, string of)
    {
        if (of.Length == 0) return new Html<LineagePage>(new LineageView(of, null, null));
        try
        {
            var graph = reader.Of(of);
            return new Html<LineagePage>(new LineageView(of, graph, LineageDrawing.Of(graph)));
        }
        catch (SakiException refusal)
        {
            var status = (refusal as MlflowException)?.Status ?? StatusCodes.Status400BadRequest;
            return new Html<LineagePage>(new LineageView(of, null, null) { Problem = refusal.Message }, status);
        }
    }
}

/// <summary>What the page of a lineage shows.</summary>
/// <param name="Of">What was asked about; empty when nothing was yet.</param>
/// <param name="Graph">The answer; null for none.</param>
/// <param name="Drawing">The answer as a picture.</param>
public sealed record LineageView(string Of, LineageGraph? Graph, LineageDrawing? Drawing)
{
    /// <summary>Why there is no answer.</summary>
    public string? Problem { get; init; }

    /// <summary>What was asked about.</summary>
    public LineageNode? Subject => Graph?.Nodes.FirstOrDefault(node => node.Id == Graph.Of);
}

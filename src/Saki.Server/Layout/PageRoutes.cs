using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;
using Saki.Server.Http;

namespace Saki.Server.Layout;

/// <summary>
/// Lets a page share its address with a route that programs call: TorchServe's management answers at <c>/models</c>, too. Who asks for HTML, as browsers do, gets the page.
/// </summary>
internal sealed class PageRoutes : MatcherPolicy, IEndpointSelectorPolicy
{
    public override int Order => 1000;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => endpoints.Any(IsPage) && !endpoints.All(IsPage);

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        var asked = httpContext.Request.AsksForPage();
        var both = Valid(candidates, page: true) && Valid(candidates, page: false);
        for (var i = 0; both && i < candidates.Count; i++)
            if (IsPage(candidates[i].Endpoint) != asked) candidates.SetValidity(i, false);
        return Task.CompletedTask;
    }

    private static bool Valid(CandidateSet candidates, bool page)
    {
        for (var i = 0; i < candidates.Count; i++)
            if (candidates.IsValidCandidate(i) && IsPage(candidates[i].Endpoint) == page) return true;
        return false;
    }

    private static bool IsPage(Endpoint endpoint) => endpoint.Metadata.GetMetadata<PageMark>() is not null;
}

/// <summary>On routes that answer with a page.</summary>
internal sealed record PageMark;

using Microsoft.AspNetCore.Http;

namespace Saki.Server.Layout;

/// <summary>Sends a browser on after a form, so that a reload does not send the form again (303).</summary>
/// <param name="target">A path of this server.</param>
internal sealed class SeeOther(string target) : IResult
{
    public Task ExecuteAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = target;
        return Task.CompletedTask;
    }
}

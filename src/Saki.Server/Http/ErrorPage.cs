using Microsoft.AspNetCore.Http;

namespace Saki.Server.Http;

/// <summary>Answers a person's browser with what stopped, where programs get <see cref="ErrorReply"/>.</summary>
/// <param name="context">Nothing of the body is sent yet.</param>
/// <param name="status">400 to 599.</param>
/// <param name="error">What stopped.</param>
internal delegate Task ErrorPage(HttpContext context, int status, ErrorBody error);

/// <summary>Tells browsers that show the reply to a person from programs and from the scripts of our pages, which ask for anything.</summary>
internal static class PageVisit
{
    public static bool AsksForPage(this HttpRequest request) => request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}

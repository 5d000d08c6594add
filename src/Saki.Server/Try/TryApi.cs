using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Saki.Server.Layout;

namespace Saki.Server.Try;

/// <summary><c>/</c>: the page where a person gives a picture and sees the answer. A plain form post answers with the whole page, the script gets the parts that change.</summary>
internal static class TryApi
{
    public static void MapTry(this WebApplication app)
    {
        app.MapGet("/", (HttpContext context, ServerOptions options) => Page(View(context, options)));
    }

    private static Html<TryPage> Page(TryView view, int status = StatusCodes.Status200OK) => new(view, status);

    private static TryView View(HttpContext context, ServerOptions options) => new()
    {
        Route = $"{context.Request.Scheme}://{context.Request.Host}/predict_image",
        MaxImageBytes = options.MaxImageBytes,
    };
}

using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Saki.Server.Layout;

/// <summary>
/// A Razor component as a reply, rendered to its end before the first byte is sent, so that a failure still becomes an error page.
/// Used instead of <c>AddRazorComponents</c>, which brings anti-forgery and with it a key ring that it writes into the user's home at every start.
/// </summary>
/// <typeparam name="TComponent">A whole page or a part of one.</typeparam>
internal sealed class Html<TComponent>(object view, int status = StatusCodes.Status200OK) : IResult where TComponent : IComponent
{
    public async Task ExecuteAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await using var renderer = new HtmlRenderer(context.RequestServices, context.RequestServices.GetRequiredService<ILoggerFactory>());
        await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var root = await renderer.RenderComponentAsync<TComponent>(ParameterView.FromDictionary(new Dictionary<string, object?> { ["View"] = view }));
            using var writer = new StreamWriter(body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
            root.WriteHtmlTo(writer);
        });
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.ContentLength = body.Length;
        body.Position = 0;
        await body.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}

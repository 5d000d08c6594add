using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Saki.Server.Accounts;
using Saki.Server.Http;

namespace Saki.Server.Layout;

/// <summary>What stopped, for a person.</summary>
/// <param name="Title">The kind of it in two or three words.</param>
/// <param name="Message">What was expected and found, and what to do.</param>
/// <param name="Page">The part of the site that was asked.</param>
/// <param name="Stranger">True for somebody who has not signed in where one must.</param>
public sealed record ProblemView(string Title, string Message, RailPage Page, bool Stranger);

/// <summary>The page that every refusal of a page is answered with, instead of the JSON that programs get: routes only throw.</summary>
internal static class Problem
{
    /// <inheritdoc cref="ErrorPage"/>
    public static Task ShowAsync(HttpContext context, int status, ErrorBody error)
    {
        // A route that sends files has set a narrower one.
        context.Response.Headers.ContentSecurityPolicy = SecurityHeaders.Policy;
        var options = context.RequestServices.GetRequiredService<ServerOptions>();
        var message = context.GetEndpoint() is null && status == StatusCodes.Status404NotFound ? $"There is nothing at {context.Request.Path}." : error.Message;
        var view = new ProblemView(Title(status), message, Rail.PageOf(context.Request.Path), Stranger: options is { Tokens: not null, Public: false } && context.Caller() is null);
        return new Html<ProblemPage>(view, status).ExecuteAsync(context);
    }

    private static string Title(int status) => status switch
    {
        StatusCodes.Status404NotFound => "Not here",
        StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden => "Not allowed",
        StatusCodes.Status413PayloadTooLarge => "Too large",
        StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable => "Too busy",
        StatusCodes.Status408RequestTimeout or StatusCodes.Status504GatewayTimeout => "That took too long",
        StatusCodes.Status500InternalServerError => "Something broke",
        _ => "This cannot be done",
    };
}

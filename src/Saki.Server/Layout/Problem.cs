using Microsoft.AspNetCore.Http;
using Saki.Tracking;

namespace Saki.Server.Layout;

/// <summary>Why a page cannot be shown.</summary>
public sealed record ProblemView(string Title, string Message);

/// <summary>Turns what the tracking store refuses into a page that says so, instead of the JSON that programs get.</summary>
internal static class Problem
{
    /// <summary>The page, or the page of its refusal.</summary>
    public static IResult Guard(Func<IResult> page)
    {
        try
        {
            return page();
        }
        catch (MlflowException refusal)
        {
            return Page(refusal);
        }
    }

    /// <inheritdoc cref="Guard"/>
    public static async Task GuardAsync(HttpContext context, Func<Task> reply)
    {
        try
        {
            await reply();
        }
        catch (MlflowException refusal) when (!context.Response.HasStarted)
        {
            await Page(refusal).ExecuteAsync(context);
        }
    }

    private static Html<ProblemPage> Page(MlflowException refusal) =>
        new(new ProblemView(refusal.Status == StatusCodes.Status404NotFound ? "Not here" : "This cannot be shown", refusal.Message), refusal.Status);
}

using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Http;
using Saki.Server.Jobs;
using Saki.Server.Labelling;
using Saki.Server.Layout;
using Saki.Server.Serving;
using Saki.Server.Try;
using Saki.Storage;

namespace Saki.Server.Ask;

/// <summary><c>/ask</c>: a question in words, with or without a picture; the page, the part that the scripts put beside an answer, and <c>POST /api/ask</c> for programs.</summary>
internal sealed class AskApi(AskSite site, PictureQuestion pictures, Admission admission)
{
    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/ask", (HttpContext context) => new Html<AskPage>(View(context))).Demand(Scope.View);
        app.MapPost("/ask", (Func<HttpContext, Task<IResult>>)PostAsync).Demand(Scope.View);
        app.MapPost("/api/ask", (Func<HttpContext, Task<IResult>>)AnswerAsync).Demand(Scope.View);
        app.MapGet("/ask/pictures/{digest}", (Delegate)Picture).Demand(Scope.View);
    }

    private AskView View(HttpContext context) => new()
    {
        By = site.By,
        MaySend = context.Caller()!.May(Scope.Infer) && site.Options.Models is not null,
        MaxImageBytes = site.Options.MaxImageBytes,
        SpentToday = site.Options.Ask is null ? null : site.Usage.Today(AskUsage.Who(context.Caller()!)),
        TokensADay = site.Options.Ask?.TokensADay ?? 0,
    };

    private async Task<IResult> PostAsync(HttpContext context)
    {
        var view = View(context);
        try
        {
            var form = await AccountsApi.FormAsync(context);
            var about = form["about"].ToString() is { Length: > 0 and <= 80 } id ? id : null;
            if (form.Files["picture"] is { Length: > 0 } file) about = await AskAboutAsync(context, file);
            view = view with { Question = form["question"].ToString(), About = about };
            var answer = await site.AnswerAsync(new AskQuestion(context, Checked(view.Question), about), context.RequestAborted);
            return Reply(context, View(context) with { Question = view.Question, About = about, Answer = answer }, StatusCodes.Status200OK);
        }
        catch (Exception failure) when (failure is not OperationCanceledException && ErrorReplies.Explain(failure, site.Options) is { } known)
        {
            ErrorReplies.TellWhen(context, known);
            return Reply(context, view with { Error = ErrorBody.Of(known).Message }, ErrorReplies.StatusOf(known));
        }
    }

    // A picture of the form is asked about as on Try: by whom, with what consent, for how long is one thing.
    private async Task<string> AskAboutAsync(HttpContext context, IFormFile file)
    {
        if (!context.Caller()!.May(Scope.Infer)) throw new RequestException(StatusCodes.Status403Forbidden, "Asking about a picture", "a token with the scope \"infer\"", "one without", "Ask without the picture.");
        if (file.Length > site.Options.MaxImageBytes) throw Upload.TooLarge("picture", site.Options.MaxImageBytes);
        using var ticket = admission.Enter(file.Length);
        var bytes = new byte[file.Length];
        await using (var stream = file.OpenReadStream()) await stream.ReadExactlyAsync(bytes, context.RequestAborted);
        var name = ToolResult.Plain(Path.GetFileName(file.FileName.Replace('\\', '/')), 100);
        var (asked, _) = await pictures.AskAsync(context, new UploadedImage(name.Length > 0 ? name : null, bytes), "upload");
        return asked.Answer.Id;
    }

    private async Task<IResult> AnswerAsync(HttpContext context)
    {
        var asked = await JobBody.ReadAsync(context, AskJson.Default.AskBody);
        var answer = await site.AnswerAsync(new AskQuestion(context, Checked(asked.Question), asked.About), context.RequestAborted);
        return Results.Json(answer, AskJson.Default.AskAnswer);
    }

    private IResult Picture(HttpContext context, string digest)
    {
        if (!Digest.TryParse(digest, out var known) || site.Similar.Read(known) is not { } bytes) return Results.NotFound();
        var (shown, type) = LabelPictures.ForBrowser(bytes);
        context.Response.Headers.CacheControl = "private, max-age=3600";
        return Results.Bytes(shown, type);
    }

    private static string Checked(string question) => question.Trim() is { Length: > 0 and <= AskQuestion.Longest } text ? text
        : throw new RequestException(StatusCodes.Status422UnprocessableEntity, "Answering a question", $"a question of 1 to {AskQuestion.Longest} signs", question.Trim().Length == 0 ? "none" : "a longer one", "Shorten it.");

    private static IResult Reply(HttpContext context, AskView view, int status) => TryApi.IsScripted(context) ? new Html<AskReply>(view, status) : new Html<AskPage>(view, status);
}

/// <summary>A question of a program.</summary>
internal sealed record AskBody
{
    /// <summary>In words.</summary>
    [JsonPropertyName("question")] public string Question { get; init; } = "";

    /// <summary>The id of an answer about a picture of the caller's; null for none.</summary>
    [JsonPropertyName("about")] public string? About { get; init; }
}

/// <summary>What the page shows.</summary>
public sealed record AskView
{
    /// <summary>Who words the answers; null: rules.</summary>
    public string? By { get; init; }

    /// <summary>Whether who looks may ask about a picture.</summary>
    public bool MaySend { get; init; }

    /// <summary>Largest picture in bytes.</summary>
    public int MaxImageBytes { get; init; }

    /// <summary>Tokens that who looks had spent today; null without a language model.</summary>
    public long? SpentToday { get; init; }

    /// <summary>Tokens that they may have spent on a day.</summary>
    public long TokensADay { get; init; }

    /// <summary>What was asked.</summary>
    public string Question { get; init; } = "";

    /// <summary>The picture that it was asked about, so that the next question is about it, too.</summary>
    public string? About { get; init; }

    /// <summary>The answer; null before anything was asked.</summary>
    public AskAnswer? Answer { get; init; }

    /// <summary>Why there is none.</summary>
    public string? Error { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AskBody))]
[JsonSerializable(typeof(AskAnswer))]
internal sealed partial class AskJson : JsonSerializerContext;

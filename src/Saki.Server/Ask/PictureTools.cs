using System.Globalization;
using Saki.Pipelines;
using Saki.Server.Accounts;
using Saki.Server.Feedback;
using Saki.Server.Layout;
using Saki.Server.Try;

namespace Saki.Server.Ask;

/// <summary>Tools about a picture of the person who asks: one that was just given, or one that they agreed to have kept. Nobody else's can be named.</summary>
internal sealed class PictureTools(RecentAnswers recent, FeedbackStore feedback, SimilarPictures similar, ModelTools models)
{
    private const string Argument = "picture";
    private const int UsualNeighbours = 6, MostNeighbours = 10, Shown = 5;

    public AskTool Prediction => new("prediction", "What the model answered for the picture of this question, or for a kept picture of the person: class, probability, the runners-up, model, version.",
        Scope.Infer, [new ToolArgument(Argument, "Id of one of the person's own answers; leave it out for the picture of the question.")], (call, _) => Task.FromResult(Predicted(call)));

    public AskTool Similar => new("similar_pictures", "The labelled training pictures that look most alike to the model, with their labels.",
        Scope.Infer | Scope.View, [new ToolArgument(Argument, "As in prediction."), new ToolArgument("count", "How many.", Most: MostNeighbours)], SimilarAsync);

    private ToolResult Predicted(ToolCall call)
    {
        var id = call.Text(Argument) ?? call.Question.Picture;
        if (id is null) return NoPicture();
        if (recent.TryFind(call.Question.Context, id, out var answer)) return Of(answer.Answer, answer.Arm);
        if (Kept(call, id) is not { } kept) return Unknown();
        return Of(kept);
    }

    private async Task<ToolResult> SimilarAsync(ToolCall call, CancellationToken cancellation)
    {
        var id = call.Text(Argument) ?? call.Question.Picture;
        if (id is null) return NoPicture();
        byte[]? bytes = recent.TryFind(call.Question.Context, id, out var answer) ? answer.Bytes.ToArray() : Kept(call, id) is { } kept ? feedback.ReadPicture(kept.Picture) : null;
        if (bytes is null) return Unknown();
        var search = await similar.FindAsync(bytes, call.Number("count") ?? UsualNeighbours, cancellation);
        const string title = "Similar labelled pictures";
        if (search.Dataset is not { } dataset) return ToolResult.Nothing(title, "No data set of this server belongs to the model, so there is nothing to compare with.");
        if (!search.Ready) return ToolResult.Nothing(title, $"The pictures of {dataset.Name} are being read for the first time: {Words.Count(search.Searched)} of {Words.Count(search.Total)}. Ask again in a moment.");
        var labels = search.Found.CountBy(found => found.Label).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Value} {ToolResult.Plain(pair.Key, 60)}");
        return new ToolResult
        {
            Title = title,
            Sentence = search.Found.Count == 0 ? $"{dataset.Name} has no training pictures." : $"The {search.Found.Count} most similar of {Words.Count(search.Searched)} labelled pictures in {dataset.Name} are labelled: {string.Join(", ", labels)}.",
            Rows = [new("data set", dataset.ToString()), .. search.Found.Select((found, index) => new ToolRow($"{index + 1}. {found.Label}", $"similarity {Cosine(found.Similarity)}"))],
            Pictures = [.. search.Found.Select(found => new ToolPicture($"/ask/pictures/{found.Digest}", $"{found.Label}, {Cosine(found.Similarity)}"))],
        };
    }

    // Only ever the caller's own: another's id finds nothing.
    private StoredPrediction? Kept(ToolCall call, string id) =>
        Person.Of(call.Question.Context) is { } person && feedback.Find(id) is { } kept && kept.Person == person ? kept : null;

    private ToolResult Of(Prediction answer, string arm) => new()
    {
        Title = "Prediction",
        Sentence = $"{answer.Model} {answer.Version} says {ToolResult.Plain(answer.Class, 60)} with {Words.Percent(answer.Probability)}{Runner(answer.Top)}{Faces(answer)}.",
        Rows = [
            new("class", answer.Class), new("probability", Words.Percent(answer.Probability)), new("model", $"{answer.Model} {answer.Version}", models.PageOf(answer.Model)),
            .. arm.Length > 0 ? [new ToolRow("answered as", arm)] : Array.Empty<ToolRow>(),
            .. answer.Top.Take(Shown).Select(top => new ToolRow($"p({top.Class})", Words.Percent(top.Probability))),
            .. answer.Faces is { Count: > 0 } faces ? [new ToolRow("faces", faces.Count.ToString(CultureInfo.InvariantCulture))] : Array.Empty<ToolRow>(),
            .. answer.File is { } file ? [new ToolRow("file name", file)] : Array.Empty<ToolRow>(),
        ],
    };

    private ToolResult Of(StoredPrediction kept) => new()
    {
        Title = "Kept prediction",
        Sentence = $"{kept.Model} {kept.Version} said {ToolResult.Plain(kept.Class, 60)} with {Words.Percent(kept.Probability)}{(kept.Label.Length > 0 ? $"; you said {ToolResult.Plain(kept.Label, 60)}" : "")}.",
        Link = "/me",
        Rows = [
            new("class", kept.Class), new("probability", Words.Percent(kept.Probability)), new("model", $"{kept.Model} {kept.Version}", models.PageOf(kept.Model)),
            .. kept.Top.Take(Shown).Select(top => new ToolRow($"p({top.Class})", Words.Percent(top.Probability))),
            new("you said", kept.Verdict == Verdict.Open ? "nothing yet" : kept.Label.Length > 0 ? kept.Label : "none of the classes"),
        ],
    };

    private static string Runner(IReadOnlyList<ClassProbability> top) => top.Count < 2 ? "" : $", then {ToolResult.Plain(top[1].Class, 60)} with {Words.Percent(top[1].Probability)}";

    private static string Faces(Prediction answer) => answer.Faces switch
    {
        null => "",
        { Count: 0 } => "; it found no face",
        { Count: 1 } => "",
        { Count: var count } => $"; that is the largest of {count} faces",
    };

    private static string Cosine(float value) => value.ToString("0.000", CultureInfo.InvariantCulture).Replace('-', '−');

    private static ToolResult NoPicture() => ToolResult.Nothing("Prediction", "There is no picture with this question. Add one, or ask beside an answer on Try.");

    private static ToolResult Unknown() => ToolResult.Nothing("Prediction", "There is no such picture of yours any more: pictures that nobody agreed to keep are gone after ten minutes.");
}

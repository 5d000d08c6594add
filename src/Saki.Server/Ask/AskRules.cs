using System.Text.Json.Nodes;

namespace Saki.Server.Ask;

/// <summary>
/// Answers without a language model: words of the question tell which tools fit, and their findings, as they are worded there, are the answer. A question of no known kind is not guessed
/// at.
/// </summary>
internal sealed class AskRules(AskToolbox toolbox, ModelTools models, RunTools runs)
{
    private const int ShortestId = 7;

    private static readonly string[]
        Alike = ["similar", "alike", "resemble", "resembles", "nearest", "neighbours", "neighbors", "like"],
        Drifting = ["drift", "drifts", "drifted", "drifting", "shift", "shifted", "distribution", "psi"],
        Looking = ["picture", "image", "photo", "face", "this", "see", "shows", "sure", "certain", "confident", "confidence", "prediction", "predict", "predicted", "class", "why", "what", "who"],
        Running = ["run", "runs", "training", "trainings", "experiment", "experiments", "best", "accuracy", "loss", "f1", "failed", "running", "finished", "newest", "latest", "recall", "precision"],
        Card = ["model", "models", "card", "version", "versions", "production", "staging", "champion", "classes", "labels", "trained", "gate", "stage", "served", "serving", "answers", "dataset", "limits"];

    /// <summary>Questions that it can answer, for the empty page.</summary>
    public static IReadOnlyList<string> Examples { get; } = ["Which model is in Production, and what classes does it know?", "Which run is the best so far?", "Did any training fail lately?", "Has the model drifted?"];

    /// <summary>Answers.</summary>
    public async Task<AskAnswer> AnswerAsync(AskQuestion question, CancellationToken cancellation)
    {
        var words = Words(question.Text);
        var uses = new List<ToolUse>();
        foreach (var (tool, arguments) in Plan(question, words)) uses.Add(await toolbox.UseAsync(question, tool, arguments.ToJsonString(), cancellation));
        if (uses.Count == 0)
        {
            return new AskAnswer
            {
                Question = question.Text,
                Knows = false,
                Text = "I cannot tell what to look up for this. I know about predictions of your pictures, similar labelled pictures, models and their cards, training runs, and drift; ask with one of these words.",
            };
        }
        return new AskAnswer { Question = question.Text, Uses = uses, Knows = uses.Exists(use => !use.Result.Failed), Text = string.Join(" ", uses.Select(use => use.Result.Sentence)) };
    }

    // The first kind that fits: what is named exactly goes before what is only talked about.
    private IEnumerable<(string Tool, JsonObject Arguments)> Plan(AskQuestion question, IReadOnlyList<string> words)
    {
        var model = models.Names().FirstOrDefault(name => question.Text.Contains(name, StringComparison.OrdinalIgnoreCase) && words.Contains(name.ToLowerInvariant()));
        var named = model is null ? new JsonObject() : new JsonObject { ["model"] = model };
        if (words.FirstOrDefault(IsRunId) is { } id) return [("run", new JsonObject { ["run"] = id })];
        if (Any(words, Drifting)) return [("drift", named)];
        if (Any(words, Alike) && (question.Picture is not null || Any(words, ["similar", "alike", "resemble", "resembles"]))) return [("prediction", new JsonObject()), ("similar_pictures", new JsonObject())];
        var (card, run) = (model is not null || Any(words, Card), Any(words, Running));
        if (question.Picture is not null && !card && !run && Any(words, Looking)) return words.Contains("why") ? [("prediction", new JsonObject()), ("similar_pictures", new JsonObject())] : [("prediction", new JsonObject())];
        if (run && (!card || Any(words, ["run", "runs", "training", "trainings", "experiment"]))) return [("find_runs", Runs(words))];
        if (card) return [("model_card", named)];
        if (question.Picture is not null) return [];
        return Any(words, ["picture", "image", "photo", "face", "prediction", "predicted"]) ? [("prediction", new JsonObject())] : [];
    }

    private JsonObject Runs(IReadOnlyList<string> words)
    {
        var asked = new JsonObject();
        if (runs.Metrics().FirstOrDefault(metric => words.Contains(metric.ToLowerInvariant())) is { } metric) asked["metric"] = metric;
        if (Any(words, ["failed", "fail", "fails", "broke"])) asked["status"] = "failed";
        else if (Any(words, ["running", "now"])) asked["status"] = "running";
        if (asked.ContainsKey("status") || Any(words, ["newest", "latest", "last", "recent"])) asked["order"] = "newest";
        return asked;
    }

    private static bool IsRunId(string word) => word.Length is >= ShortestId and <= 32 && word.All(char.IsAsciiHexDigitLower) && word.Any(char.IsAsciiDigit);

    private static bool Any(IReadOnlyList<string> words, string[] kind) => words.Any(kind.Contains);

    // Names hold dots, dashes, underscores and slashes; at the end of a sentence they do not.
    private static List<string> Words(string text) =>
        [.. text.ToLowerInvariant().Split([' ', '\n', '\r', '\t', ',', ';', ':', '?', '!', '(', ')', '"', '\'', '“', '”', '’'], StringSplitOptions.RemoveEmptyEntries).Select(word => word.TrimEnd('.')).Where(word => word.Length > 0).Take(400)];
}

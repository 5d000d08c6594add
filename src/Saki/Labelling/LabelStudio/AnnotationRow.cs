using System.Text.Json;

namespace Saki.Labelling.LabelStudio;

/// <summary>One annotation of a task, as JSON_MIN and CSV have it: a row. Valid as long as the task's document.</summary>
internal readonly record struct AnnotationRow
{
    /// <summary>The task.</summary>
    public required JsonElement Task { get; init; }

    /// <summary>The task's data.</summary>
    public required JsonElement Data { get; init; }

    /// <summary>The annotation; undefined in the only row of a task without any.</summary>
    public JsonElement Annotation { get; init; }

    /// <summary>What was answered for each control that the config knows, in the order of the answers.</summary>
    public required IReadOnlyList<ControlAnswer> Answers { get; init; }

    /// <summary>A field of the annotation; undefined when it has none.</summary>
    public JsonElement Field(string name) => Annotation.ValueKind == JsonValueKind.Object && Annotation.TryGetProperty(name, out var value) ? value : default;

    /// <summary>The annotator: a number or an e-mail address; undefined when nobody is known.</summary>
    public JsonElement Annotator
    {
        get
        {
            var by = Field("completed_by");
            return by.ValueKind != JsonValueKind.Object ? by : by.TryGetProperty("email", out var email) ? email : default;
        }
    }

    /// <summary>
    /// The rows of a task: one for each annotation that was not skipped, the newest first; one without annotation when it has none at all; none when all were skipped.
    /// </summary>
    /// <exception cref="SakiException">The task lacks its data.</exception>
    public static IReadOnlyList<AnnotationRow> Of(JsonElement task, LabelConfig config)
    {
        if (!task.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Object)
            throw new SakiException("Reading a task", "an object under \"data\"", "none", "Export the tasks in Label Studio's format JSON.");
        if (!task.TryGetProperty("annotations", out var annotations) && !task.TryGetProperty("completions", out annotations)) return [];
        if (annotations.ValueKind != JsonValueKind.Array) throw new SakiException("Reading a task", "a list under \"annotations\"", "something else");
        if (annotations.GetArrayLength() == 0) return [new AnnotationRow { Task = task, Data = data, Answers = [] }];
        var kept = annotations.EnumerateArray().Where(annotation => !IsTrue(annotation, "skipped") && !IsTrue(annotation, "was_cancelled"));
        return [.. kept.OrderByDescending(Created, StringComparer.Ordinal).Select(annotation => new AnnotationRow { Task = task, Data = data, Annotation = annotation, Answers = ControlAnswer.Of(annotation, config) })];
    }

    private static bool IsTrue(JsonElement annotation, string name) => annotation.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static string Created(JsonElement annotation) => annotation.TryGetProperty("created_at", out var time) && time.ValueKind == JsonValueKind.String ? time.GetString()! : "";
}

/// <summary>All results of one control in one annotation.</summary>
/// <param name="Control">Whose.</param>
/// <param name="Results">The result objects, at least one.</param>
internal readonly record struct ControlAnswer(LabelControl Control, IReadOnlyList<JsonElement> Results)
{
    /// <summary>The answers of the controls that <paramref name="config"/> has.</summary>
    public static IReadOnlyList<ControlAnswer> Of(JsonElement annotation, LabelConfig config)
    {
        if (!annotation.TryGetProperty("result", out var results) || results.ValueKind != JsonValueKind.Array) return [];
        var answers = new List<ControlAnswer>();
        foreach (var result in results.EnumerateArray())
        {
            if (!result.TryGetProperty("from_name", out var from) || from.ValueKind != JsonValueKind.String || config.Find(from.GetString()!) is not { } control) continue;
            if (!result.TryGetProperty("value", out var value) || value.ValueKind != JsonValueKind.Object) continue;
            var at = answers.FindIndex(answer => answer.Control == control);
            if (at < 0) answers.Add(new ControlAnswer(control, [result]));
            else answers[at] = answers[at] with { Results = [.. answers[at].Results, result] };
        }
        return answers;
    }

    /// <summary>The answer when it is one bare text: a single choice, a text of one line; null otherwise.</summary>
    public string? Text => Results.Count == 1 ? Bare(Results[0]) : null;

    /// <summary>Writes the answer as JSON_MIN has it: bare text where it is one, else the list of results, of which several choices of one result stand alone.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        var alone = Results.Count == 1 && Control.Type is ("Choices" or "TextArea");
        if (!alone) writer.WriteStartArray();
        foreach (var result in Results) Write(writer, result);
        if (!alone) writer.WriteEndArray();
    }

    private void Write(Utf8JsonWriter writer, JsonElement result)
    {
        if (Bare(result) is { } text)
        {
            writer.WriteStringValue(text);
            return;
        }
        writer.WriteStartObject();
        foreach (var property in result.GetProperty("value").EnumerateObject()) property.WriteTo(writer);
        foreach (var size in (string[])["original_width", "original_height"])
        {
            if (!result.TryGetProperty(size, out var value)) continue;
            writer.WritePropertyName(size);
            value.WriteTo(writer);
        }
        writer.WriteEndObject();
    }

    private string? Bare(JsonElement result)
    {
        var key = Control.Type switch { "Choices" => "choices", "TextArea" => "text", _ => null };
        return key is not null && result.GetProperty("value").TryGetProperty(key, out var list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == 1 && list[0].ValueKind == JsonValueKind.String
            ? list[0].GetString()
            : null;
    }
}

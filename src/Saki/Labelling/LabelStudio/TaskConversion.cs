using System.Text.Encodings.Web;
using System.Text.Json;

namespace Saki.Labelling.LabelStudio;

/// <summary>The table formats of Label Studio besides its own JSON.</summary>
public enum TaskFormat
{
    /// <summary>Tasks with all their annotations, an array.</summary>
    Json,

    /// <summary>The same, one task a line.</summary>
    JsonLines,

    /// <summary>One flat object for each annotation.</summary>
    JsonMin,

    /// <summary>JSON_MIN as a table, comma-separated.</summary>
    Csv,

    /// <summary>JSON_MIN as a table, separated by tabs.</summary>
    Tsv,
}

/// <summary>Turns tasks in Label Studio's JSON into its other formats, as its own converter does, in constant memory.</summary>
public static class TaskConversion
{
    internal static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Names of the formats on the command line.</summary>
    public static IReadOnlyList<string> Names { get; } = ["json", "jsonl", "json-min", "csv", "tsv"];

    /// <summary>The format of one of <see cref="Names"/>.</summary>
    /// <exception cref="SakiException">It is none.</exception>
    public static TaskFormat Parse(string name) => Names.ToList().IndexOf(name) is >= 0 and var at
        ? (TaskFormat)at
        : throw new SakiException("Reading the format", string.Join(", ", Names), $"\"{name}\"", DidYouMean.Hint(name, [.. Names]));

    /// <summary>Converts.</summary>
    /// <param name="open">Opens the tasks; called twice for tables, whose columns are those of all rows.</param>
    /// <param name="name">What the tasks are called in messages.</param>
    /// <param name="config">Its controls become columns; results of others are left out. JSON and JSON lines do not look at it.</param>
    /// <param name="format">What is written.</param>
    /// <param name="output">Where to; stays open.</param>
    /// <returns>How many tasks were read.</returns>
    /// <exception cref="SakiException">The tasks are no JSON, or lack what the format needs.</exception>
    public static long Run(Func<Stream> open, string name, LabelConfig config, TaskFormat format, Stream output)
    {
        if (format is TaskFormat.Csv or TaskFormat.Tsv) return new TaskTable(config, format == TaskFormat.Csv ? ',' : '\t').Write(open, name, output);
        using var input = open();
        using var writer = new Utf8JsonWriter(output, Writing);
        var array = format != TaskFormat.JsonLines;
        if (array) writer.WriteStartArray();
        var count = 0L;
        foreach (var task in new JsonItems(input, name).Read())
        {
            count++;
            if (format == TaskFormat.JsonMin)
                foreach (var row in AnnotationRow.Of(task.RootElement, config)) WriteMin(writer, row);
            else task.RootElement.WriteTo(writer);
            if (!array) EndLine(writer, output);
            else if (writer.BytesPending > 1 << 16) writer.Flush();
        }
        if (array) writer.WriteEndArray();
        return count;
    }

    internal static void EndLine(Utf8JsonWriter writer, Stream output)
    {
        writer.Flush();
        output.WriteByte((byte)'\n');
        writer.Reset();
    }

    // The data come first; a control of the same name takes the place of its key.
    private static void WriteMin(Utf8JsonWriter writer, in AnnotationRow row)
    {
        writer.WriteStartObject();
        var hasId = row.Task.TryGetProperty("id", out var id) && id.ValueKind != JsonValueKind.Null;
        foreach (var property in row.Data.EnumerateObject())
        {
            if (Fixed.Contains(property.Name) || (hasId && property.NameEquals("id"))) continue;
            if (!IsAnswered(row, property.Name)) property.WriteTo(writer);
        }
        if (hasId) Write(writer, "id", id);
        foreach (var answer in row.Answers)
        {
            writer.WritePropertyName(answer.Control.Name);
            answer.Write(writer);
        }
        Write(writer, "annotator", row.Annotator);
        Write(writer, "annotation_id", row.Field("id"));
        Write(writer, "created_at", row.Field("created_at"));
        Write(writer, "updated_at", row.Field("updated_at"));
        Write(writer, "lead_time", row.Field("lead_time"));
        if (row.Annotation.ValueKind == JsonValueKind.Object && row.Task.TryGetProperty("agreement", out var agreement)) Write(writer, "agreement", agreement);
        writer.WriteEndObject();
    }

    private static readonly HashSet<string> Fixed = new(["annotator", "annotation_id", "created_at", "updated_at", "lead_time"], StringComparer.Ordinal);

    private static bool IsAnswered(in AnnotationRow row, string name)
    {
        foreach (var answer in row.Answers)
            if (answer.Control.Name == name) return true;
        return false;
    }

    private static void Write(Utf8JsonWriter writer, string name, JsonElement value)
    {
        writer.WritePropertyName(name);
        if (value.ValueKind == JsonValueKind.Undefined) writer.WriteNullValue();
        else value.WriteTo(writer);
    }
}

using System.Text.Json;
using Saki.Storage;

namespace Saki.Labelling.LabelStudio;

/// <summary>A picture that becomes a task of Label Studio.</summary>
/// <param name="Image">What Label Studio shows: an address, or the picture itself as <c>data:</c>.</param>
/// <param name="Dataset">The version that it is of.</param>
/// <param name="Path">The sample's path.</param>
/// <param name="Digest">Of its bytes; by it Saki knows the picture again without fetching it.</param>
/// <param name="Label">Its class, as an annotation; null for none.</param>
/// <param name="Prediction">What a model says; null for none.</param>
public sealed record ExportedTask(string Image, string Dataset, string Path, Digest Digest, string? Label, TaskPrediction? Prediction = null);

/// <summary>A model's answer for a task.</summary>
/// <param name="Model">Its name and version.</param>
/// <param name="Label">The class.</param>
/// <param name="Score">Its probability, 0 to 1.</param>
public sealed record TaskPrediction(string Model, string Label, double Score);

/// <summary>Writes tasks that Label Studio imports.</summary>
public static class TaskFile
{
    /// <summary>Writes them as they come; memory stays that of one task.</summary>
    /// <param name="tasks">In order.</param>
    /// <param name="lines">True for one task a line, false for an array.</param>
    /// <param name="output">Stays open.</param>
    /// <returns>How many.</returns>
    public static long Write(IEnumerable<ExportedTask> tasks, bool lines, Stream output)
    {
        using var writer = new Utf8JsonWriter(output, TaskConversion.Writing);
        if (!lines) writer.WriteStartArray();
        var count = 0L;
        foreach (var task in tasks)
        {
            Write(writer, task, ++count);
            if (lines) TaskConversion.EndLine(writer, output);
            else if (writer.BytesPending > 1 << 16) writer.Flush();
        }
        if (!lines) writer.WriteEndArray();
        return count;
    }

    /// <summary>Writes one result of the control <c>choice</c>.</summary>
    public static void WriteChoice(Utf8JsonWriter writer, string control, string to, string label)
    {
        writer.WriteStartObject();
        writer.WriteString("from_name", control);
        writer.WriteString("to_name", to);
        writer.WriteString("type", "choices");
        writer.WriteStartObject("value");
        writer.WriteStartArray("choices");
        writer.WriteStringValue(label);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ExportedTask task, long id)
    {
        writer.WriteStartObject();
        writer.WriteNumber("id", id);
        writer.WriteStartObject("data");
        writer.WriteString("image", task.Image);
        writer.WriteString("dataset", task.Dataset);
        writer.WriteString("path", task.Path);
        writer.WriteString("digest", task.Digest.ToString());
        writer.WriteEndObject();
        writer.WriteStartArray("annotations");
        if (task.Label is { } label)
        {
            writer.WriteStartObject();
            WriteResult(writer, label);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteStartArray("predictions");
        if (task.Prediction is { } prediction)
        {
            writer.WriteStartObject();
            writer.WriteString("model_version", prediction.Model);
            writer.WriteNumber("score", prediction.Score);
            WriteResult(writer, prediction.Label);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter writer, string label)
    {
        writer.WriteStartArray("result");
        WriteChoice(writer, "choice", "image", label);
        writer.WriteEndArray();
    }
}

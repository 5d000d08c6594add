using System.Buffers;
using System.Text;
using System.Text.Json;
using Saki.Datasets;

namespace Saki.Labelling.LabelStudio;

/// <summary>
/// Annotations as a table (RFC 4180 with CR LF): columns sorted by name, texts quoted, numbers not. The tasks are read twice, first for the columns, which differ from task to task.
/// </summary>
internal sealed class TaskTable(LabelConfig config, char separator)
{
    private const string DataPrefix = "_data_";
    private readonly HashSet<string> _controls = [.. config.Controls.Select(control => control.Name)];
    private readonly ArrayBufferWriter<byte> _json = new();

    public long Write(Func<Stream> open, string name, Stream output)
    {
        var columns = Columns(open, name);
        var places = columns.Select((column, index) => (column, index)).ToDictionary(x => x.column, x => x.index, StringComparer.Ordinal);
        using var writer = new StreamWriter(output, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
        writer.Write(string.Join(separator, columns.Select(Quoted)));
        writer.Write("\r\n");
        var cells = new string[columns.Length];
        var count = 0L;
        using var input = open();
        foreach (var task in new JsonItems(input, name).Read())
        {
            count++;
            foreach (var row in AnnotationRow.Of(task.RootElement, config)) WriteRow(writer, row, places, cells);
        }
        return count;
    }

    private string[] Columns(Func<Stream> open, string name)
    {
        var columns = new HashSet<string>(["annotator", "annotation_id", "created_at", "updated_at", "lead_time"], StringComparer.Ordinal);
        using var input = open();
        foreach (var task in new JsonItems(input, name).Read())
            foreach (var row in AnnotationRow.Of(task.RootElement, config)) AddColumns(columns, row);
        return [.. columns.Order(DatasetDigest.PathOrder)];
    }

    private void AddColumns(HashSet<string> columns, in AnnotationRow row)
    {
        foreach (var property in row.Data.EnumerateObject()) columns.Add(DataColumn(property.Name));
        if (HasId(row, out _)) columns.Add("id");
        foreach (var answer in row.Answers) columns.Add(answer.Control.Name);
        if (HasAgreement(row, out _)) columns.Add("agreement");
    }

    private void WriteRow(StreamWriter writer, in AnnotationRow row, Dictionary<string, int> places, string[] cells)
    {
        Array.Fill(cells, "\"\"");
        if (HasId(row, out var id)) cells[places["id"]] = Cell(id);
        foreach (var property in row.Data.EnumerateObject()) cells[places[DataColumn(property.Name)]] = Cell(property.Value);
        foreach (var answer in row.Answers) cells[places[answer.Control.Name]] = Quoted(answer.Text ?? Json(answer.Write));
        cells[places["annotator"]] = Quoted(Plain(row.Annotator));
        cells[places["annotation_id"]] = Cell(row.Field("id"));
        foreach (var field in (string[])["created_at", "updated_at", "lead_time"]) cells[places[field]] = Cell(row.Field(field));
        if (HasAgreement(row, out var agreement)) cells[places["agreement"]] = Cell(agreement);
        writer.Write(cells[0]);
        for (var i = 1; i < cells.Length; i++)
        {
            writer.Write(separator);
            writer.Write(cells[i]);
        }
        writer.Write("\r\n");
    }

    private string DataColumn(string key) => _controls.Contains(key) ? DataPrefix + key : key;

    private static bool HasId(in AnnotationRow row, out JsonElement id) => row.Task.TryGetProperty("id", out id) && id.ValueKind != JsonValueKind.Null;

    private static bool HasAgreement(in AnnotationRow row, out JsonElement agreement)
    {
        agreement = default;
        return row.Annotation.ValueKind == JsonValueKind.Object && row.Task.TryGetProperty("agreement", out agreement);
    }

    private string Cell(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        JsonValueKind.Object or JsonValueKind.Array => Quoted(Json(value.WriteTo)),
        _ => Quoted(Plain(value)),
    };

    private static string Plain(JsonElement value) => value.ValueKind is JsonValueKind.String ? value.GetString()! : value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? "" : value.GetRawText();

    private static string Quoted(string text) => text.Contains('"', StringComparison.Ordinal) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : $"\"{text}\"";

    private string Json(Action<Utf8JsonWriter> write)
    {
        _json.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(_json, TaskConversion.Writing)) write(writer);
        return Encoding.UTF8.GetString(_json.WrittenSpan);
    }
}

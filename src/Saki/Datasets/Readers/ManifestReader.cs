using System.Text;
using System.Text.Json;

namespace Saki.Datasets;

/// <summary>
/// A table of images, plain or compressed: csv with the columns <c>path,label[,split]</c> in any order, or JSON lines with these keys. Paths are relative to the folder of
/// the table and stay in it. Other columns are allowed; one of them may be the group for a grouped split. The table is read once for the classes and once for the images.
/// </summary>
public sealed class ManifestReader : IDatasetReader
{
    private const int MostClasses = 100_000;

    private readonly string _path;
    private readonly string _name;
    private readonly string _folder;
    private readonly string? _groupColumn;
    private readonly Dictionary<string, int> _labels;

    /// <param name="path">The table; its labels are read at once.</param>
    /// <param name="groupColumn">The column with what must not be torn apart by a split (a person, a film); null when there is none.</param>
    /// <exception cref="SakiException">A row is wrong; a column is missing.</exception>
    public ManifestReader(string path, string? groupColumn = null)
    {
        _path = Path.GetFullPath(path);
        _name = Path.GetFileName(path);
        _folder = Path.GetDirectoryName(_path)!;
        _groupColumn = groupColumn;
        var names = new HashSet<string>(StringComparer.Ordinal);
        var rows = 0L;
        foreach (var row in Rows())
        {
            rows++;
            if (names.Add(row.Label) && names.Count > MostClasses) throw Wrong($"at most {MostClasses} classes", "more", row.Line);
        }
        ExpectedCount = rows;
        Classes = ClassNames.Sorted(_name, names);
        _labels = Classes.Select((name, label) => (name, label)).ToDictionary(x => x.name, x => x.label, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public string Format => "manifest";

    /// <inheritdoc/>
    public string Source => _path;

    /// <summary>The labels of the table in ordinal order.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public long? ExpectedCount { get; }

    /// <summary>True when the first line names the columns path and label, or is a JSON object with these keys.</summary>
    internal static bool Recognises(ReadOnlySpan<byte> head)
    {
        var end = head.IndexOf((byte)'\n');
        var line = Encoding.UTF8.GetString(TableLine.WithoutMark(end < 0 ? head : head[..end]));
        if (line.StartsWith('{')) return line.Contains("\"path\"", StringComparison.Ordinal) && line.Contains("\"label\"", StringComparison.Ordinal);
        var columns = TableLine.Fields(line.TrimEnd('\r')) ?? [];
        return columns.Contains("path") && columns.Contains("label");
    }

    /// <inheritdoc/>
    public IEnumerable<SourceImage> Read()
    {
        var buffer = new byte[1 << 16];
        foreach (var row in Rows())
        {
            var problem = ImageFile.Load(Path.Combine(_folder, row.Path), ref buffer, out var length);
            yield return new SourceImage(row.Path, _labels[row.Label], row.Split, buffer.AsMemory(0, length), problem, row.Group);
        }
    }

    private IEnumerable<Row> Rows()
    {
        using var stream = SourceFile.Open(_path);
        var lines = new LineReader(stream, _name);
        string[]? columns = null;
        while (Next(lines) is { } line)
        {
            if (line.Length == 0) continue;
            if (line[0] == '{') yield return Checked(Json(line, lines.Number), lines.Number);
            else if (columns is null) columns = Header(line);
            else yield return Checked(Csv(line, columns, lines.Number), lines.Number);
        }
    }

    private static string? Next(LineReader lines) => lines.TryRead(out var line) ? Encoding.UTF8.GetString(lines.Number == 1 ? TableLine.WithoutMark(line) : line) : null;

    private string[] Header(string line)
    {
        var columns = TableLine.Fields(line) ?? throw Wrong("a csv header", "an open quote", 1);
        foreach (var needed in _groupColumn is null ? ["path", "label"] : new[] { "path", "label", _groupColumn })
            if (columns.Count(column => column == needed) != 1) throw Wrong($"a column {needed}", string.Join(",", columns.Select(DatasetName.Printable)), 1);
        return columns;
    }

    private Func<string, string?> Csv(string line, string[] columns, long number)
    {
        var fields = TableLine.Fields(line) ?? throw Wrong("closed quotes", "an open one", number);
        if (fields.Length != columns.Length) throw Wrong($"{columns.Length} fields", $"{fields.Length}", number);
        return column => Array.IndexOf(columns, column) is >= 0 and var at ? fields[at] : null;
    }

    private Func<string, string?> Json(string line, long number)
    {
        try
        {
            using var json = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 16 });
            var values = json.RootElement.EnumerateObject().Where(field => field.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                .ToDictionary(field => field.Name, field => field.Value.ToString(), StringComparer.Ordinal);
            return column => values.GetValueOrDefault(column);
        }
        catch (Exception failure) when (failure is JsonException or ArgumentException)
        {
            throw Wrong("a JSON object with each key once", "something else", number);
        }
    }

    private Row Checked(Func<string, string?> field, long line)
    {
        var path = field("path") ?? "";
        var parts = path.Split('/');
        if (path.Length == 0 || Path.IsPathRooted(path) || path.Any(char.IsControl) || parts.Any(part => part is "" or "." or ".."))
            throw Wrong("a path below the table's folder, with /", $"\"{DatasetName.Printable(path)}\"", line);
        if (field("label") is not { Length: > 0 } label) throw Wrong("a label", "none", line);
        var split = field("split") is { Length: > 0 } spelled ? SplitNames.Spelled(spelled) ?? throw Wrong("train, val or test", $"\"{DatasetName.Printable(spelled)}\"", line) : Split.Train;
        return new Row(path, label, split, _groupColumn is null ? null : field(_groupColumn) ?? throw Wrong($"a value for {_groupColumn}", "none", line), line);
    }

    private SakiException Wrong(string expected, string got, long line) => new($"Reading {_name}", expected, $"{got} in line {line}", "Correct the line.");

    private sealed record Row(string Path, string Label, Split Split, string? Group, long Line);
}

/// <summary>One line of a csv (RFC 4180 without line ends inside fields).</summary>
internal static class TableLine
{
    /// <summary>The line without a byte order mark.</summary>
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> line) => line.StartsWith("\uFEFF"u8) ? line[3..] : line;

    /// <summary>The fields without their quotes; null when a quote stays open.</summary>
    public static string[]? Fields(string line)
    {
        if (!line.Contains('"', StringComparison.Ordinal)) return line.Split(',');
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"' && quoted && i + 1 < line.Length && line[i + 1] == '"') field.Append(line[++i]);
            else if (line[i] == '"') quoted = !quoted;
            else if (line[i] != ',' || quoted) field.Append(line[i]);
            else
            {
                fields.Add(field.ToString());
                field.Clear();
            }
        }
        fields.Add(field.ToString());
        return quoted ? null : [.. fields];
    }
}

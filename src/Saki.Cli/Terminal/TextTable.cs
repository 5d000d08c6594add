namespace Saki.Cli.Terminal;

/// <summary>A table in plain text: columns as wide as their content, numbers to the right, no frame, so that it pipes well.</summary>
internal sealed class TextTable(params string[] heads)
{
    private readonly List<string[]> _rows = [];
    private readonly HashSet<int> _right = [];

    /// <summary>Aligns the columns of these names to the right.</summary>
    public TextTable Right(params string[] names)
    {
        foreach (var name in names) _right.Add(Array.IndexOf(heads, name));
        return this;
    }

    /// <summary>Adds a row with one cell per column.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Writes head and rows.</summary>
    public void Write(TextWriter output)
    {
        var widths = heads.Select((head, i) => _rows.Select(r => r[i].Length).Append(head.Length).Max()).ToArray();
        foreach (var row in _rows.Prepend(heads))
        {
            var cells = row.Select((cell, i) => _right.Contains(i) ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
            output.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }
}

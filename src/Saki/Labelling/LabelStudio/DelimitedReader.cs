using System.Globalization;
using System.Text;

namespace Saki.Labelling.LabelStudio;

/// <summary>Rows of a table in RFC 4180, line ends inside quotes included; separated by commas, or by tabs where the first row has any. A row may have 1 MB.</summary>
internal sealed class DelimitedReader(TextReader reader, string name)
{
    private const int LongestRow = 1 << 20;

    private readonly StringBuilder _field = new();
    private readonly List<string> _fields = [];
    private char _separator;
    private int _columns;
    private long _row;

    /// <summary>The next row; false at the end.</summary>
    /// <exception cref="SakiException">A row has another number of fields than the first, an open quote, or is too long.</exception>
    public bool TryRead(out IReadOnlyList<string> row)
    {
        row = [];
        _fields.Clear();
        if (reader.Peek() < 0) return false;
        _row++;
        var length = 0;
        bool quoted = false, done = false;
        while (!done)
        {
            var sign = reader.Read();
            if (++length > LongestRow) throw Wrong($"rows of at most {LongestRow >> 20} MB", "a longer one");
            switch (sign)
            {
                case < 0 when quoted: throw Wrong("closed quotes", "an open one");
                case < 0 or '\n' when !quoted:
                    done = true;
                    break;
                case '"' when quoted && reader.Peek() == '"':
                    _field.Append((char)reader.Read());
                    break;
                case '"':
                    quoted = !quoted;
                    break;
                case ',' or '\t' when !quoted && IsSeparator((char)sign):
                    EndField();
                    break;
                case '\r' when !quoted && reader.Peek() == '\n':
                    break;
                default:
                    _field.Append((char)sign);
                    break;
            }
        }
        EndField();
        if (_columns == 0) _columns = _fields.Count;
        if (_fields.Count != _columns) throw Wrong(string.Create(CultureInfo.InvariantCulture, $"{_columns} fields"), string.Create(CultureInfo.InvariantCulture, $"{_fields.Count}"));
        row = [.. _fields];
        return true;
    }

    private bool IsSeparator(char sign)
    {
        if (_separator == 0) _separator = sign;
        return _separator == sign;
    }

    private void EndField()
    {
        _fields.Add(_field.ToString());
        _field.Clear();
    }

    private SakiException Wrong(string expected, string got) =>
        new($"Reading {name}", $"a table with {expected}", string.Create(CultureInfo.InvariantCulture, $"{got} in row {_row}"), "Correct the row, or export the file again.");
}

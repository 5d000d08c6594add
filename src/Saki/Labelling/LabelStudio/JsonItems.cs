using System.Globalization;
using System.Text.Json;

namespace Saki.Labelling.LabelStudio;

/// <summary>
/// The objects of a JSON array, or of JSON lines, one after the other: memory stays that of one object, whatever the length of the file.
/// An object may have 64 MB and 64 levels.
/// </summary>
internal sealed class JsonItems(Stream stream, string name)
{
    private const int LongestItem = 64 << 20;

    private byte[] _buffer = new byte[1 << 17];
    private int _start, _end;
    private bool _final;
    private long _number;

    /// <summary>Reads to the end; each document must be disposed before the next is asked for.</summary>
    /// <exception cref="SakiException">It is no JSON, something other than objects, or too large.</exception>
    public IEnumerable<JsonDocument> Read()
    {
        var array = Begin();
        while (Next(array))
        {
            _number++;
            using var item = ReadItem();
            yield return item;
        }
    }

    private bool Begin()
    {
        if (Peek() == 0xEF) _start += 3; // byte order mark
        if (Peek() != '[') return false;
        _start++;
        return true;
    }

    private bool Next(bool array)
    {
        var first = Peek();
        if (array && first == ']')
        {
            _start++;
            return Peek() < 0 ? false : throw Wrong("nothing after the end of the array", "something");
        }
        if (first < 0) return array ? throw Wrong("the end of the array", "the end of the file") : false;
        if (array && _number > 0)
        {
            if (first != ',') throw Wrong("a comma", "something else");
            _start++;
            first = Peek();
        }
        return first == '{' ? true : throw Wrong("an object", first < 0 ? "the end of the file" : "something else");
    }

    private JsonDocument ReadItem()
    {
        while (true)
        {
            try
            {
                var reader = new Utf8JsonReader(_buffer.AsSpan(_start, _end - _start), _final, default);
                if (JsonDocument.TryParseValue(ref reader, out var item))
                {
                    _start += (int)reader.BytesConsumed;
                    return item;
                }
            }
            catch (JsonException failure)
            {
                throw new SakiException($"Reading {name}", "JSON", string.Create(CultureInfo.InvariantCulture, $"something else in object {_number}"), "Correct the file, or export it again.", failure);
            }
            if (!Fill()) throw Wrong("the end of the object", "the end of the file");
        }
    }

    // The next sign that is no white space, not taken; -1 at the end.
    private int Peek()
    {
        while (true)
        {
            for (; _start < _end; _start++)
                if (_buffer[_start] is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')) return _buffer[_start];
            if (!Fill()) return -1;
        }
    }

    private bool Fill()
    {
        if (_final) return false;
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
        {
            if (_end >= LongestItem) throw Wrong($"objects of at most {LongestItem >> 20} MB", "a larger one");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _final = read == 0;
        return true;
    }

    private SakiException Wrong(string expected, string got) =>
        new($"Reading {name}", $"a JSON array of objects, or one object a line, with {expected}", string.Create(CultureInfo.InvariantCulture, $"{got} after {_number} objects"), "Correct the file, or export it again.");
}

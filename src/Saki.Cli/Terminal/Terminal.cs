using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Saki.Cli.Terminal;

/// <summary>
/// Where a verb speaks: data to <see cref="Output"/> (stdout), messages and progress to stderr. Honours <c>NO_COLOR</c> and <c>--quiet</c>.
/// </summary>
internal sealed class Terminal(TextWriter output, TextWriter error, bool quiet)
{
    private readonly bool _live = !quiet && error == Console.Error && !Console.IsErrorRedirected;
    private int _shown;

    /// <summary>For data: what a script would read.</summary>
    public TextWriter Output => output;

    /// <summary>True when a person watches stderr, so that one line can be redrawn.</summary>
    public bool Live => _live;

    /// <summary>Columns of the terminal; 100 when there is none.</summary>
    public static int Width
    {
        get
        {
            try { return Console.IsOutputRedirected ? 100 : Math.Max(40, Console.WindowWidth); }
            catch (IOException) { return 100; }
        }
    }

    /// <summary>A line for a person, not for a script.</summary>
    public void Say(string message)
    {
        if (quiet) return;
        EndProgress();
        error.WriteLine(message);
    }

    /// <summary>One JSON document on one line.</summary>
    public void WriteJson<T>(T value, JsonTypeInfo<T> type) => output.WriteLine(JsonSerializer.Serialize(value, type));

    /// <summary>Redraws the progress line, or prints a plain one when nobody watches (the caller then calls it every few seconds only).</summary>
    public void Progress(string line)
    {
        if (quiet) return;
        if (!_live)
        {
            error.WriteLine(line);
            return;
        }
        var cut = line.Length < Width ? line : line[..(Width - 1)];
        error.Write($"\r{cut.PadRight(_shown)}");
        _shown = cut.Length;
    }

    /// <summary>Leaves the progress line standing and goes to the next.</summary>
    public void EndProgress()
    {
        if (_shown == 0) return;
        error.WriteLine();
        _shown = 0;
    }
}

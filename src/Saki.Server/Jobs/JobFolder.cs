using System.Globalization;
using System.Text;
using System.Text.Json;
using Saki.Storage;
using Saki.Tracking;

namespace Saki.Server.Jobs;

/// <summary>
/// A job's files: <c>jobs/ID/</c> holds what was frozen, <c>lock</c> and <c>last</c> (see <c>supervise.sh</c>), and a folder for each attempt with <c>log</c>, <c>exit</c>, and what the
/// program says of itself: <c>progress.json</c>, <c>run</c>, <c>result.json</c>. What a program writes is data of its own: it is read with limits and never trusted.
/// </summary>
internal sealed class JobFolder(string jobs, long id)
{
    /// <summary>Where the program's result is looked for.</summary>
    public const string ResultFile = "result.json";

    private const int LongestNote = 4096, LongestResult = 1_000_000, LongestText = 200;

    /// <summary>The job's own folder.</summary>
    public string Path { get; } = System.IO.Path.Combine(jobs, id.ToString(CultureInfo.InvariantCulture));

    /// <summary>The folder of one attempt, where its program starts.</summary>
    public string Of(long attempt) => System.IO.Path.Combine(Path, attempt.ToString(CultureInfo.InvariantCulture));

    /// <summary>Everything that one attempt's processes wrote to their outputs.</summary>
    public string Log(long attempt) => System.IO.Path.Combine(Of(attempt), "log");

    /// <summary>Lays the frozen files and an empty folder for an attempt.</summary>
    public void Prepare(long attempt, IReadOnlyDictionary<string, string> files)
    {
        Directory.CreateDirectory(Of(attempt));
        foreach (var (name, text) in files)
        {
            var path = System.IO.Path.Combine(Path, name);
            if (File.Exists(path)) continue;
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            DurableFile.Write(path, text);
        }
    }

    /// <summary>What the command of an attempt ended with; null while it has not, or when it vanished.</summary>
    public int? Exit(long attempt) => int.TryParse(Note(attempt, "exit")?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : null;

    /// <summary>The run of the home folder that an attempt works on.</summary>
    public string? Run(long attempt) => Note(attempt, "run")?.Trim() is { Length: 32 } run && run.All(char.IsAsciiHexDigitLower) ? run : null;

    /// <summary>How far an attempt says that it is.</summary>
    public (double? Share, string Text) Progress(long attempt)
    {
        if (Note(attempt, "progress.json") is not { } json) return (null, "");
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return (null, "");
            double? share = root.TryGetProperty("share", out var number) && number.ValueKind == JsonValueKind.Number ? Math.Clamp(number.GetDouble(), 0, 1) : null;
            var text = root.TryGetProperty("text", out var words) && words.ValueKind == JsonValueKind.String ? words.GetString()! : "";
            return (share, PlainText.Of(text, LongestText));
        }
        catch (JsonException)
        {
            return (null, ""); // written by the program, perhaps not in one piece
        }
    }

    /// <summary>What an attempt made; null when it made nothing, or nothing that is JSON.</summary>
    public JsonElement? Result(long attempt)
    {
        if (Note(attempt, ResultFile, LongestResult) is not { } json) return null;
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The run at the tracking server that mirrors <paramref name="run"/>; itself when it is not mirrored.</summary>
    public static string AtServer(SakiHome home, string run) => RunMirror.ServerRun(System.IO.Path.Combine(home.Runs, run)) ?? run;

    // A link is not followed: the program may not show files of others through us.
    private string? Note(long attempt, string name, int longest = LongestNote)
    {
        try
        {
            var file = new FileInfo(System.IO.Path.Combine(Of(attempt), name));
            if (!file.Exists || file.LinkTarget is not null || file.Length > longest) return null;
            return Encoding.UTF8.GetString(File.ReadAllBytes(file.FullName));
        }
        catch (IOException)
        {
            return null; // it is being replaced
        }
    }
}

using System.Diagnostics;
using Saki.Server.Http;

namespace Saki.Server.Jobs;

/// <summary>Runs the check of a kind when a job is asked for: what it refuses is refused in its own words, before anything is queued.</summary>
internal static class JobCheck
{
    private const int MostOutput = 1_000_000, MostWords = 4000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>What it printed.</summary>
    /// <exception cref="RequestException">It said no, or did not answer in time.</exception>
    public static async Task<string> RunAsync(string kind, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment.Clear();
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            var (output, words) = (ReadAsync(process.StandardOutput, MostOutput, limit.Token), ReadAsync(process.StandardError, MostWords, limit.Token));
            await process.WaitForExitAsync(limit.Token);
            if (process.ExitCode == 0) return await output;
            throw new RequestException(422, $"Starting {kind}", "what its check accepts", "what it refuses", Sentence(await words));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new RequestException(504, $"Starting {kind}", $"a check within {Patience.TotalSeconds:0} s", "none");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, int most, CancellationToken cancellation)
    {
        var text = new char[most + 1];
        var length = await reader.ReadBlockAsync(text, cancellation);
        await reader.BaseStream.CopyToAsync(Stream.Null, cancellation); // a full pipe would hold it up
        return new string(text, 0, length);
    }

    // The trainer's own lines, without the name of the command before them.
    private static string Sentence(string words) => string.Join('\n', words.Split('\n').Select(line => line.StartsWith("saki: ", StringComparison.Ordinal) ? line[6..] : line)).Trim();
}

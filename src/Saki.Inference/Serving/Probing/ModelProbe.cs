using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Storage;

namespace Saki.Inference.Serving;

/// <summary>
/// Loads a model that nobody vouches for in a process of its own first, with limits on memory and time: one that crashes the engine, balloons or never ends is refused with a sentence
/// and takes no server with it. What passed once is remembered by its content.
/// </summary>
public sealed record ModelProbe
{
    private const string Operation = "Trying the model in a process of its own";

    // By content: a model that is being tried is not tried twice at a time.
    private static readonly ConcurrentDictionary<string, Lock> Trying = new(StringComparer.Ordinal);

    // What the child may know: where the runtime and the engine are. No token, no other secret.
    private static readonly string[] Environments = ["PATH", "HOME", "TMPDIR", "SystemRoot", "LD_LIBRARY_PATH", "DOTNET_ROOT", "SAKI_ONNXRUNTIME"];

    /// <summary>The <c>saki</c> program, or the runtime that runs it.</summary>
    public required string Program { get; init; }

    /// <summary>What stands before the verb: the program's assembly where <see cref="Program"/> is the runtime.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Bytes that a load and a few runs may take beside four times the file's size. Default 2 GB.</summary>
    public long Memory { get; init; } = 2L << 30;

    /// <summary>How long they may take. Default 60 s.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>True: models of packages are tried too. Default: they are not, a package's digests and golden answer vouch for them.</summary>
    public bool Packages { get; init; }

    /// <summary>Folder that remembers what passed; null: nothing is remembered.</summary>
    public string? Passed { get; init; }

    /// <summary>The probe that this very program can be: null when it is not the <c>saki</c> command.</summary>
    public static ModelProbe? OfThisProgram(string? passed = null)
    {
        const string command = "Saki.Cli"; // or a program of one's own around it
        if (Environment.ProcessPath is not { } program || Assembly.GetEntryAssembly() is not { } entry) return null;
        if (entry.GetName().Name != command && entry.GetReferencedAssemblies().All(other => other.Name != command)) return null;
        var runtime = Path.GetFileNameWithoutExtension(program) == "dotnet";
        return new ModelProbe { Program = program, Arguments = runtime ? [Path.GetFullPath(Environment.GetCommandLineArgs()[0])] : [], Passed = passed };
    }

    /// <summary>Tries a model unless it passed before.</summary>
    /// <param name="modelFile">The ONNX file; data that it keeps elsewhere must lie in its folder.</param>
    /// <param name="maxRows">Most rows of a run, as it would be served.</param>
    /// <param name="cancellation">Ends the child.</param>
    /// <exception cref="SakiException">It does not load or run, crashes, or takes more than it may.</exception>
    public void Check(string modelFile, int maxRows = 32, CancellationToken cancellation = default)
    {
        if (Passed is null)
        {
            Try(modelFile, maxRows, cancellation);
            return;
        }
        var mark = Path.Combine(Passed, KeyOf(modelFile, maxRows));
        lock (Trying.GetOrAdd(mark, static _ => new Lock()))
        {
            if (File.Exists(mark)) return;
            Try(modelFile, maxRows, cancellation);
            Directory.CreateDirectory(Passed);
            DurableFile.Write(mark, []);
        }
    }

    private void Try(string modelFile, int maxRows, CancellationToken cancellation)
    {
        var memory = Memory + (4 * new FileInfo(modelFile).Length);
        using var child = Start(modelFile, maxRows, memory);
        using var kill = cancellation.Register(() => Kill(child));
        child.ErrorDataReceived += static (_, _) => { };
        child.BeginErrorReadLine();
        var said = child.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var got = Wait(child, memory);
        cancellation.ThrowIfCancellationRequested();
        if (got is null && child.ExitCode == 0) return;
        if (got is null && Refusal(said.Result) is { } refusal) throw refusal;
        throw new SakiException(Operation, $"one that loads and runs within {memory >> 20} MB and {Time.TotalSeconds:0} s", got ?? $"one that ended the process (exit code {child.ExitCode})",
            "It is damaged, made to harm, or larger than it looks: take another one, or raise the limits.");
    }

    private Process Start(string modelFile, int maxRows, long memory)
    {
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (var argument in Arguments) start.ArgumentList.Add(argument);
        foreach (var argument in new[] { "probe-model", Path.GetFullPath(modelFile), "--rows", Number(maxRows), "--memory", Number(memory) }) start.ArgumentList.Add(argument);
        var known = Environments.Select(name => (name, Environment.GetEnvironmentVariable(name))).ToList();
        start.Environment.Clear();
        foreach (var (name, value) in known)
            if (value is not null) start.Environment[name] = value;
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw new SakiException(Operation, "the program saki", "one that cannot be started", "Check that it may be run, or load the model with --probe none.", failure);
        }
    }

    // Linux holds the child to its memory by itself; looking at it too holds it everywhere.
    private string? Wait(Process child, long memory)
    {
        var started = Stopwatch.GetTimestamp();
        while (!child.WaitForExit(10))
        {
            var why = Stopwatch.GetElapsedTime(started) > Time ? "one that takes longer" : Resident(child) > memory + (256 << 20) ? "one that takes more memory" : null;
            if (why is null) continue;
            Kill(child);
            return why;
        }
        child.WaitForExit(); // the rest of what it said
        return null;
    }

    private static long Resident(Process child)
    {
        try
        {
            child.Refresh();
            return child.HasExited ? 0 : child.WorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0; // it ended between the two lines
        }
    }

    private static void Kill(Process child)
    {
        try
        {
            child.Kill(entireProcessTree: true);
            child.WaitForExit();
        }
        catch (InvalidOperationException)
        {
            // it has ended already
        }
    }

    private static SakiException? Refusal(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, ProbeJson.Default.ProbeRefusal) is { Operation: { } operation, Expected: { } expected, Got: { } got } said ? new SakiException(operation, expected, got, said.Next) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string KeyOf(string modelFile, int maxRows)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(modelFile))!;
        var text = new StringBuilder(Number(maxRows));
        foreach (var file in ExternalData.Locations(modelFile).Select(location => Path.Combine(folder, location)).Prepend(modelFile).Where(File.Exists))
        {
            using var content = File.OpenRead(file);
            text.Append(' ').Append(Digest.Of(content));
        }
        return Digest.Of(Encoding.UTF8.GetBytes(text.ToString())).ToString();
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What the child says of a model that the engine refuses.</summary>
internal sealed record ProbeRefusal(string? Operation, string? Expected, string? Got, string? Next);

[JsonSerializable(typeof(ProbeRefusal))]
internal sealed partial class ProbeJson : JsonSerializerContext;

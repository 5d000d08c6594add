// One test at a time: two trainings in one process would share the engine's random numbers and threads.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Saki.Cli.Tests;

/// <summary>Runs the command as a user would, in process, with a home folder of its own.</summary>
internal sealed class Cli : IDisposable
{
    public Cli() => Directory.CreateDirectory(Folder);

    /// <summary>A temporary folder for the test's files; removed at the end.</summary>
    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"saki-cli-{Guid.NewGuid():N}");

    /// <summary>The home folder that every run uses.</summary>
    public string Home => Path.Combine(Folder, "home");

    /// <summary>A path in <see cref="Folder"/>.</summary>
    public string At(params string[] parts) => Path.Combine([Folder, .. parts]);

    /// <summary>Writes a file in <see cref="Folder"/> and returns its path.</summary>
    public string Write(string name, byte[] content)
    {
        var path = At(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Writes a text file in <see cref="Folder"/> and returns its path.</summary>
    public string Write(string name, string content) => Write(name, System.Text.Encoding.UTF8.GetBytes(content));

    public async Task<CliResult> Run(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await SakiCommand.Run([.. args, "--home", Home], output, error);
        return new CliResult(code, output.ToString(), error.ToString());
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

internal sealed record CliResult(int ExitCode, string Output, string Error)
{
    /// <summary>Asserts that the run was refused with one clear line and no stack trace.</summary>
    public void AssertRefused(params string[] parts)
    {
        Assert.Equal(2, ExitCode);
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        var lines = Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l.StartsWith("saki: ", StringComparison.Ordinal)).ToList();
        Assert.Single(lines);
        foreach (var part in parts) Assert.Contains(part, lines[0], StringComparison.Ordinal);
    }
}

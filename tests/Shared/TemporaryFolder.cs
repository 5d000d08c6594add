namespace Saki.Testing;

/// <summary>A folder of its own for one test, removed at its end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Root = Directory.CreateTempSubdirectory("saki-test-").FullName;

    public string Root { get; }

    public string At(string relative) => Path.Combine(Root, relative);

    /// <summary>Writes a file with its folders and gives its path.</summary>
    public string Write(string relative, ReadOnlySpan<byte> content)
    {
        var path = At(relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string Write(string relative, string text) => Write(relative, System.Text.Encoding.UTF8.GetBytes(text));

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

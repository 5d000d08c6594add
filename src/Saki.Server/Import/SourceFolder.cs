using Saki.Server.Tracking;

namespace Saki.Server.Import;

/// <summary>
/// Finds artifacts that an MLflow on this machine keeps in folders. The file to be imported may come from anybody, and what is brought in is shown to others: so only
/// folders beside that file, and those that the user named, are read, and no link is followed.
/// </summary>
internal sealed class SourceFolder
{
    private const string Proxy = "mlflow-artifacts:";
    private readonly string _home;
    private readonly IReadOnlyList<string> _allowed;

    /// <param name="file">The database.</param>
    /// <param name="folders">What the user named; the first that holds it is taken for the root of the artifact proxy.</param>
    public SourceFolder(string file, IReadOnlyList<string> folders)
    {
        _home = Path.GetDirectoryName(Path.GetFullPath(file))!;
        _allowed = [.. folders.Select(Path.GetFullPath), _home];
    }

    /// <summary>Whether a URI names a folder of this machine, and not a store of its own such as <c>s3://</c>.</summary>
    public static bool Names(string uri) => uri.StartsWith(Proxy, StringComparison.Ordinal) || uri.StartsWith("file:", StringComparison.Ordinal) || !uri.Contains(':', StringComparison.Ordinal);

    /// <summary>The files below a URI.</summary>
    /// <exception cref="SakiException">They lie outside of what may be read.</exception>
    public IEnumerable<SourceFile> Files(string uri)
    {
        if (Find(uri) is not { } folder) yield break;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }))
        {
            yield return new SourceFile(Path.GetRelativePath(folder, file.FullName).Replace(Path.DirectorySeparatorChar, '/'), file.Length,
                _ => Task.FromResult<Stream>(new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0)));
        }
    }

    // Null when nothing is there.
    private string? Find(string uri)
    {
        if (uri.StartsWith(Proxy, StringComparison.Ordinal))
        {
            var below = ArtifactLocation.Decode(uri[Proxy.Length..]);
            if (below.StartsWith("//", StringComparison.Ordinal)) below = below.IndexOf('/', 2) is > 0 and var end ? below[end..] : "";
            // Where `mlflow server` puts them when nothing else was said.
            foreach (var root in (IEnumerable<string>)[.. _allowed, Path.Combine(_home, "mlartifacts")])
            {
                if (Allowed(Path.Combine(root, below.Trim('/'))) is { } found) return found;
            }
            return null;
        }
        var plain = ArtifactLocation.Decode(uri.StartsWith("file:", StringComparison.Ordinal) ? uri["file:".Length..] : uri);
        if (plain.StartsWith("//", StringComparison.Ordinal)) plain = $"/{plain.TrimStart('/')}";
        return Allowed(Path.Combine(_home, plain));
    }

    private string? Allowed(string path)
    {
        if (!Directory.Exists(path)) return null;
        var real = Real(Path.GetFullPath(path));
        return _allowed.Any(root => Real(root) is var allowed && (real == allowed || real.StartsWith($"{allowed}/", StringComparison.Ordinal))) ? real
            : throw new SakiException("Reading artifacts", $"a folder below {_home}, or one that was allowed", path, $"If you trust the file, allow it: --artifact-root {path}");
    }

    private static string Real(string path)
    {
        var real = Path.GetPathRoot(path)!;
        foreach (var part in path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(real, part);
            real = new DirectoryInfo(next).LinkTarget is null ? next : Directory.ResolveLinkTarget(next, returnFinalTarget: true)?.FullName ?? next;
        }
        return real;
    }
}

using Saki.Storage;

namespace Saki.Server.Feedback;

/// <summary>
/// Pictures by their digest, one file each (<c>ab/abcd….bin</c>), so that erasing one is one removal and nothing has to be written anew: packs, which data sets use, are made to grow.
/// A file appears whole or not at all.
/// </summary>
internal sealed class PictureFolder(string folder)
{
    /// <summary>Stores the bytes unless they are there. Returns their digest.</summary>
    /// <exception cref="SakiException">The disk is full or cannot be written.</exception>
    public Digest Write(ReadOnlySpan<byte> bytes)
    {
        var digest = Digest.Of(bytes);
        var path = PathOf(digest);
        if (!File.Exists(path)) DurableFile.Write(path, bytes);
        return digest;
    }

    /// <summary>The bytes; null when they are not there (any more).</summary>
    public byte[]? Read(Digest digest)
    {
        try
        {
            return File.ReadAllBytes(PathOf(digest));
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Removes the picture; nothing happens when it is gone already.</summary>
    public void Delete(Digest digest)
    {
        var path = PathOf(digest);
        try
        {
            File.Delete(path);
            DurableFile.SyncFolder(Path.GetDirectoryName(path)!);
        }
        catch (DirectoryNotFoundException)
        {
            // it was never here
        }
    }

    /// <summary>The digests of all pictures; files that a crash left half-written are removed on the way.</summary>
    public IEnumerable<Digest> All()
    {
        if (!Directory.Exists(folder)) yield break;
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToArray())
        {
            if (file.EndsWith(".tmp", StringComparison.Ordinal)) DurableFile.TryDelete(file);
            else if (Digest.TryParse(Path.GetFileNameWithoutExtension(file), out var digest)) yield return digest;
        }
    }

    private string PathOf(Digest digest)
    {
        var name = digest.ToString();
        return Path.Combine(folder, name[..2], $"{name}.bin");
    }
}

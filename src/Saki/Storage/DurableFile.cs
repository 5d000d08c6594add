using System.Runtime.InteropServices;

namespace Saki.Storage;

/// <summary>
/// Writes files so that a reader, also after a crash or a full disk, sees the old content or the new, never half:
/// temporary file beside the target, fsync, rename over it, fsync of the folder.
/// </summary>
public static class DurableFile
{
    /// <summary>Replaces <paramref name="path"/> by what <paramref name="write"/> puts into the stream. On any failure the old file stays and the temporary one is removed.</summary>
    /// <exception cref="SakiException">The folder cannot be written or the disk is full.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.tmp");
        try
        {
            Directory.CreateDirectory(folder);
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
            SyncFolder(folder);
        }
        catch (Exception failure)
        {
            TryDelete(temporary);
            if (failure is UnauthorizedAccessException or IOException) throw Explain(path, failure);
            throw;
        }
    }

    /// <summary>Replaces <paramref name="path"/> by <paramref name="content"/>.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var bytes = content.ToArray();
        Write(path, stream => stream.Write(bytes));
    }

    /// <summary>Replaces <paramref name="path"/> by <paramref name="text"/> in UTF-8 without a byte order mark.</summary>
    public static void Write(string path, string text) => Write(path, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>
    /// Makes a folder appear whole: <paramref name="fill"/> writes into a temporary sibling, which is then renamed to <paramref name="path"/>.
    /// An existing folder of that name is moved aside first and removed last.
    /// </summary>
    public static void WriteFolder(string path, Action<string> fill)
    {
        var target = Path.GetFullPath(path);
        var temporary = $"{target}.{Environment.ProcessId}.tmp";
        var old = $"{target}.{Environment.ProcessId}.old";
        try
        {
            Directory.CreateDirectory(temporary);
            fill(temporary);
            foreach (var file in Directory.EnumerateFiles(temporary, "*", SearchOption.AllDirectories)) SyncFile(file);
            if (Directory.Exists(target)) Directory.Move(target, old);
            Directory.Move(temporary, target);
            SyncFolder(Path.GetDirectoryName(target)!);
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
        }
        catch (Exception failure)
        {
            if (!Directory.Exists(target) && Directory.Exists(old)) Directory.Move(old, target);
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            if (failure is UnauthorizedAccessException or IOException) throw Explain(path, failure);
            throw;
        }
    }

    private static void SyncFile(string file)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Makes the renames and removals in a folder durable, which they are only when the folder itself is on disk.</summary>
    /// <remarks>Windows cannot open folders this way and does not need it.</remarks>
    public static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(folder, 0);
        if (descriptor < 0) return; // a folder that may be written but not listed: the rename itself still holds
        _ = Sync(descriptor);
        _ = Close(descriptor);
    }

    // .NET opens no folders as files, so fsync on one needs libc.
    [DllImport("libc", EntryPoint = "open", CharSet = CharSet.Ansi), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sync(int descriptor);

    [DllImport("libc", EntryPoint = "close"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);

    /// <summary>The failure to tell a person when writing <paramref name="path"/> did not work.</summary>
    internal static SakiException Explain(string path, Exception failure)
    {
        var full = failure is IOException && unchecked((ushort)failure.HResult) == 28; // ENOSPC
        return full
            ? new SakiException($"Writing {path}", "free space on the disk", "a full disk", "The old content is intact. Free some space and try again.", failure)
            : new SakiException($"Writing {path}", "a folder that can be written", failure.Message.TrimEnd('.'), "Choose another folder or change its permissions.", failure);
    }

    /// <summary>Removes a file that may be in use or gone already.</summary>
    public static void TryDelete(string file)
    {
        try { File.Delete(file); }
        catch (IOException) { } // a leftover .tmp is harmless and is overwritten by the next write
        catch (UnauthorizedAccessException) { }
    }
}

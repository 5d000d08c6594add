using System.Runtime.InteropServices;

namespace Saki.Storage;

/// <summary>
/// Writes files so that a reader, also after a crash or a full disk, sees the old content or the new, never half:
/// temporary file beside the target, fsync, rename over it, fsync of the folder.
/// </summary>
public static class DurableFile
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);

    /// <summary>Replaces <paramref name="path"/> by what <paramref name="write"/> puts into the stream. On any failure the old file stays and the temporary one is removed.</summary>
    /// <exception cref="SakiException">The folder cannot be written or the disk is full.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, write, mode: null);

    /// <summary>As <see cref="Write(string, string)"/>, readable by this user alone (mode 0600) from the first byte on.</summary>
    public static void WriteSecret(string path, string text) =>
        Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)), UnixFileMode.UserRead | UnixFileMode.UserWrite);

    private static void Write(string path, Action<Stream> write, UnixFileMode? mode)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.tmp");
        try
        {
            Directory.CreateDirectory(folder);
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 1 << 16 };
            if (mode is { } bits && !OperatingSystem.IsWindows()) options.UnixCreateMode = bits;
            using (var stream = new FileStream(temporary, options))
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

    /// <summary>
    /// Keeps other processes from changing <paramref name="path"/> until the result is disposed; they wait for up to 10 seconds.
    /// The lock is a file beside it that the system releases when the process ends, however it ends.
    /// </summary>
    /// <exception cref="SakiException">Another process kept it for too long.</exception>
    public static IDisposable Lock(string path)
    {
        var waited = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return new FileStream($"{path}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException held) when (waited.Elapsed < LockPatience && held is not (DirectoryNotFoundException or FileNotFoundException))
            {
                Thread.Sleep(20);
            }
            catch (IOException held)
            {
                throw new SakiException($"Changing {path}", "no other process that changes it", "one that has not finished in 10 s", "Wait for it, or end it, and try again.", held);
            }
        }
    }

    private static void SyncFile(string file)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }

    // A rename is durable only when the folder itself is on disk. Windows cannot open folders this way and does not need it.
    internal static void SyncFolder(string folder)
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

    internal static void TryDelete(string file)
    {
        try { File.Delete(file); }
        catch (IOException) { } // a leftover .tmp is harmless and is overwritten by the next write
        catch (UnauthorizedAccessException) { }
    }
}

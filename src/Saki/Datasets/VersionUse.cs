using Saki.Storage;

namespace Saki.Datasets;

/// <summary>Who loads a version holds it by a lock that the system drops when the process ends, however it ends; removing needs the lock alone.</summary>
internal static class VersionUse
{
    /// <summary>Joins those who use the version; null where the home folder cannot be written, and so nothing can be removed either.</summary>
    public static FileStream? Enter(string manifest)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(LockOf(manifest), FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read);
            }
            catch (Exception failure) when (failure is UnauthorizedAccessException or DirectoryNotFoundException)
            {
                return null;
            }
            catch (IOException) when (attempt < 50)
            {
                Thread.Sleep(20); // a removal takes milliseconds; the manifest is gone after it
            }
            catch (IOException)
            {
                return null; // a read-only file system
            }
        }
    }

    /// <summary>Takes the version for removal; null while anyone uses it.</summary>
    public static FileStream? TakeAlone(string manifest)
    {
        try
        {
            return new FileStream(LockOf(manifest), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Removes the lock's file after the manifest.</summary>
    public static void Forget(string manifest) => DurableFile.TryDelete(LockOf(manifest));

    private static string LockOf(string manifest) => Path.Combine(Path.GetDirectoryName(manifest)!, $".{Path.GetFileNameWithoutExtension(manifest)}.use");
}

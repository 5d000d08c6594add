using System.Diagnostics;

namespace Saki.Testing;

/// <summary>A disk of a few kilobytes in memory, mounted until disposed. Needs root.</summary>
internal sealed class SmallDisk : IDisposable
{
    internal SmallDisk(string path, string size)
    {
        Path = Directory.CreateDirectory(path).FullName;
        Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", Path);
    }

    internal string Path { get; }

    public void Dispose() => Run("umount", Path);

    private static void Run(string command, params string[] arguments)
    {
        using var process = Process.Start(command, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}

/// <summary>A fact that mounts something.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root") Skip = "needs root to mount a small disk";
    }
}

using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Saki.Engines;

[assembly: DisableRuntimeMarshalling]

namespace Saki.Torch.Interop;

/// <summary>The shim's functions as they are (native/*.cpp). Each int they return is a status for <see cref="Tensor"/>'s checked calls; nothing else may call them.</summary>
internal static partial class NativeMethods
{
    private const string Library = "saki_torch";

    internal static readonly EngineFile File = new("libtorch", "libsaki_torch.so", "SAKI_TORCH", "make deps native");

    private static readonly Lock Gate = new();
    private static nint _loaded;

    static NativeMethods() => NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, Resolve);

    // Also tunes the allocator, which must happen before the first tensor.
    private static unsafe nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library) return 0;
        lock (Gate)
        {
            if (_loaded != 0) return _loaded;
            ShortenSpins();
            var library = File.Load();
            ((delegate* unmanaged<void>)NativeLibrary.GetExport(library, "saki_init"))();
            return _loaded = library;
        }
    }

    // libgomp's threads spin for milliseconds at every barrier: beside another busy process they burn the time slice that the thread they wait for needs
    // (a training on 2 cores at load 20: 14 images/s, with short spins 93). libgomp reads libc's environment, which is not .NET's, when it is loaded.
    private static void ShortenSpins()
    {
        string[] settings = ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"];
        if (!OperatingSystem.IsWindows() && settings.All(name => Environment.GetEnvironmentVariable(name) is null))
            _ = setenv("GOMP_SPINCOUNT", "5000", 0);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int setenv(string name, string value, int overwrite);
}

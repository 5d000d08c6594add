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
            var library = File.Load();
            ((delegate* unmanaged<void>)NativeLibrary.GetExport(library, "saki_init"))();
            return _loaded = library;
        }
    }
}

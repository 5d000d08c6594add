using System.Runtime.InteropServices;
using Saki.Engines;
using Saki.Inference.Backends.OnnxRuntime.Interop;

namespace Saki.Inference.Backends.OnnxRuntime;

/// <summary>
/// The ONNX Runtime of this process: loaded at the first use, never unloaded. The environment and its allocator are the library's singletons.
/// </summary>
public static unsafe class OrtEngine
{
    private static readonly Lock Loading = new();
    private static readonly EngineFile Library = new("ONNX Runtime", FileName, "SAKI_ONNXRUNTIME", "make deps");
    private static bool _ready;

    private static string FileName => OperatingSystem.IsWindows() ? "onnxruntime.dll" : OperatingSystem.IsMacOS() ? "libonnxruntime.dylib" : "libonnxruntime.so.1";

    internal static nint Environment { get; private set; }

    internal static nint Allocator { get; private set; }

    internal static nint CpuMemory { get; private set; }

    /// <summary>Loads the library if that has not happened yet. Thread-safe; a failed attempt can be repeated.</summary>
    /// <exception cref="SakiException">It is missing, does not load, or is older than version 1.24.</exception>
    public static void Ensure()
    {
        if (Volatile.Read(ref _ready)) return;
        lock (Loading)
        {
            if (_ready) return;
            var library = Library.Load();
            var apiBase = (void**)((delegate* unmanaged<void*>)NativeLibrary.GetExport(library, "OrtGetApiBase"))();
            Version = Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)apiBase[1])()) ?? "unknown";
            OrtApi.Table = (void**)((delegate* unmanaged<uint, void*>)apiBase[0])(OrtApi.Version);
            if (OrtApi.Table is null) throw new SakiException("Loading ONNX Runtime", $"version 1.{OrtApi.Version} or newer", $"version {Version}", "Type: make deps, or correct SAKI_ONNXRUNTIME.");
            Start();
            Volatile.Write(ref _ready, true);
        }
    }

    /// <summary>The version that the library names; null before <see cref="Ensure"/>.</summary>
    public static string? Version { get; private set; }

    /// <summary>What <c>saki doctor</c> says. Loads the library; never throws for one that is missing.</summary>
    public static EngineReport Describe()
    {
        try
        {
            Ensure();
            return new EngineReport(Library.Engine, true, Version, Library.Find(),
                [$"providers: {string.Join(", ", Providers())}", "threads per session: 1 unless asked for more"], true, null);
        }
        catch (SakiException missing)
        {
            return new EngineReport(Library.Engine, false, null, null, [missing.Message], true, Library.Install);
        }
    }

    private static void Start()
    {
        const int fatalOnly = 4; // failures come back as statuses; the library would print them to stderr as well
        nint env, allocator, memory;
        fixed (byte* name = "saki\0"u8) OrtCall.Check(OrtApi.CreateEnv(fatalOnly, name, &env), "Starting ONNX Runtime");
        OrtCall.Check(OrtApi.GetAllocatorWithDefaultOptions(&allocator), "Starting ONNX Runtime");
        OrtCall.Check(OrtApi.CreateCpuMemoryInfo(0, 0, &memory), "Starting ONNX Runtime");
        (Environment, Allocator, CpuMemory) = (env, allocator, memory);
    }

    private static List<string> Providers()
    {
        byte** names;
        int count;
        OrtCall.Check(OrtApi.GetAvailableProviders(&names, &count), "Asking ONNX Runtime for its providers");
        var found = new List<string>();
        for (var i = 0; i < count; i++) found.Add(Marshal.PtrToStringUTF8((nint)names[i])!);
        OrtCall.Check(OrtApi.ReleaseAvailableProviders(names, count), "Asking ONNX Runtime for its providers");
        return found;
    }
}

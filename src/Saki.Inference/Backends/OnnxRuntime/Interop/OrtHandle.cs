using System.Runtime.InteropServices;
using Saki.Engines;

namespace Saki.Inference.Backends.OnnxRuntime.Interop;

/// <summary>Layer 3: one object of the library, released once, also when nobody disposes it.</summary>
internal sealed class OrtHandle : SafeHandle
{
    private static readonly HandleCount[] Counts = [.. Enumerable.Range(0, 256).Select(_ => new HandleCount())];
    private readonly OrtKind _kind;

    /// <summary>Takes over <paramref name="made"/>.</summary>
    public OrtHandle(OrtKind kind, nint made) : base(0, ownsHandle: true)
    {
        _kind = kind;
        SetHandle(made);
        if (made != 0) Counts[(int)kind].Made();
    }

    /// <summary>The objects of a kind in this process.</summary>
    public static HandleCount Count(OrtKind kind) => Counts[(int)kind];

    public override bool IsInvalid => handle == 0;

    /// <summary>The pointer; valid while the caller keeps this object alive.</summary>
    public nint Pointer => handle;

    protected override void Dispose(bool disposing)
    {
        if (!disposing && !IsClosed && !IsInvalid) Counts[(int)_kind].Forgot();
        base.Dispose(disposing);
    }

    protected override unsafe bool ReleaseHandle()
    {
        OrtApi.Release((int)_kind)(handle);
        Counts[(int)_kind].Freed();
        if (_kind == OrtKind.Session) HeapTrim.Trim();
        return true;
    }
}

/// <summary>
/// Gives freed memory back to the system. glibc keeps the blocks of a released session (its mmap threshold adapts up to 32 MB): without this
/// 21 loads of a 100 MB model grow the process by 150 MB, with it by 4 MB.
/// </summary>
internal static unsafe class HeapTrim
{
    // Absent outside glibc (musl, macOS, Windows), where it is not needed.
    private static readonly nint Function =
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var libc) && NativeLibrary.TryGetExport(libc, "malloc_trim", out var found) ? found : 0;

    public static void Trim()
    {
        if (Function != 0) _ = ((delegate* unmanaged<nuint, int>)Function)(0);
    }
}

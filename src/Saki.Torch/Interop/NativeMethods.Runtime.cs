using System.Runtime.InteropServices;

namespace Saki.Torch.Interop;

// Process, threads and thread-local modes.
internal static partial class NativeMethods
{
    // runtime.cpp
    [LibraryImport(Library)] internal static partial nint saki_error();
    [LibraryImport(Library)] internal static partial nint saki_version();
    [LibraryImport(Library)] internal static partial nint saki_config();
    [LibraryImport(Library)] internal static partial int saki_get_num_threads();
    [LibraryImport(Library)] internal static partial int saki_set_num_threads(int count);
    [LibraryImport(Library)] internal static partial int saki_manual_seed(ulong seed);
    [LibraryImport(Library)] internal static partial int saki_cuda_device_count();
    [LibraryImport(Library)] internal static partial int saki_get_rng_state(out nint result);
    [LibraryImport(Library)] internal static partial int saki_set_rng_state(TensorHandle state);
    [LibraryImport(Library)] internal static partial Flag saki_grad_mode(Flag enabled);
    [LibraryImport(Library)] internal static partial Flag saki_grad_enabled();
    [LibraryImport(Library)] internal static partial nint saki_inference_enter();
    [LibraryImport(Library)] internal static partial void saki_inference_leave(nint guard);
    [LibraryImport(Library)] internal static partial int saki_autocast_enter(int deviceType, int type, out int before);
    [LibraryImport(Library)] internal static partial int saki_autocast_leave(int deviceType, int before);
}

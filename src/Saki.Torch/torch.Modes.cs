using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch;

// Seed, threads, devices, and the modes of the calling thread.
public static partial class torch
{
    /// <summary>Seeds torch's generator: the same seed gives PyTorch's own numbers.</summary>
    public static void manual_seed(ulong seed) => Tensor.Check(saki_manual_seed(seed), "manual_seed");

    /// <summary>The CPU generator's state as a uint8 tensor, for checkpoints.</summary>
    public static Tensor get_rng_state() => Tensor.Take(saki_get_rng_state(out var result), result, "get_rng_state");

    /// <summary>Continues the CPU generator where <see cref="get_rng_state"/> was taken.</summary>
    public static void set_rng_state(Tensor state) => Tensor.Check(saki_set_rng_state(state.Handle), "set_rng_state", state);

    /// <summary>Threads that one operation may use. libtorch's own start value is often wrong: set it.</summary>
    public static void set_num_threads(int count)
    {
        if (count is < 1 or > 1024) throw new TorchException("set_num_threads", "1 to 1024 threads", $"{count}");
        Tensor.Check(saki_set_num_threads(count), "set_num_threads");
    }

    /// <summary>Threads that one operation may use.</summary>
    public static int get_num_threads() => saki_get_num_threads();

    /// <summary>Whether operations on this thread are remembered for backward.</summary>
    public static bool is_grad_enabled() => saki_grad_enabled();

    /// <summary>Until disposed, this thread remembers nothing for backward.</summary>
    public static GradScope no_grad() => new(false);

    /// <summary>Until disposed, this thread remembers for backward, also inside <see cref="no_grad"/>.</summary>
    public static GradScope enable_grad() => new(true);

    /// <summary>As <see cref="no_grad"/> and cheaper still; tensors made inside can never take part in backward.</summary>
    public static InferenceScope inference_mode() => new(saki_inference_enter());

    /// <summary>Until disposed, matrix products and convolutions of this thread compute in <paramref name="dtype"/>. Call backward after disposing it.</summary>
    public static AutocastScope autocast(DeviceType device = DeviceType.cpu, ScalarType dtype = bfloat16)
    {
        Tensor.Check(saki_autocast_enter((int)device, (int)dtype, out var before), "autocast");
        return new AutocastScope(device, before);
    }

    /// <summary>Collects the tensors that this thread makes from here on, and frees them when disposed.</summary>
    public static DisposeScope NewDisposeScope() => new();

    /// <summary>NVIDIA GPUs.</summary>
    public static class cuda
    {
        /// <summary>Whether this libtorch was built with CUDA and a GPU is there.</summary>
        public static bool is_available() => device_count() > 0;

        /// <summary>Number of GPUs; 0 without CUDA.</summary>
        public static int device_count() => saki_cuda_device_count();
    }

    /// <summary>Restores the gradient mode when disposed.</summary>
    public readonly struct GradScope : IDisposable
    {
        private readonly bool _before;

        internal GradScope(bool enabled) => _before = saki_grad_mode(enabled);

        /// <summary>Restores what was before.</summary>
        public void Dispose() => saki_grad_mode(_before);
    }

    /// <summary>Ends inference mode when disposed, on the same thread.</summary>
    public readonly struct InferenceScope : IDisposable
    {
        private readonly nint _guard;

        internal InferenceScope(nint guard) => _guard = guard;

        /// <summary>Restores what was before.</summary>
        public void Dispose() => saki_inference_leave(_guard);
    }

    /// <summary>Ends autocast when disposed, on the same thread.</summary>
    public readonly struct AutocastScope : IDisposable
    {
        private readonly DeviceType _device;
        private readonly int _before;

        internal AutocastScope(DeviceType device, int before) => (_device, _before) = (device, before);

        /// <summary>Restores what was before; the outermost also drops the converted weights.</summary>
        public void Dispose() => Tensor.Check(saki_autocast_leave((int)_device, _before), "autocast");
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Saki.Torch.Nn;

/// <summary>A pair for images: height first. One number stands for both.</summary>
/// <param name="Height">Vertical.</param>
/// <param name="Width">Horizontal.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct Size2d(long Height, long Width)
{
    /// <summary>The same for both.</summary>
    public static implicit operator Size2d(int both) => new(both, both);

    /// <summary>Height, then width.</summary>
    public static implicit operator Size2d((long Height, long Width) pair) => new(pair.Height, pair.Width);

    /// <summary>Height, then width, as PyTorch writes it.</summary>
    public long[] ToArray() => [Height, Width];

    // The two fields lie one after the other, so the pair is the array that libtorch wants.
    [UnscopedRef]
    internal ReadOnlySpan<long> AsSpan() => MemoryMarshal.CreateReadOnlySpan(in System.Runtime.CompilerServices.Unsafe.As<Size2d, long>(ref System.Runtime.CompilerServices.Unsafe.AsRef(in this)), 2);
}

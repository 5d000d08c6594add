namespace Saki.Vision.Kernels;

/// <summary>Grey from RGB by ITU-R BT.601 in 16-bit fixed point, as Pillow's <c>convert("L")</c>: (19595 R + 38470 G + 7471 B + 2^15) >> 16.</summary>
internal static class Luma
{
    internal static byte Of(byte r, byte g, byte b) => (byte)(((19595 * r) + (38470 * g) + (7471 * b) + 0x8000) >> 16);
}

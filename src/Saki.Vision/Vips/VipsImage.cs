using System.Runtime.InteropServices;

namespace Saki.Vision.Vips;

/// <summary>A reference to a libvips picture: a plan of work until pixels are asked for.</summary>
internal sealed class VipsImage : SafeHandle
{
    private static int _live;

    internal VipsImage(nint handle) : base(0, ownsHandle: true)
    {
        SetHandle(handle);
        Interlocked.Increment(ref _live);
    }

    /// <summary>References not yet given back.</summary>
    internal static int Live => Volatile.Read(ref _live);

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    internal int Width => VipsNative.Width(handle);

    internal int Height => VipsNative.Height(handle);

    /// <summary>Channels, alpha included.</summary>
    internal int Bands => VipsNative.Bands(handle);

    /// <summary>VipsInterpretation: what the bands mean.</summary>
    internal int Interpretation => VipsNative.Interpretation(handle);

    /// <summary>An integer of the header; null when it has none of that name.</summary>
    internal int? Number(string name) => VipsNative.TypeOf(handle, name) != 0 && VipsNative.GetInt(handle, name, out var value) == 0 ? value : null;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        VipsNative.Unref(handle);
        Interlocked.Decrement(ref _live);
        return true;
    }
}

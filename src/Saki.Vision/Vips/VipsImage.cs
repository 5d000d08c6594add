using System.Runtime.InteropServices;
using Saki.Engines;

namespace Saki.Vision.Vips;

/// <summary>A reference to a libvips picture: a plan of work until pixels are asked for.</summary>
internal sealed class VipsImage : SafeHandle
{
    /// <summary>References of the whole process.</summary>
    internal static readonly HandleCount Count = new();

    internal VipsImage(nint handle) : base(0, ownsHandle: true)
    {
        SetHandle(handle);
        Count.Made();
    }

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

    protected override void Dispose(bool disposing)
    {
        if (!disposing && !IsClosed && !IsInvalid) Count.Forgot();
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        VipsNative.Unref(handle);
        Count.Freed();
        return true;
    }
}

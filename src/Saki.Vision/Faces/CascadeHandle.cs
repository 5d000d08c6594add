using System.Runtime.InteropServices;
using Saki.Engines;

namespace Saki.Vision.Faces;

/// <summary>One loaded cascade (12 ms, about 3 MB). Not thread-safe: it keeps state while it looks.</summary>
internal sealed unsafe class CascadeHandle : SafeHandle
{
    private const int MostFaces = 1024;

    /// <summary>Cascades of the whole process.</summary>
    internal static readonly HandleCount Count = new();

    private CascadeHandle(nint classifier) : base(0, ownsHandle: true)
    {
        SetHandle(classifier);
        Count.Made();
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Loads a cascade file.</summary>
    /// <exception cref="SakiException">The library is missing, or the file is no cascade.</exception>
    internal static CascadeHandle Open(string file)
    {
        var error = stackalloc byte[256];
        return FacesNative.Open(file, out var classifier, error, 256) == 0
            ? new CascadeHandle(classifier)
            : throw new SakiException($"Loading the cascade {file}", "an OpenCV cascade", Text(error), "Type: sudo apt-get install --reinstall opencv-data");
    }

    /// <summary>Faces of a grey picture, in the detector's order.</summary>
    internal Box[] Find(Image grey, double step, int neighbours, int smallest)
    {
        var error = stackalloc byte[256];
        var boxes = new Box[MostFaces];
        fixed (byte* pixels = grey.Pixels)
        fixed (Box* into = boxes)
        {
            if (FacesNative.Find(handle, pixels, grey.Width, grey.Height, step, neighbours, smallest, into, MostFaces, out var found, error, 256) != 0)
                throw new SakiException("Finding faces", "a picture that OpenCV can search", Text(error));
            return boxes[..found];
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing && !IsClosed && !IsInvalid) Count.Forgot();
        base.Dispose(disposing);
    }

    protected override bool ReleaseHandle()
    {
        FacesNative.Close(handle);
        Count.Freed();
        return true;
    }

    private static string Text(byte* error) => (Marshal.PtrToStringUTF8((nint)error) ?? "").Trim().ReplaceLineEndings(" ");
}

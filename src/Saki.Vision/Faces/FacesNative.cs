using System.Runtime.InteropServices;
using Saki.Engines;

namespace Saki.Vision.Faces;

/// <summary>The raw functions of <c>native/faces.cpp</c>. Those that return int give 0 for success, else the reason in <c>error</c>.</summary>
internal static unsafe partial class FacesNative
{
    /// <summary>The library's file and what to type when it is missing.</summary>
    internal static readonly EngineFile File = new("OpenCV face detection", "libsaki_faces.so", "SAKI_FACES", "make native (needs: sudo apt-get install libopencv-objdetect-dev opencv-data)");

    private const string Name = "saki:faces";
    private static readonly Lazy<nint> Library = new(File.Load);

    /// <summary>Routes the name above to <see cref="File"/>; 0 for other names.</summary>
    internal static nint Resolve(string name) => name == Name ? Library.Value : 0;

    [LibraryImport(Name, EntryPoint = "saki_faces_version")]
    internal static partial byte* Version();

    [LibraryImport(Name, EntryPoint = "saki_faces_open", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, out nint classifier, byte* error, int errorSize);

    [LibraryImport(Name, EntryPoint = "saki_faces_close")]
    internal static partial void Close(nint classifier);

    [LibraryImport(Name, EntryPoint = "saki_faces_find")]
    internal static partial int Find(nint classifier, byte* grey, int width, int height, double step, int neighbours, int smallest, Box* boxes, int capacity, out int found, byte* error, int errorSize);
}

using System.Runtime.InteropServices;
using Saki.Engines;

namespace Saki.Vision.Jpeg;

/// <summary>The raw functions of libjpeg-turbo's TurboJPEG API, version 2 (turbojpeg.h). Loaded at the first call.</summary>
internal static unsafe partial class TurboJpegNative
{
    /// <summary>The library's file and what to type when it is missing.</summary>
    internal static readonly EngineFile File = new("libjpeg-turbo", "libturbojpeg.so.0", "SAKI_TURBOJPEG", "sudo apt-get install libturbojpeg0", "libturbojpeg.so.0", "libturbojpeg.0.dylib", "turbojpeg");

    private const string Name = "saki:turbojpeg";
    private static readonly Lazy<nint> Library = new(File.Load);

    /// <summary>Routes the name above to <see cref="File"/>; called once by the assembly's resolver.</summary>
    internal static nint Resolve(string name) => name == Name ? Library.Value : 0;

    /// <summary>A decompressor; 0 when out of memory.</summary>
    [LibraryImport(Name, EntryPoint = "tjInitDecompress")]
    internal static partial nint InitDecompress();

    /// <summary>Frees it.</summary>
    [LibraryImport(Name, EntryPoint = "tjDestroy")]
    internal static partial int Destroy(nint handle);

    /// <summary>Size, chroma subsampling and colour space from the header. -1 on failure.</summary>
    [LibraryImport(Name, EntryPoint = "tjDecompressHeader3")]
    internal static partial int DecompressHeader(nint handle, byte* jpeg, CULong size, out int width, out int height, out int subsampling, out int colorspace);

    /// <summary>Pixels at the scale whose rounded-up size is given. -1 on failure and on damage (then the pixels are there).</summary>
    [LibraryImport(Name, EntryPoint = "tjDecompress2")]
    internal static partial int Decompress(nint handle, byte* jpeg, CULong size, byte* pixels, int width, int pitch, int height, int pixelFormat, int flags);

    /// <summary>0: the last failure was a warning about damaged data. 1: fatal.</summary>
    [LibraryImport(Name, EntryPoint = "tjGetErrorCode")]
    internal static partial int GetErrorCode(nint handle);

    /// <summary>The last failure as text, owned by the handle.</summary>
    [LibraryImport(Name, EntryPoint = "tjGetErrorStr2")]
    internal static partial byte* GetErrorString(nint handle);
}

using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Saki.Vision.Faces;
using Saki.Vision.Jpeg;
using Saki.Vision.Vips;

namespace Saki.Vision;

/// <summary>Routes the names in the raw imports to the files that <c>EngineFile</c> finds, when a function is first called.</summary>
internal static class VisionLibraries
{
    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2255", Justification = "The resolver must stand before the first native call, wherever that is.")]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(VisionLibraries).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        TurboJpegNative.Resolve(name) is var turbo and not 0 ? turbo
        : FacesNative.Resolve(name) is var faces and not 0 ? faces
        : VipsNative.Resolve(name);
}

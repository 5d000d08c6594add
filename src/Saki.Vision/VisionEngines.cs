using System.Runtime.InteropServices;
using Saki.Engines;
using Saki.Vision.Faces;
using Saki.Vision.Jpeg;
using Saki.Vision.Kernels;
using Saki.Vision.Vips;

namespace Saki.Vision;

/// <summary>What <c>saki doctor</c> says of the image engines. Asking loads them (about 100 ms).</summary>
public static class VisionEngines
{
    /// <summary>libjpeg-turbo, libvips and OpenCV's face detection, in this order; missing ones have Found = false and what to type.</summary>
    public static IReadOnlyList<EngineReport> Describe() =>
    [
        Describe(TurboJpegNative.File, needed: true, () => (null, [$"vector kernels: {KernelSet.Active.Name}"])),
        Describe(VipsNative.File, needed: true, () => (VipsDecoder.Version, [])),
        Describe(FacesNative.File, needed: false, Faces),
    ];

    private static EngineReport Describe(EngineFile file, bool needed, Func<(string? Version, IReadOnlyList<string> Facts)> ask)
    {
        try
        {
            file.Load();
            var (version, facts) = ask();
            return new EngineReport(file.Engine, true, version, file.Find(), facts, needed, null);
        }
        catch (SakiException missing)
        {
            return new EngineReport(file.Engine, false, null, null, [missing.Message], needed, file.Install);
        }
    }

    private static unsafe (string?, IReadOnlyList<string>) Faces() =>
        (Marshal.PtrToStringUTF8((nint)FacesNative.Version()),
            [CascadeFaceDetector.Installed() is { } cascade ? $"cascade {cascade}" : "no cascade file. Type: sudo apt-get install opencv-data"]);
}

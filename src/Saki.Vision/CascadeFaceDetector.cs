using System.Collections.Concurrent;
using Saki.Pipelines;
using Saki.Vision.Faces;

namespace Saki.Vision;

/// <summary>
/// Finds frontal faces with OpenCV's Haar cascade. Slow beside an ONNX detector (about 100 ms for 640x480) and blind to turned faces,
/// but it needs no model file. Thread-safe: each call in progress has a cascade of its own, kept for the next call.
/// </summary>
public sealed class CascadeFaceDetector : IDisposable
{
    // Measured on the 27 annotated faces of ../shared/data/faces: 26 found, 1 false; 5 neighbours find 23, steps of 1.05 add 10 false ones.
    private const double Step = 1.1;
    private const int Neighbours = 3;
    private const int Smallest = 20; // the window the cascade was trained with
    private const int LongestSide = 1024; // beyond it time grows fourfold per doubling and only tiny faces are won

    private readonly ConcurrentBag<CascadeHandle> _idle = [];
    private readonly string _file;
    private volatile bool _disposed;

    /// <summary>Opens the cascade, so that a missing one is told now.</summary>
    /// <param name="cascade">An OpenCV cascade file; null (default) for Debian's <c>haarcascade_frontalface_default.xml</c>.</param>
    /// <exception cref="SakiException">OpenCV's detector or its cascades are not installed.</exception>
    public CascadeFaceDetector(string? cascade = null)
    {
        _file = cascade ?? Installed() ?? throw new SakiException("Loading the face cascade", $"{DefaultName} from opencv-data", "none on this machine", "Type: sudo apt-get install opencv-data");
        _idle.Add(CascadeHandle.Open(_file));
    }

    private const string DefaultName = "haarcascade_frontalface_default.xml";

    /// <summary>The boxes of the faces in an upright picture, largest first, inside the picture. A picture over 1024 pixels is searched at that size.</summary>
    public IReadOnlyList<Box> Find(Image image)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var grey = image.Channels == 1 ? image : Preprocessor.Convert(image, 1);
        try
        {
            var scale = Math.Min(1, (double)LongestSide / Math.Max(image.Width, image.Height));
            if (scale == 1) return Search(grey, image, 1);
            using var small = new Image(Math.Max(1, (int)Math.Round(image.Width * scale)), Math.Max(1, (int)Math.Round(image.Height * scale)), 1);
            Resize.Run(grey, small, Interpolation.Area, antialias: false);
            return Search(small, image, 1 / scale);
        }
        finally
        {
            if (!ReferenceEquals(grey, image)) grey.Dispose();
        }
    }

    /// <summary>Frees the cascades. A call in progress frees its own when it ends.</summary>
    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var cascade)) cascade.Dispose();
    }

    /// <summary>Debian's cascade file, or one beside the native libraries; null when there is none.</summary>
    internal static string? Installed() =>
        new[] { Path.Combine(AppContext.BaseDirectory, "native"), "/usr/share/opencv4/haarcascades", "/usr/share/opencv/haarcascades", "/usr/local/share/opencv4/haarcascades" }
            .Select(folder => Path.Combine(folder, DefaultName))
            .FirstOrDefault(File.Exists);

    private Box[] Search(Image grey, Image original, double back)
    {
        var cascade = _idle.TryTake(out var idle) ? idle : CascadeHandle.Open(_file);
        try
        {
            return
            [
                .. cascade.Find(grey, Step, Neighbours, Smallest)
                    .Select(box => new Box(Scale(box.X), Scale(box.Y), Scale(box.Width), Scale(box.Height)).Within(original.Width, original.Height))
                    .OrderByDescending(box => box.Area).ThenBy(box => box.X).ThenBy(box => box.Y),
            ];
        }
        finally
        {
            if (_disposed) cascade.Dispose();
            else _idle.Add(cascade);
        }

        int Scale(int value) => (int)Math.Round(value * back);
    }
}

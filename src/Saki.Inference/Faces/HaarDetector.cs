using Saki.Vision;

namespace Saki.Inference.Faces;

/// <summary>OpenCV's Haar cascade behind the same seam; scores are 1, a cascade has none.</summary>
public sealed class HaarDetector : IFaceDetector
{
    private readonly CascadeFaceDetector _cascade = new();

    /// <inheritdoc/>
    public IReadOnlyList<Face> Find(Image picture) =>
        [.. _cascade.Find(picture).OrderByDescending(box => (long)box.Width * box.Height).Select(box => new Face(box, 1))];

    /// <summary>Releases the cascades.</summary>
    public void Dispose() => _cascade.Dispose();
}

using Saki.Inference.Backends.OnnxRuntime;
using Saki.Vision;

namespace Saki.Inference.Faces;

/// <summary>Finds faces. Implementations may be called from many threads at once.</summary>
public interface IFaceDetector : IDisposable
{
    /// <summary>The faces in an upright picture, largest first; boxes lie inside the picture.</summary>
    IReadOnlyList<Face> Find(Image picture);
}

/// <summary>A face found.</summary>
/// <param name="Box">Where, in pixels of the upright picture.</param>
/// <param name="Score">The detector's confidence in 0..1; 1 where it has none.</param>
public sealed record Face(Box Box, float Score);

/// <summary>Opens the detector that a file or the environment names.</summary>
public static class FaceDetector
{
    /// <summary>The environment variable that names an ONNX face detector.</summary>
    public const string Variable = "SAKI_FACE_MODEL";

    /// <summary>The ONNX detector in <paramref name="file"/> or in <see cref="Variable"/>; without either the Haar cascade of OpenCV, which is slower and misses turned faces.</summary>
    /// <exception cref="SakiException">The file is not there or is no detector that Saki knows, or OpenCV's cascades are not installed.</exception>
    public static IFaceDetector Open(string? file = null)
    {
        file ??= Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : null;
        if (file is null) return new HaarDetector();
        var session = OrtSession.Load(file);
        try
        {
            var outputs = session.Outputs.Select(output => output.Name).ToArray();
            if (outputs.Contains("scores") && outputs.Contains("boxes")) return new UltraFaceDetector(session);
            if (outputs.Contains("cls_8") && outputs.Contains("bbox_8")) return new YuNetDetector(session);
            throw new SakiException("Opening the face detector", "UltraFace (outputs scores, boxes) or YuNet (outputs cls_8, obj_8, bbox_8 …)", string.Join(", ", outputs), $"Point {Variable} to one of them, or unset it to use the Haar cascade.");
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}

/// <summary>What detectors share after their network has run.</summary>
internal static class FaceBoxes
{
    /// <summary>A candidate with corners in pixels.</summary>
    public readonly record struct Candidate(float Left, float Top, float Right, float Bottom, float Score)
    {
        public float Area => Math.Max(0, Right - Left) * Math.Max(0, Bottom - Top);
    }

    /// <summary>Keeps the best of each group that overlaps (greedy non-maximum suppression) and gives them as boxes inside the picture, largest first.</summary>
    /// <param name="candidates">In any order.</param>
    /// <param name="overlap">Intersection over union above which the weaker one goes.</param>
    /// <param name="width">Of the picture in pixels.</param>
    /// <param name="height">Of the picture in pixels.</param>
    public static IReadOnlyList<Face> Best(List<Candidate> candidates, float overlap, int width, int height)
    {
        var kept = new List<Candidate>();
        foreach (var candidate in candidates.OrderByDescending(candidate => candidate.Score).ThenBy(candidate => candidate.Left).ThenBy(candidate => candidate.Top))
            if (kept.TrueForAll(better => Overlap(better, candidate) <= overlap)) kept.Add(candidate);
        return
        [
            .. kept.Select(face => (Face: face, Box: Inside(face, width, height))).Where(face => face.Box is { Width: > 0, Height: > 0 })
                .Select(face => new Face(face.Box, face.Face.Score)).OrderByDescending(face => (long)face.Box.Width * face.Box.Height).ThenByDescending(face => face.Score),
        ];
    }

    private static Box Inside(Candidate face, int width, int height)
    {
        var (left, top) = (Math.Clamp((int)MathF.Round(face.Left), 0, width), Math.Clamp((int)MathF.Round(face.Top), 0, height));
        return new Box(left, top, Math.Clamp((int)MathF.Round(face.Right), 0, width) - left, Math.Clamp((int)MathF.Round(face.Bottom), 0, height) - top);
    }

    private static float Overlap(Candidate a, Candidate b)
    {
        var width = Math.Min(a.Right, b.Right) - Math.Max(a.Left, b.Left);
        var height = Math.Min(a.Bottom, b.Bottom) - Math.Max(a.Top, b.Top);
        if (width <= 0 || height <= 0) return 0;
        var common = width * height;
        return common / (a.Area + b.Area - common);
    }
}

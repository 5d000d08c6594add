using Saki.Datasets;
using Saki.Inference.Faces;
using Saki.Pipelines;
using Saki.Vision;

namespace Saki.Inference.Calibration;

/// <summary>
/// Cuts a person's pictures to what the model sees of them: the one face, where the pipeline finds faces, else the whole picture. Dispose it at the end.
/// </summary>
/// <param name="pipeline">Of the model.</param>
/// <param name="faceModel">The detector's file; null: as the environment says.</param>
public sealed class PersonalFaces(Pipeline pipeline, string? faceModel = null) : IDisposable
{
    /// <summary>Why a picture of several people is left out, as the end of a sentence.</summary>
    public const string Several = "more than one face: which one is you?";

    private static readonly DecodeOptions Rgb = new();
    private readonly IFaceDetector? _faces = pipeline.Faces == FaceMode.None ? null : FaceDetector.Open(faceModel);

    /// <summary>Whether pictures must show exactly one face.</summary>
    public bool LooksForFaces => _faces is not null;

    /// <summary>How many faces a picture shows; null where the model takes whole pictures.</summary>
    /// <exception cref="ImageException">It cannot be decoded.</exception>
    public int? Count(ReadOnlySpan<byte> picture)
    {
        if (_faces is null) return null;
        using var image = ImageDecoder.Decode(picture, Rgb);
        return _faces.Find(image).Count;
    }

    /// <summary>What the model sees of a picture, as an encoded picture; why not, as the end of a sentence, where it cannot be used.</summary>
    /// <remarks>Where no face is found the whole picture is taken, as when it is served.</remarks>
    public (byte[]? Seen, SampleFacts Facts, string? Problem) See(byte[] picture)
    {
        try
        {
            if (_faces is null) return Told(picture);
            using var image = ImageDecoder.Decode(picture, Rgb);
            var found = _faces.Find(image);
            if (found.Count > 1) return (null, default, Several);
            if (found.Count == 0) return Told(picture);
            using var face = Preprocessor.Crop(image, found[0].Box);
            return Told(Png.Encode(face.Pixels, face.Width, face.Height));
        }
        catch (ImageException failure)
        {
            return (null, default, failure.Got);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _faces?.Dispose();

    private static (byte[]?, SampleFacts, string?) Told(byte[] seen)
    {
        var facts = SampleLook.At(seen);
        return facts.Problem is { } problem ? (null, facts, problem) : facts.Constant ? (null, facts, "a picture of one colour") : (seen, facts, null);
    }
}

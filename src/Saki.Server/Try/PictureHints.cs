using Saki.Pipelines;
using Saki.Vision;

namespace Saki.Server.Try;

/// <summary>What a person could do better about a picture.</summary>
internal static class PictureHints
{
    private const double Dark = 50, Bright = 215; // mean luma; the photos of ../shared/data/photos lie between 60 and 190

    // Variance of the Laplacian at 1024 pixels. ../shared/data/blur: sharp 385 and 966, blurred 9 to 106.
    private const double Blurred = 120;
    private const int MeasuredAt = 1024, LeastForBlur = 512;

    private const int SmallFace = 40, SmallPicture = 32;

    /// <summary>Sentences, the most important first; empty for a good picture.</summary>
    /// <param name="picture">Upright.</param>
    /// <param name="faces">The faces found, in pixels of the picture; null when none were looked for.</param>
    public static IReadOnlyList<string> Of(Image picture, IReadOnlyList<FacePrediction>? faces)
    {
        var hints = new List<string>();
        using var part = faces is [var first, ..] ? Part(picture, first.Box) : null;
        if (faces is { Count: 0 }) hints.Add("No face was found: turn towards the camera, and let the whole face be seen.");
        if (part is not null && Math.Min(part.Width, part.Height) < SmallFace) hints.Add($"The face is only {part.Width} × {part.Height} pixels: come closer.");
        if (faces is null && Math.Min(picture.Width, picture.Height) < SmallPicture) hints.Add("The picture is very small.");
        var figures = PictureQuality.Measure(part ?? picture);
        if (figures.Brightness < Dark) hints.Add("It is dark: more light from the front helps.");
        if (figures.Brightness > Bright) hints.Add("It is very bright: less light, or a shorter exposure, helps.");
        if (Math.Max(picture.Width, picture.Height) >= LeastForBlur && SharpnessOf(picture) < Blurred) hints.Add("It is blurred: hold the camera still and let it focus.");
        return hints;
    }

    private static double SharpnessOf(Image picture)
    {
        var scale = (double)MeasuredAt / Math.Max(picture.Width, picture.Height);
        if (scale >= 1) return PictureQuality.Measure(picture).Sharpness;
        using var small = new Image((int)Math.Max(3, picture.Width * scale), (int)Math.Max(3, picture.Height * scale), picture.Channels);
        Resize.Run(picture, small, Interpolation.Area, antialias: false);
        return PictureQuality.Measure(small).Sharpness;
    }

    private static Image? Part(Image picture, IReadOnlyList<int> box)
    {
        var inside = new Box(box[0], box[1], box[2], box[3]).Within(picture.Width, picture.Height);
        return inside is { Width: > 0, Height: > 0 } ? Preprocessor.Crop(picture, in inside) : null;
    }
}

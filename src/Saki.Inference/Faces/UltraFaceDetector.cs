using Saki.Inference.Backends.OnnxRuntime;
using Saki.Pipelines;
using Saki.Vision;

namespace Saki.Inference.Faces;

/// <summary>
/// UltraFace (Linzaer's Ultra-Light-Fast-Generic-Face-Detector): RGB stretched to the network's size with an antialiased bilinear kernel, (x − 127) / 128,
/// candidates above 0.7, overlaps above 0.3 suppressed. Boxes come as fractions of the picture. About 4 ms for 320x240.
/// </summary>
public sealed class UltraFaceDetector : IFaceDetector
{
    private const float LeastScore = 0.7f;
    private const float MostOverlap = 0.3f;

    private readonly OrtSession _session;
    private readonly Preprocessor _preprocessor;
    private readonly InputSpec _input;
    private readonly int _scores, _boxes;

    internal UltraFaceDetector(OrtSession session)
    {
        _session = session;
        var names = session.Outputs.Select(output => output.Name).ToArray();
        (_scores, _boxes) = (Array.IndexOf(names, "scores"), Array.IndexOf(names, "boxes"));
        if (session.Inputs is not [{ ElementType: OrtElementType.Float32, Shape: [_, _, { Size: > 0 and <= 4096 } height, { Size: > 0 and <= 4096 } width] }])
            throw new SakiException("Opening the face detector", "one float32 input of fixed size", string.Join(", ", session.Inputs));
        _input = new InputSpec(ColorKind.Rgb, (int)width.Size, (int)height.Size);
        _preprocessor = new Preprocessor(new Pipeline
        {
            Input = _input,
            Resize = new ResizeSpec(ResizeMode.Stretch, Interpolation.Bilinear, Antialias: true),
            Normalize = new NormalizeSpec { Mean = [127], Std = [128] },
            Labels = ["face"],
        });
    }

    /// <inheritdoc/>
    public IReadOnlyList<Face> Find(Image picture)
    {
        var row = new float[_input.Count];
        _preprocessor.Run(picture, row);
        using var input = OrtValue.Over<float>(row, 1, 3, _input.Height, _input.Width);
        var outputs = _session.Run([input]);
        try
        {
            var scores = outputs[_scores].Data<float>();
            var boxes = outputs[_boxes].Data<float>();
            var candidates = new List<FaceBoxes.Candidate>();
            for (var i = 0; i < scores.Length / 2; i++)
            {
                var score = scores[(2 * i) + 1]; // column 0 is background
                if (score <= LeastScore) continue;
                var box = boxes.Slice(4 * i, 4);
                candidates.Add(new(box[0] * picture.Width, box[1] * picture.Height, box[2] * picture.Width, box[3] * picture.Height, score));
            }
            return FaceBoxes.Best(candidates, MostOverlap, picture.Width, picture.Height);
        }
        finally
        {
            foreach (var output in outputs) output.Dispose();
        }
    }

    /// <summary>Releases the network.</summary>
    public void Dispose() => _session.Dispose();
}

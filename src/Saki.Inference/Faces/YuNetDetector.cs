using Saki.Inference.Backends.OnnxRuntime;
using Saki.Pipelines;
using Saki.Vision;

namespace Saki.Inference.Faces;

/// <summary>
/// YuNet (libfacedetection): BGR 0..255, three grids of strides 8, 16 and 32, one candidate per cell. A network of free size sees the picture at no more
/// than 640 pixels a side, both sides multiples of 32; one of fixed size sees it stretched.
/// </summary>
public sealed class YuNetDetector : IFaceDetector
{
    private const float LeastScore = 0.6f;
    private const float MostOverlap = 0.3f;
    private const int LongestSide = 640;
    private static readonly int[] Strides = [8, 16, 32];

    private readonly OrtSession _session;
    private readonly Dictionary<string, int> _outputs;
    private readonly (int Width, int Height)? _fixed;

    internal YuNetDetector(OrtSession session)
    {
        _session = session;
        _outputs = session.Outputs.Select((output, at) => (output.Name, at)).ToDictionary(output => output.Name, output => output.at, StringComparer.Ordinal);
        foreach (var name in Strides.SelectMany(stride => new[] { $"cls_{stride}", $"obj_{stride}", $"bbox_{stride}" }))
            if (!_outputs.ContainsKey(name)) throw new SakiException("Opening the face detector", $"the output {name} of YuNet", string.Join(", ", _outputs.Keys));
        if (session.Inputs is not [{ ElementType: OrtElementType.Float32, Shape: [_, _, var height, var width] }])
            throw new SakiException("Opening the face detector", "one float32 input of four axes", string.Join(", ", session.Inputs));
        _fixed = width.IsFree || height.IsFree ? null : ((int)width.Size, (int)height.Size);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Face> Find(Image picture)
    {
        var (width, height) = _fixed ?? SizeFor(picture);
        var spec = new InputSpec(ColorKind.Bgr, width, height);
        var row = new float[spec.Count];
        new Preprocessor(new Pipeline { Input = spec, Labels = ["face"] }).Run(picture, row);
        using var input = OrtValue.Over<float>(row, 1, 3, height, width);
        var outputs = _session.Run([input]);
        try
        {
            var candidates = new List<FaceBoxes.Candidate>();
            foreach (var stride in Strides) Read(outputs, stride, width / stride, (float)picture.Width / width, (float)picture.Height / height, candidates);
            return FaceBoxes.Best(candidates, MostOverlap, picture.Width, picture.Height);
        }
        finally
        {
            foreach (var output in outputs) output.Dispose();
        }
    }

    /// <summary>Releases the network.</summary>
    public void Dispose() => _session.Dispose();

    private void Read(OrtValue[] outputs, int stride, int columns, float scaleX, float scaleY, List<FaceBoxes.Candidate> candidates)
    {
        var classes = Of("cls");
        var objects = Of("obj");
        var boxes = Of("bbox");
        for (var cell = 0; cell < classes.Length; cell++)
        {
            var score = MathF.Sqrt(Math.Clamp(classes[cell], 0, 1) * Math.Clamp(objects[cell], 0, 1));
            if (score <= LeastScore) continue;
            var box = boxes.Slice(4 * cell, 4); // offset of the centre in cells, logarithm of the size in cells
            var (x, y) = (((cell % columns) + box[0]) * stride, ((cell / columns) + box[1]) * stride);
            var (w, h) = (MathF.Exp(box[2]) * stride / 2, MathF.Exp(box[3]) * stride / 2);
            candidates.Add(new((x - w) * scaleX, (y - h) * scaleY, (x + w) * scaleX, (y + h) * scaleY, score));
        }

        Span<float> Of(string head) => outputs[_outputs[$"{head}_{stride}"]].Data<float>();
    }

    private static (int Width, int Height) SizeFor(Image picture)
    {
        var scale = Math.Min(1.0, (double)LongestSide / Math.Max(picture.Width, picture.Height));
        return (Multiple(picture.Width), Multiple(picture.Height));

        int Multiple(int side) => Math.Max(32, (int)Math.Round(side * scale / 32) * 32);
    }
}

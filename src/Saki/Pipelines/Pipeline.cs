namespace Saki.Pipelines;

/// <summary>
/// What travels with a model: how a picture becomes its input and how its output becomes an answer. Written as <c>pipeline.yaml</c>;
/// training and serving run this one description through the same code.
/// </summary>
public sealed record Pipeline
{
    /// <summary>What the estimator takes.</summary>
    public required InputSpec Input { get; init; }

    /// <summary>How a picture of another size gets there. Default: stretch, bilinear, no antialias.</summary>
    public ResizeSpec Resize { get; init; } = new();

    /// <summary>How pixel values become input values. Default: unchanged.</summary>
    public NormalizeSpec Normalize { get; init; } = new();

    /// <summary>Whether faces are found first and classified. Default: none.</summary>
    public FaceMode Faces { get; init; } = FaceMode.None;

    /// <summary>What the estimator gives. Default: logits of its only output.</summary>
    public OutputSpec Output { get; init; } = new();

    /// <summary>Class names in the order of the output's columns; at least one, no two alike.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>When to answer "none of my classes". Default: never.</summary>
    public RejectSpec? Reject { get; init; }

    /// <summary>What computes the answer. Default: the ONNX network in <c>model.onnx</c>.</summary>
    public EstimatorSpec Estimator { get; init; } = new();
}

/// <summary>The estimator's input: a batch of pictures.</summary>
/// <param name="Color">Channel order the estimator was trained with.</param>
/// <param name="Width">Pixels, 1 to 8192.</param>
/// <param name="Height">Pixels, 1 to 8192.</param>
/// <param name="Layout">Memory order of the input tensor.</param>
/// <param name="Type">Element type of the input tensor.</param>
public sealed record InputSpec(ColorKind Color, int Width, int Height, TensorLayout Layout = TensorLayout.Nchw, InputType Type = InputType.Float32)
{
    /// <summary>1 for grey, 3 for colour.</summary>
    public int Channels => Color == ColorKind.Gray ? 1 : 3;

    /// <summary>Values in one picture's input: channels x height x width.</summary>
    public int Count => Channels * Height * Width;
}

/// <summary>How a picture of another size is brought to the input size.</summary>
/// <param name="Mode">What happens to the aspect ratio.</param>
/// <param name="Interpolation">How values between pixels are made.</param>
/// <param name="Antialias">True: the kernel widens when shrinking (Pillow's way). False: it samples (OpenCV's and PyTorch's plain way).</param>
public sealed record ResizeSpec(ResizeMode Mode = ResizeMode.Stretch, Interpolation Interpolation = Interpolation.Bilinear, bool Antialias = false);

/// <summary>y = (x·scale − mean) / std with x in 0..255, per channel in the order of <see cref="InputSpec.Color"/>.</summary>
public sealed record NormalizeSpec
{
    /// <summary>Default 1.</summary>
    public float Scale { get; init; } = 1;

    /// <summary>One value for all channels or one each. Default 0.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0f];

    /// <summary>One value for all channels or one each, none of them 0. Default 1.</summary>
    public IReadOnlyList<float> Std { get; init; } = [1f];
}

/// <summary>The estimator's output.</summary>
/// <param name="Kind">What its numbers mean.</param>
/// <param name="Name">Which output, when the estimator has several; null for the only one.</param>
public sealed record OutputSpec(OutputKind Kind = OutputKind.Logits, string? Name = null);

/// <summary>Answers <paramref name="As"/> when the best probability is below <paramref name="Below"/>.</summary>
/// <param name="Below">Probability in 0..1.</param>
/// <param name="As">The answer's class then.</param>
public sealed record RejectSpec(float Below, string As = "none");

/// <summary>What computes the answer.</summary>
/// <param name="Kind">The only kind today is <c>onnx</c>.</param>
/// <param name="File">Its file inside the package: a bare name, no path.</param>
public sealed record EstimatorSpec(EstimatorKind Kind = EstimatorKind.Onnx, string File = "model.onnx");

/// <summary>Channel order.</summary>
public enum ColorKind
{
    /// <summary>One channel, luma of ITU-R BT.601.</summary>
    Gray,
    /// <summary>Red, green, blue.</summary>
    Rgb,
    /// <summary>Blue, green, red (OpenCV's order).</summary>
    Bgr,
}

/// <summary>Memory order of a batch of pictures.</summary>
public enum TensorLayout
{
    /// <summary>Batch, channel, row, column (PyTorch).</summary>
    Nchw,
    /// <summary>Batch, row, column, channel (TensorFlow).</summary>
    Nhwc,
}

/// <summary>Element type of the input tensor.</summary>
public enum InputType
{
    /// <summary>32-bit floating point.</summary>
    Float32,
    /// <summary>8-bit unsigned; scale, mean and std must be left at their defaults.</summary>
    Uint8,
    /// <summary>16-bit floating point.</summary>
    Float16,
}

/// <summary>What happens to the aspect ratio.</summary>
public enum ResizeMode
{
    /// <summary>Both sides are scaled to the target; the ratio may change.</summary>
    Stretch,
    /// <summary>Scaled until it covers the target, the middle is cut out.</summary>
    Cover,
    /// <summary>Scaled until it fits inside the target, the rest is padded with black.</summary>
    Fit,
    /// <summary>The picture must have the input's size.</summary>
    None,
}

/// <summary>How values between pixels are made.</summary>
public enum Interpolation
{
    /// <summary>The pixel whose area holds the sample point.</summary>
    Nearest,
    /// <summary>Mean over the covered area (shrinking only; growing is bilinear).</summary>
    Area,
    /// <summary>Triangle kernel.</summary>
    Bilinear,
    /// <summary>Cubic kernel, a = -0.5 with antialias (Pillow), a = -0.75 without (OpenCV, PyTorch).</summary>
    Bicubic,
}

/// <summary>Whether faces are found first.</summary>
public enum FaceMode
{
    /// <summary>The whole picture is classified.</summary>
    None,
    /// <summary>The largest face is classified; the whole picture when there is none.</summary>
    Largest,
    /// <summary>Every face is classified; the answer's class is the largest face's.</summary>
    All,
}

/// <summary>What the output's numbers mean.</summary>
public enum OutputKind
{
    /// <summary>Before softmax.</summary>
    Logits,
    /// <summary>In 0..1, adding up to 1.</summary>
    Probabilities,
    /// <summary>Larger is better, nothing else is promised; shown as they are.</summary>
    Scores,
}

/// <summary>What computes the answer.</summary>
public enum EstimatorKind
{
    /// <summary>An ONNX graph run by ONNX Runtime.</summary>
    Onnx,
}

namespace Saki.Pipelines;

/// <summary>What a <see cref="Pipeline"/> must keep to beyond its types; checked once where one comes in.</summary>
internal static class PipelineRules
{
    private const int LargestSide = 8192;
    private const int LongestLabel = 200;

    /// <summary>Every broken rule as the key's path in pipeline.yaml and a sentence.</summary>
    public static IEnumerable<(string Path, string Mistake)> Check(Pipeline pipeline)
    {
        var input = pipeline.Input;
        if (input.Width is < 1 or > LargestSide) yield return ("input.width", $"expected 1 to {LargestSide} pixels, got {input.Width}");
        if (input.Height is < 1 or > LargestSide) yield return ("input.height", $"expected 1 to {LargestSide} pixels, got {input.Height}");
        if (pipeline.Resize.Mode == ResizeMode.None && pipeline.Faces != FaceMode.None)
            yield return ("resize.mode", "expected stretch, cover or fit where faces are cut out, got none");
        foreach (var mistake in Normalize(pipeline)) yield return mistake;
        foreach (var mistake in Labels(pipeline.Labels)) yield return mistake;
        if (pipeline.Reject is { } reject)
        {
            if (reject.Below is not (>= 0 and <= 1)) yield return ("reject.below", $"expected a probability from 0 to 1, got {reject.Below}");
            if (string.IsNullOrWhiteSpace(reject.As)) yield return ("reject.as", "expected a class name, got nothing");
            if (pipeline.Output.Kind == OutputKind.Scores) yield return ("reject", "expected null where output.kind is scores, which are no probabilities");
        }
        if (!IsBareName(pipeline.Estimator.File)) yield return ("estimator.file", $"expected a file name inside the package, without a path, got \"{pipeline.Estimator.File}\"");
    }

    /// <summary>A name that stays inside its folder on every system: letters, digits, dot, dash, underscore; no dot first.</summary>
    public static bool IsBareName(string name) =>
        name.Length is > 0 and <= 128 && name[0] != '.' && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');

    private static IEnumerable<(string, string)> Normalize(Pipeline pipeline)
    {
        var (normalize, input) = (pipeline.Normalize, pipeline.Input);
        if (!float.IsFinite(normalize.Scale) || normalize.Scale == 0) yield return ("normalize.scale", $"expected a number other than 0, got {normalize.Scale}");
        foreach (var (name, values) in new[] { ("mean", normalize.Mean), ("std", normalize.Std) })
        {
            if (values.Count != 1 && values.Count != input.Channels)
                yield return ($"normalize.{name}", $"expected 1 {(input.Channels == 1 ? "value" : $"or {input.Channels} values")}, got {values.Count}");
            if (values.Any(value => !float.IsFinite(value))) yield return ($"normalize.{name}", "expected finite numbers");
        }
        if (normalize.Std.Contains(0)) yield return ("normalize.std", "expected numbers other than 0");
        var untouched = normalize.Scale == 1 && normalize.Mean.All(mean => mean == 0) && normalize.Std.All(std => std == 1);
        if (input.Type == InputType.Uint8 && !untouched) yield return ("normalize", "expected no normalisation where input.type is uint8");
    }

    private static IEnumerable<(string, string)> Labels(IReadOnlyList<string> labels)
    {
        if (labels.Count == 0) yield return ("labels", "expected at least one class name, got none");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var label in labels)
        {
            if (string.IsNullOrWhiteSpace(label) || label.Length > LongestLabel || label.Any(char.IsControl))
                yield return ("labels", $"expected class names of 1 to {LongestLabel} printable characters, got \"{PlainText.Of(label, 20)}\"");
            if (!seen.Add(label)) yield return ("labels", $"expected each class once, got \"{label}\" twice");
        }
    }
}

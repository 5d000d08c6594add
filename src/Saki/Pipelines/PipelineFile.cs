using System.Globalization;
using System.Text;
using Saki.Storage;

namespace Saki.Pipelines;

/// <summary>Reads and writes <c>pipeline.yaml</c>; every key is described in docs/reference/pipeline.md.</summary>
public static class PipelineFile
{
    /// <summary>Its name inside a package.</summary>
    public const string Name = "pipeline.yaml";

    /// <summary>Largest file that is read: 64 kB.</summary>
    public const int MaxBytes = 64 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file.</summary>
    /// <exception cref="PipelineException">It has mistakes; all of them are in the message with their lines.</exception>
    /// <exception cref="SakiException">It is not there, too large or not YAML.</exception>
    public static Pipeline Read(string path)
    {
        var name = Path.GetFileName(path);
        if (!File.Exists(path)) throw new SakiException($"Reading {name}", "a pipeline file", $"no file at {path}", "Check the path.");
        using var stream = File.OpenRead(path);
        var bytes = new byte[MaxBytes + 1];
        return Parse(bytes.AsSpan(0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)), name);
    }

    /// <summary>Reads its bytes (UTF-8).</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static Pipeline Parse(ReadOnlySpan<byte> content, string name = Name)
    {
        if (content.Length > MaxBytes) throw new SakiException($"Reading {name}", $"at most {MaxBytes / 1024} kB", "a larger file", "A pipeline is a few lines: check that this is the right file.");
        try
        {
            return Parse(StrictUtf8.GetString(content), name);
        }
        catch (DecoderFallbackException failure)
        {
            throw new SakiException($"Reading {name}", "UTF-8 text", "other bytes", "Save the file as UTF-8.", failure);
        }
    }

    /// <summary>Reads its text.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static Pipeline Parse(string text, string name = Name)
    {
        var binder = new PipelineBinder();
        var pipeline = binder.Bind(YamlTree.Parse(text, $"Reading {name}"));
        return binder.Mistakes.Count == 0 ? pipeline : throw new PipelineException(name, binder.Mistakes);
    }

    /// <summary>The file's text: the same for equal pipelines, every key written out.</summary>
    /// <exception cref="PipelineException">The pipeline breaks a rule of the format.</exception>
    public static string Write(Pipeline pipeline)
    {
        var mistakes = PipelineRules.Check(pipeline).Select(rule => $"{rule.Path}: {rule.Mistake}").ToArray();
        if (mistakes.Length > 0) throw new PipelineException(Name, mistakes);
        var (input, resize, normalize) = (pipeline.Input, pipeline.Resize, pipeline.Normalize);
        return $$"""
            input:     {kind: image, color: {{Word(input.Color)}}, width: {{input.Width}}, height: {{input.Height}}, layout: {{Word(input.Layout)}}, type: {{Word(input.Type)}}}
            resize:    {mode: {{Word(resize.Mode)}}, interpolation: {{Word(resize.Interpolation)}}, antialias: {{(resize.Antialias ? "true" : "false")}}}
            normalize: {scale: {{Number(normalize.Scale)}}, mean: [{{Numbers(normalize.Mean)}}], std: [{{Numbers(normalize.Std)}}]}
            faces:     {{Word(pipeline.Faces)}}
            output:    {kind: {{Word(pipeline.Output.Kind)}}, name: {{(pipeline.Output.Name is { } name ? YamlText.Scalar(name) : "null")}}}
            labels:    [{{string.Join(", ", pipeline.Labels.Select(YamlText.Scalar))}}]
            reject:    {{(pipeline.Reject is { } reject ? $"{{below: {Number(reject.Below)}, as: {YamlText.Scalar(reject.As)}}}" : "null")}}
            estimator: {kind: {{Word(pipeline.Estimator.Kind)}}, file: {{YamlText.Scalar(pipeline.Estimator.File)}}}

            """.ReplaceLineEndings("\n");
    }

    /// <summary>Names a pipeline by what it does: the digest of <see cref="Write"/>'s text, whatever the file's own spacing.</summary>
    public static Digest DigestOf(Pipeline pipeline) => Digest.Of(Encoding.UTF8.GetBytes(Write(pipeline)));

    private static string Word<TEnum>(TEnum value) where TEnum : struct, Enum => value.ToString().ToLowerInvariant();

    private static string Numbers(IEnumerable<float> values) => string.Join(", ", values.Select(Number));

    // Shortest text that reads back to the same bits; "1" would be an integer to other readers of YAML.
    private static string Number(float value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text.Contains('E') && !text.Contains('.') ? text.Replace("E", ".0E", StringComparison.Ordinal) : text;
    }
}

/// <summary>A pipeline.yaml with mistakes.</summary>
public sealed class PipelineException(string file, IReadOnlyList<string> mistakes)
    : SakiException($"Reading {file}", "a pipeline", $"{mistakes.Count} mistake{(mistakes.Count == 1 ? "" : "s")}: {string.Join("; ", mistakes)}", "The keys are described in docs/reference/pipeline.md.")
{
    /// <summary>Each mistake with its line and key, in the order of the file.</summary>
    public IReadOnlyList<string> Mistakes { get; } = mistakes;
}

using System.Globalization;

namespace Saki.Pipelines;

/// <summary>Turns the YAML tree into a <see cref="Pipeline"/>, going on after each mistake so that all of them are reported together.</summary>
internal sealed class PipelineBinder
{
    private readonly List<(int Line, string Text)> _mistakes = [];
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);

    /// <summary>The mistakes by line: <c>line 2: input.colr: unknown key. Did you mean "color"?</c></summary>
    public IReadOnlyList<string> Mistakes => [.. _mistakes.OrderBy(mistake => mistake.Line).Select(mistake => $"line {mistake.Line}: {mistake.Text}")];

    /// <summary>Where a value is missing or wrong the result carries a default and <see cref="Mistakes"/> says so.</summary>
    public Pipeline Bind(YamlNode root)
    {
        var top = Map(root, "", "input", "resize", "normalize", "faces", "output", "labels", "reject", "estimator");
        var pipeline = new Pipeline
        {
            Input = Input(Required(top, "input", root)),
            Resize = Resize(Value(top, "resize")),
            Normalize = Normalize(Value(top, "normalize")),
            Faces = Choice(Value(top, "faces"), "faces", FaceMode.None),
            Output = Output(Value(top, "output")),
            Labels = Required(top, "labels", root) is { } labels ? Texts(labels, "labels") : ["?"],
            Reject = Reject(Value(top, "reject")),
            Estimator = Estimator(Value(top, "estimator")),
        };
        foreach (var (path, mistake) in PipelineRules.Check(pipeline)) Add(LineOf(path), $"{path}: {mistake}");
        return pipeline;
    }

    private InputSpec Input(YamlNode? node)
    {
        if (node is null) return new InputSpec(ColorKind.Rgb, 1, 1);
        var map = Map(node, "input", "kind", "color", "width", "height", "layout", "type");
        if (Text(Required(map, "kind", node, "input"), "input.kind") is { } kind && kind != "image") Add(LineOf("input.kind"), $"input.kind: expected image, got \"{kind}\"");
        return new InputSpec(
            Choice(Required(map, "color", node, "input"), "input.color", ColorKind.Rgb),
            Integer(Required(map, "width", node, "input"), "input.width"), Integer(Required(map, "height", node, "input"), "input.height"),
            Choice(Value(map, "layout"), "input.layout", TensorLayout.Nchw), Choice(Value(map, "type"), "input.type", InputType.Float32));
    }

    private ResizeSpec Resize(YamlNode? node)
    {
        if (node is null) return new ResizeSpec();
        var map = Map(node, "resize", "mode", "interpolation", "antialias");
        return new ResizeSpec(
            Choice(Value(map, "mode"), "resize.mode", ResizeMode.Stretch), Choice(Value(map, "interpolation"), "resize.interpolation", Interpolation.Bilinear),
            Bool(Value(map, "antialias"), "resize.antialias"));
    }

    private NormalizeSpec Normalize(YamlNode? node)
    {
        if (node is null) return new NormalizeSpec();
        var map = Map(node, "normalize", "scale", "mean", "std");
        return new NormalizeSpec
        {
            Scale = Value(map, "scale") is { } scale ? Number(scale, "normalize.scale") : 1,
            Mean = Value(map, "mean") is { } mean ? Numbers(mean, "normalize.mean") : [0f],
            Std = Value(map, "std") is { } std ? Numbers(std, "normalize.std") : [1f],
        };
    }

    private OutputSpec Output(YamlNode? node)
    {
        if (node is null) return new OutputSpec();
        var map = Map(node, "output", "kind", "name");
        return new OutputSpec(Choice(Value(map, "kind"), "output.kind", OutputKind.Logits), Text(Value(map, "name"), "output.name"));
    }

    private RejectSpec? Reject(YamlNode? node)
    {
        if (node is null) return null;
        var map = Map(node, "reject", "below", "as");
        var below = Required(map, "below", node, "reject");
        return new RejectSpec(below is null ? 0 : Number(below, "reject.below"), Text(Value(map, "as"), "reject.as") ?? "none");
    }

    private EstimatorSpec Estimator(YamlNode? node)
    {
        if (node is null) return new EstimatorSpec();
        var map = Map(node, "estimator", "kind", "file");
        return new EstimatorSpec(Choice(Value(map, "kind"), "estimator.kind", EstimatorKind.Onnx), Text(Value(map, "file"), "estimator.file") ?? "model.onnx");
    }

    private Dictionary<string, YamlNode> Map(YamlNode node, string path, params string[] known)
    {
        var found = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        if (node is not YamlMap map)
        {
            Add(node.Line, $"{(path.Length == 0 ? "the file" : path)}: expected keys and values");
            return found;
        }
        foreach (var (key, value) in map.Entries)
        {
            var full = path.Length == 0 ? key.Text : $"{path}.{key.Text}";
            if (!known.Contains(key.Text))
            {
                Add(key.Line, $"{Clip(full)}: unknown key. {DidYouMean.Hint(Clip(key.Text), known)}");
                continue;
            }
            _lines[full] = value.Line;
            found[key.Text] = value;
        }
        return found;
    }

    private YamlNode? Required(Dictionary<string, YamlNode> map, string key, YamlNode parent, string path = "")
    {
        if (Value(map, key) is { } value) return value;
        if (parent is YamlMap) Add(parent.Line, $"{(path.Length == 0 ? key : $"{path}.{key}")}: missing");
        return null;
    }

    // A key with null counts as left out.
    private static YamlNode? Value(Dictionary<string, YamlNode> map, string key) => map.GetValueOrDefault(key) is { } node && node is not YamlScalar { IsNull: true } ? node : null;

    private TEnum Choice<TEnum>(YamlNode? node, string path, TEnum fallback) where TEnum : struct, Enum
    {
        if (node is null) return fallback;
        var names = Enum.GetNames<TEnum>().Select(name => name.ToLowerInvariant()).ToArray();
        if (node is YamlScalar scalar && Array.IndexOf(names, scalar.Text) is >= 0 and var at) return Enum.GetValues<TEnum>()[at];
        Add(node.Line, $"{path}: expected {string.Join("|", names)}, got {Shown(node)}{(node is YamlScalar s && DidYouMean.Closest(Clip(s.Text), names) is { } near ? $". Did you mean \"{near}\"?" : "")}");
        return fallback;
    }

    private int Integer(YamlNode? node, string path)
    {
        if (node is null) return 1;
        if (node is YamlScalar { Plain: true } scalar && int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)) return value;
        Add(node.Line, $"{path}: expected a whole number, got {Shown(node)}");
        return 1;
    }

    private float Number(YamlNode node, string path)
    {
        if (node is YamlScalar { Plain: true } scalar && float.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && float.IsFinite(value)) return value;
        Add(node.Line, $"{path}: expected a number, got {Shown(node)}");
        return 1;
    }

    // One number may stand without brackets.
    private float[] Numbers(YamlNode node, string path) => node is YamlList list ? [.. list.Items.Select(item => Number(item, path))] : [Number(node, path)];

    private bool Bool(YamlNode? node, string path)
    {
        if (node is null) return false;
        if (node is YamlScalar { Plain: true, Text: "true" or "false" } scalar) return scalar.Text == "true";
        Add(node.Line, $"{path}: expected true|false, got {Shown(node)}");
        return false;
    }

    private string? Text(YamlNode? node, string path)
    {
        if (node is null) return null;
        if (node is YamlScalar scalar) return scalar.Text;
        Add(node.Line, $"{path}: expected a text, got {Shown(node)}");
        return null;
    }

    private string[] Texts(YamlNode node, string path)
    {
        if (node is not YamlList list)
        {
            Add(node.Line, $"{path}: expected a list, got {Shown(node)}");
            return ["?"];
        }
        var texts = new List<string>();
        foreach (var item in list.Items)
        {
            if (item is YamlScalar { IsNull: false } scalar) texts.Add(scalar.Text);
            else Add(item.Line, $"{path}: expected a text, got {Shown(item)} (put quotes around a class of that name)");
        }
        return texts.Count == 0 && list.Items.Count > 0 ? ["?"] : [.. texts];
    }

    private static string Shown(YamlNode node) => node switch { YamlScalar { IsNull: true } => "null", YamlScalar scalar => $"\"{Clip(scalar.Text)}\"", YamlList => "a list", _ => "keys and values" };

    private static string Clip(string text) => new([.. (text.Length <= 40 ? text : text[..40] + "…").Select(letter => char.IsControl(letter) ? ' ' : letter)]);

    // The value's line, or the nearest part's that is there.
    private int LineOf(string path)
    {
        while (true)
        {
            if (_lines.TryGetValue(path, out var line)) return line;
            var dot = path.LastIndexOf('.');
            if (dot < 0) return 1;
            path = path[..dot];
        }
    }

    private void Add(int line, string text) => _mistakes.Add((line, text));
}

using System.Globalization;
using System.Text.Json;

namespace Saki.Pipelines;

/// <summary>
/// A package's <c>MLmodel</c>: MLflow's onnx and python_function flavours, so that <c>mlflow.onnx.load_model</c> and <c>mlflow.pyfunc.load_model</c>
/// open a package as it is. Saki's own facts are under <c>metadata</c>.
/// </summary>
public sealed record MLmodelFile
{
    /// <summary>Its name inside a package.</summary>
    public const string Name = "MLmodel";

    /// <summary>The MLflow version whose format this is.</summary>
    public const string MlflowVersion = "2.22.0";

    private const string Python = "3.11.2"; // the interpreter that the environment files ask for; any that runs onnxruntime does
    private const int LongestName = 200;

    /// <summary>The model's name: letters, digits, space, <c>. _ -</c>, at most 200.</summary>
    public required string Model { get; init; }

    /// <summary>The estimator's file.</summary>
    public string Data { get; init; } = "model.onnx";

    /// <summary>The estimator's inputs.</summary>
    public required IReadOnlyList<TensorSignature> Inputs { get; init; }

    /// <summary>The estimator's outputs.</summary>
    public required IReadOnlyList<TensorSignature> Outputs { get; init; }

    /// <summary>32 hex digits that name the content.</summary>
    public required string Uuid { get; init; }

    /// <summary>The run that made it; null for a model from elsewhere.</summary>
    public string? RunId { get; init; }

    /// <summary>When it was packaged (UTC).</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Bytes of the estimator's files.</summary>
    public required long Bytes { get; init; }

    /// <summary>True for a name that is also safe as a folder, in a URL and in MLflow's registry.</summary>
    public static bool IsModelName(string name) =>
        name.Length is > 0 and <= LongestName && name[0] is not ('.' or ' ') && name[^1] != ' '
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is ' ' or '.' or '_' or '-');

    /// <summary>The file's text.</summary>
    public string Write() => $$"""
        artifact_path: model
        flavors:
          onnx:
            code: null
            data: {{Data}}
            onnx_session_options: null
            onnx_version: 1.17.0
            providers:
            - CUDAExecutionProvider
            - CPUExecutionProvider
          python_function:
            data: {{Data}}
            env:
              conda: conda.yaml
              virtualenv: python_env.yaml
            loader_module: mlflow.onnx
            python_version: {{Python}}
        metadata:
          saki_name: {{YamlText.Scalar(Model)}}
          saki_pipeline: pipeline.yaml
        mlflow_version: {{MlflowVersion}}
        model_size_bytes: {{Bytes}}
        model_uuid: {{Quoted(Uuid)}}
        {{(RunId is null ? "" : $"run_id: {Quoted(RunId)}\n")}}signature:
          inputs: {{Quoted(Json(Inputs))}}
          outputs: {{Quoted(Json(Outputs))}}
          params: null
        utc_time_created: {{Quoted(Created.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture))}}

        """.ReplaceLineEndings("\n");

    /// <summary>The environment files that MLflow writes beside it, by name.</summary>
    public static IReadOnlyList<(string Name, string Text)> EnvironmentFiles { get; } =
    [
        ("conda.yaml", $"channels:\n- conda-forge\ndependencies:\n- python={Python}\n- pip\n- pip:\n  - mlflow>=2.9\n  - numpy\n  - onnx>=1.14\n  - onnxruntime>=1.16\nname: mlflow-env\n"),
        ("python_env.yaml", $"python: {Python}\nbuild_dependencies:\n- pip\n- setuptools\n- wheel\ndependencies:\n- -r requirements.txt\n"),
        ("requirements.txt", "mlflow>=2.9\nnumpy\nonnx>=1.14\nonnxruntime>=1.16\n"),
    ];

    /// <summary>The two facts that a package needs from the file: the model's name and its run.</summary>
    /// <exception cref="SakiException">It is not an MLmodel of a Saki package.</exception>
    public static (string Model, string? RunId) ReadName(string text)
    {
        const string Operation = "Reading MLmodel";
        var root = YamlTree.Parse(text, Operation) as YamlMap;
        var name = Text(Child(root, "metadata") as YamlMap, "saki_name");
        if (name is null || !IsModelName(name))
            throw new SakiException(Operation, "metadata.saki_name, a model name", name is null ? "none" : "a name with other characters", "Wrap the model with: saki package model.onnx --pipeline FILE");
        return (name, Text(root, "run_id"));
    }

    private static YamlNode? Child(YamlMap? map, string key) => map?.Entries.FirstOrDefault(entry => entry.Key.Text == key).Value;

    private static string? Text(YamlMap? map, string key) => Child(map, key) is YamlScalar { IsNull: false } scalar ? scalar.Text : null;

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Json(IReadOnlyList<TensorSignature> tensors) =>
        "[" + string.Join(", ", tensors.Select(tensor =>
            $"{{\"type\": \"tensor\", \"tensor-spec\": {{\"dtype\": \"{tensor.Type}\", \"shape\": [{string.Join(", ", tensor.Shape)}]}}, \"name\": \"{JsonEncodedText.Encode(tensor.Name)}\"}}")) + "]";
}

/// <summary>An input or output as MLflow's signature has it.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="Type">numpy's name of the element type: <c>float32</c>.</param>
/// <param name="Shape">Axis by axis; -1 for a free one.</param>
public sealed record TensorSignature(string Name, string Type, IReadOnlyList<long> Shape)
{
    /// <summary>Reads the inputs and outputs that a model declares; only tensors have a signature.</summary>
    public static (IReadOnlyList<TensorSignature> Inputs, IReadOnlyList<TensorSignature> Outputs) Of(Onnx.ModelProto model)
    {
        // Old exporters list weights among the inputs.
        var weights = model.Graph.Initializer.Select(weight => weight.Name).ToHashSet(StringComparer.Ordinal);
        return (Read(model.Graph.Input.Where(input => !weights.Contains(input.Name))), Read(model.Graph.Output));
    }

    private static TensorSignature[] Read(IEnumerable<Onnx.ValueInfoProto> values) =>
    [
        .. values.Where(value => value.Type?.TensorType is not null).Select(value => new TensorSignature(
            value.Name, NumpyName(value.Type.TensorType.ElemType),
            [.. value.Type.TensorType.Shape?.Dim.Select(axis => axis.HasDimValue ? axis.DimValue : -1) ?? []])),
    ];

    private static string NumpyName(int type) => type switch
    {
        1 => "float32",
        2 => "uint8",
        3 => "int8",
        4 => "uint16",
        5 => "int16",
        6 => "int32",
        7 => "int64",
        8 => "str",
        9 => "bool",
        10 => "float16",
        11 => "float64",
        12 => "uint32",
        13 => "uint64",
        14 => "complex64",
        15 => "complex128",
        _ => "object",
    };
}

namespace Saki.Inference.Backends.OnnxRuntime;

/// <summary>ONNX Runtime said no. The message is the library's own, without paths of this machine.</summary>
public sealed class OrtException : SakiException
{
    internal OrtException(string operation, OrtErrorCode code, string message, string? next = null)
        : base(operation, Expectation(code), message, next ?? Advice(code)) => Code = code;

    /// <summary>The library's code.</summary>
    public OrtErrorCode Code { get; }

    private static string Expectation(OrtErrorCode code) => code switch
    {
        OrtErrorCode.InvalidArgument => "input of the type and shape that the model declares",
        OrtErrorCode.NoSuchFile => "a file",
        OrtErrorCode.InvalidProtobuf => "an ONNX model",
        OrtErrorCode.NotImplemented => "operators and types that this ONNX Runtime has",
        OrtErrorCode.InvalidGraph => "a valid ONNX graph",
        _ => "ONNX Runtime to succeed",
    };

    private static string? Advice(OrtErrorCode code) => code switch
    {
        OrtErrorCode.InvalidProtobuf => "The file is damaged or of another kind: copy or export it again.",
        OrtErrorCode.InvalidGraph or OrtErrorCode.NotImplemented => "Export the model again with standard operators, opset 17 or lower.",
        _ => null,
    };
}

/// <summary>The library's error codes (<c>OrtErrorCode</c> of its C header).</summary>
public enum OrtErrorCode
{
    /// <summary>No error.</summary>
    Ok,
    /// <summary>Anything without a code of its own: missing custom operator, external data not found, memory refused, terminated.</summary>
    Fail,
    /// <summary>Wrong name, type, shape or buffer length.</summary>
    InvalidArgument,
    /// <summary>The file is not there.</summary>
    NoSuchFile,
    /// <summary>The model is not there.</summary>
    NoModel,
    /// <summary>The engine cannot go on.</summary>
    EngineError,
    /// <summary>An exception inside an operator.</summary>
    RuntimeException,
    /// <summary>Not an ONNX file.</summary>
    InvalidProtobuf,
    /// <summary>The model was loaded already.</summary>
    ModelLoaded,
    /// <summary>No kernel for the operator and type.</summary>
    NotImplemented,
    /// <summary>The graph breaks ONNX's rules.</summary>
    InvalidGraph,
    /// <summary>A provider of another device failed.</summary>
    ExecutionProviderFail,
    /// <summary>The load was cancelled.</summary>
    ModelLoadCanceled,
    /// <summary>The model must be compiled first.</summary>
    ModelRequiresCompilation,
    /// <summary>Nothing under that name.</summary>
    NotFound,
}

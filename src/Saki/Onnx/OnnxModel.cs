using Google.Protobuf;
using Saki.Storage;

namespace Saki.Onnx;

/// <summary>ONNX files to messages and back. Reading checks the wire format and that there is a graph, not that the graph computes.</summary>
public static class OnnxModel
{
    /// <summary>A protobuf message cannot be larger; larger networks keep their weights in a file beside the model.</summary>
    public const long LargestFile = int.MaxValue;

    /// <summary>Reads a model file.</summary>
    /// <exception cref="SakiException">It is missing, larger than <see cref="LargestFile"/>, or not an ONNX model.</exception>
    public static ModelProto Read(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists) throw new SakiException($"Reading {path}", "an ONNX model", "no such file", "Check the path.");
        if (file.Length > LargestFile)
            throw new SakiException($"Reading {path}", "at most 2 GiB", $"{file.Length} bytes", "Export the model with its weights as external data.");
        using var stream = file.OpenRead();
        return Parse(path, () => ModelProto.Parser.ParseFrom(stream));
    }

    /// <summary>Reads a model from memory; <paramref name="source"/> names it in errors.</summary>
    /// <exception cref="SakiException">The bytes are not an ONNX model.</exception>
    public static ModelProto Read(ReadOnlySpan<byte> content, string source)
    {
        ModelProto? model;
        try { model = ModelProto.Parser.ParseFrom(content); }
        catch (InvalidProtocolBufferException failure) { throw NotOnnx(source, failure); }
        return Checked(source, model);
    }

    /// <summary>Reads a model from a stream to its end; <paramref name="source"/> names it in errors. How much that may be is the caller's to limit.</summary>
    /// <exception cref="SakiException">The bytes are not an ONNX model.</exception>
    public static ModelProto Read(Stream content, string source) => Parse(source, () => ModelProto.Parser.ParseFrom(content));

    /// <summary>Writes <paramref name="model"/> durably. The same message gives the same bytes.</summary>
    /// <exception cref="SakiException">The folder cannot be written, or the disk is full.</exception>
    public static void Write(ModelProto model, string path) => DurableFile.Write(path, stream => model.WriteTo(stream));

    private static ModelProto Parse(string source, Func<ModelProto> parse)
    {
        try { return Checked(source, parse()); }
        catch (InvalidProtocolBufferException failure) { throw NotOnnx(source, failure); }
    }

    // Protobuf reads many a random file as a message of unknown fields: a version and a graph tell a model apart.
    private static ModelProto Checked(string source, ModelProto model) =>
        model is { IrVersion: > 0, Graph: not null } ? model : throw NotOnnx(source, null);

    private static SakiException NotOnnx(string source, Exception? cause) =>
        new($"Reading {source}", "an ONNX model", "a file that is damaged or of another format", "Export the model again.", cause);
}

using System.Text;

namespace Saki.Inference.Backends.OnnxRuntime;

/// <summary>
/// Finds the files that a model's tensors point to and refuses those outside the model's folder, before ONNX Runtime sees them.
/// Walks the wire format, so that a gigabyte of weights is skipped and not decoded.
/// </summary>
internal static class ExternalData
{
    private const int Deepest = 64; // graphs nest in If and Loop bodies

    // Message kinds, and for each the fields to go into: field number -> kind. onnx.proto of ONNX 1.17.
    private enum Kind { Model, Graph, Node, Attribute, Tensor, SparseTensor, Function, Entry }

    /// <exception cref="SakiException">A tensor lies outside <paramref name="folder"/>, in a link, or in another file although there is no folder.</exception>
    public static void Check(ReadOnlySpan<byte> model, string? folder)
    {
        foreach (var location in Locations(model)) CheckLocation(location, folder);
    }

    /// <summary>The files that a model file points to, relative to its folder, checked.</summary>
    /// <exception cref="SakiException">No such file, or one of them lies outside the folder.</exception>
    public static IReadOnlyList<string> Locations(string modelFile)
    {
        if (!File.Exists(modelFile)) throw new SakiException($"Loading {Path.GetFileName(modelFile)}", "an ONNX model file", "no such file", "Check the path.");
        var locations = Locations(File.ReadAllBytes(modelFile));
        foreach (var location in locations) CheckLocation(location, Path.GetDirectoryName(Path.GetFullPath(modelFile)));
        return [.. locations.Order(StringComparer.Ordinal)];
    }

    private static HashSet<string> Locations(ReadOnlySpan<byte> model)
    {
        var locations = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            Walk(model, Kind.Model, locations, 0);
        }
        catch (InvalidDataException)
        {
            // cut or not a model at all: ONNX Runtime says so with its own code
        }
        return locations;
    }

    private static void CheckLocation(string location, string? folder)
    {
        var inside = folder is not null && location.Length > 0 && !Path.IsPathRooted(location) && !location.Contains('\\') && !location.Contains('\0')
            && !location.Split('/').Contains("..");
        if (inside)
        {
            // A link may lead out: each part below the folder must be a plain file or folder.
            var path = folder!;
            foreach (var part in location.Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                path = Path.Combine(path, part);
                if (new FileInfo(path).LinkTarget is not null) inside = false;
            }
        }
        if (inside) return;
        throw new SakiException("Loading the model", "external data inside the model's folder", $"\"{Shown(location)}\"",
            "Put the data file beside the model and export it with a relative name.");
    }

    private static string Shown(string location) => Path.GetFileName(location.TrimEnd('/')) is { Length: > 0 } name ? $"…/{name}" : location;

    private static void Walk(ReadOnlySpan<byte> message, Kind kind, HashSet<string> locations, int depth)
    {
        if (depth > Deepest) throw new SakiException("Loading the model", $"graphs nested at most {Deepest} deep", "a deeper one");
        var (at, isLocation, value) = (0, false, "");
        while (at < message.Length)
        {
            var tag = Varint(message, ref at);
            var field = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0: Varint(message, ref at); break;
                case 1: at = Skip(message, at, 8); break;
                case 5: at = Skip(message, at, 4); break;
                case 2:
                    var length = Varint(message, ref at);
                    if (length > (ulong)(message.Length - at)) throw Damaged();
                    var content = message.Slice(at, (int)length);
                    at += (int)length;
                    if (kind == Kind.Entry)
                    {
                        if (field == 1) isLocation = content.SequenceEqual("location"u8);
                        else if (field == 2) value = Encoding.UTF8.GetString(content);
                    }
                    else if (Inner(kind, field) is { } inner) Walk(content, inner, locations, depth + 1);
                    break;
                default: throw new OrtException("Loading the model", OrtErrorCode.InvalidProtobuf, "a message with groups, which ONNX does not have");
            }
        }
        if (isLocation) locations.Add(value); // key and value may stand in either order
    }

    private static Kind? Inner(Kind kind, int field) => (kind, field) switch
    {
        (Kind.Model, 7) => Kind.Graph,
        (Kind.Model, 25) => Kind.Function,
        (Kind.Graph, 1) or (Kind.Function, 7) => Kind.Node,
        (Kind.Graph, 5) => Kind.Tensor,
        (Kind.Graph, 15) => Kind.SparseTensor,
        (Kind.Function, 11) => Kind.Attribute,
        (Kind.Node, 5) => Kind.Attribute,
        (Kind.Attribute, 5 or 10) => Kind.Tensor,
        (Kind.Attribute, 6 or 11) => Kind.Graph,
        (Kind.Attribute, 22 or 23) => Kind.SparseTensor,
        (Kind.SparseTensor, 1 or 2) => Kind.Tensor,
        (Kind.Tensor, 13) => Kind.Entry,
        _ => null,
    };

    private static ulong Varint(ReadOnlySpan<byte> from, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (at >= from.Length) throw Damaged();
            var next = from[at++];
            value |= (ulong)(next & 127) << shift;
            if (next < 128) return value;
        }
        throw Damaged();
    }

    private static int Skip(ReadOnlySpan<byte> from, int at, int count) => at + count <= from.Length ? at + count : throw Damaged();

    private static InvalidDataException Damaged() => new("Not a protobuf message.");
}

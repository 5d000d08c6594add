using Saki.Inference.Backends.OnnxRuntime;

namespace Saki.Inference.Tensors;

/// <summary>How the elements of a tensor are written.</summary>
public enum TensorForm
{
    /// <summary>Little-endian elements in row-major order without padding.</summary>
    Binary,
    /// <summary>A JSON array of numbers or booleans, flat or nested.</summary>
    Json,
}

/// <summary>A tensor as a request brings it; its content is read only when its turn has come.</summary>
/// <param name="Name">The model's input that it is for.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Length of each axis.</param>
/// <param name="Content">The elements; empty for texts.</param>
/// <param name="Form">How they are written.</param>
/// <param name="Texts">The elements of a tensor of texts; null otherwise.</param>
public sealed record TensorInput(string Name, OrtElementType Type, long[] Shape, ReadOnlyMemory<byte> Content, TensorForm Form = TensorForm.Binary, string[]? Texts = null)
{
    /// <summary>Most elements of one tensor.</summary>
    public const long MostElements = 1 << 28;

    /// <summary>The number of elements that the shape asks for.</summary>
    /// <exception cref="SakiException">A negative axis, or more elements than any request may have.</exception>
    public long Count()
    {
        var count = 1L;
        foreach (var axis in Shape)
        {
            if (axis < 0 || axis > MostElements) throw Wrong();
            count *= axis;
            if (count > MostElements) throw Wrong();
        }
        return count;
        SakiException Wrong() => new("Reading the request", $"a shape of at most {MostElements} elements for \"{Name}\"", $"[{string.Join(", ", Shape)}]");
    }
}

/// <summary>A tensor of an answer.</summary>
/// <param name="Name">The model's output.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Length of each axis.</param>
/// <param name="Content">Little-endian elements in row-major order; empty for texts.</param>
/// <param name="Texts">The elements of a tensor of texts; null otherwise.</param>
public sealed record TensorOutput(string Name, OrtElementType Type, long[] Shape, ReadOnlyMemory<byte> Content, string[]? Texts = null);

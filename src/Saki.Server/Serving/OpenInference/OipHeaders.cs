using System.Collections.Concurrent;
using Saki.Inference.Tensors;

namespace Saki.Server.Serving.OpenInference;

/// <summary>
/// The JSON before raw tensors, which a program sends again and again as it is: parsed once. Only requests without an id and with nothing but raw tensors of numbers are kept, so that an
/// entry follows from its bytes alone; what is held is bounded. Thread-safe.
/// </summary>
/// <param name="json">The bytes.</param>
/// <param name="request">What they mean, its tensors empty.</param>
/// <param name="lengths">Bytes of each tensor.</param>
internal sealed class OipHeaders(byte[] json, OipRequest request, int[] lengths)
{
    private const int MostBytes = 2048, MostEntries = 512;

    private static readonly ConcurrentDictionary<int, OipHeaders> Known = new();

    /// <summary>What these very bytes meant before; null when they are new.</summary>
    public static OipHeaders? Find(ReadOnlySpan<byte> json) =>
        json.Length <= MostBytes && Known.TryGetValue(HashOf(json), out var known) && known.Is(json) ? known : null;

    /// <summary>Remembers a request for the next one with the same JSON, where that may be.</summary>
    public static void Keep(ReadOnlySpan<byte> json, OipRequest request)
    {
        if (json.Length > MostBytes || request.Id is not null || request.Inputs.Any(input => input.Form != TensorForm.Binary || input.Texts is not null)) return;
        if (Known.Count >= MostEntries) Known.Clear();
        var empty = request with { Inputs = [.. request.Inputs.Select(input => input with { Content = default })] };
        Known[HashOf(json)] = new OipHeaders(json.ToArray(), empty, [.. request.Inputs.Select(input => input.Content.Length)]);
    }

    /// <summary>The request with its tensors cut out of what stood behind the JSON.</summary>
    /// <exception cref="Http.RequestException">400: more or fewer bytes than the JSON names.</exception>
    public OipRequest Of(ReadOnlyMemory<byte> binary)
    {
        var inputs = new TensorInput[lengths.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            if (lengths[i] > binary.Length) throw OipRequest.TooFew(request.Inputs[i].Name, lengths[i], binary.Length);
            inputs[i] = request.Inputs[i] with { Content = binary[..lengths[i]] };
            binary = binary[lengths[i]..];
        }
        return binary.IsEmpty ? request with { Inputs = inputs } : throw OipRequest.TooMany(binary.Length);
    }

    private bool Is(ReadOnlySpan<byte> other) => other.SequenceEqual(json);

    private static int HashOf(ReadOnlySpan<byte> json)
    {
        var hash = new HashCode(); // seeded anew in each process: nobody can aim at an entry
        hash.AddBytes(json);
        return hash.ToHashCode();
    }
}

using System.Text.Json.Serialization;
using Saki.Storage;

namespace Saki.Pipelines;

/// <summary>
/// <c>golden.json</c>: a picture that anyone can draw again from its seed and what the model answered when it was packaged.
/// A package whose model answers differently is refused at load. The picture is synthetic, so a package never carries anyone's data.
/// </summary>
public sealed record GoldenSample
{
    /// <summary>Seed of <see cref="Draw"/>.</summary>
    [JsonPropertyName("seed")] public required ulong Seed { get; init; }

    /// <summary>Width of the picture in pixels.</summary>
    [JsonPropertyName("width")] public required int Width { get; init; }

    /// <summary>Height of the picture in pixels.</summary>
    [JsonPropertyName("height")] public required int Height { get; init; }

    /// <summary>Channels of the picture: 1 or 3.</summary>
    [JsonPropertyName("channels")] public required int Channels { get; init; }

    /// <summary>SHA-256 of the drawn pixels, 64 hex digits: proves that the picture was drawn alike.</summary>
    [JsonPropertyName("sha256")] public required string Sha256 { get; init; }

    /// <summary>The raw output row, before softmax and labels.</summary>
    [JsonPropertyName("output")] public required IReadOnlyList<float> Output { get; init; }

    /// <summary>Largest difference allowed per value, relative to max(1, |expected|). Default 1e-3: other processors round differently.</summary>
    [JsonPropertyName("tolerance")] public float Tolerance { get; init; } = 1e-3f;

    /// <summary>A smooth pattern with noise: rows top to bottom, interleaved channels, integers only, so the same bytes everywhere.</summary>
    public static byte[] Draw(ulong seed, int width, int height, int channels)
    {
        var random = new SeededRandom(seed);
        var pixels = new byte[width * height * channels];
        Span<int> weights = stackalloc int[channels * 3];
        for (var i = 0; i < weights.Length; i++) weights[i] = 1 + random.Next(5);
        for (int y = 0, at = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                for (var c = 0; c < channels; c++, at++)
                {
                    var wave = ((x * 255 * weights[3 * c] / width) + (y * 255 * weights[(3 * c) + 1] / height)) & 511;
                    pixels[at] = (byte)Math.Clamp((wave > 255 ? 511 - wave : wave) + random.Next(8 * weights[(3 * c) + 2]) - 16, 0, 255);
                }
        return pixels;
    }

    /// <summary>The digest of the picture that <see cref="Draw"/> gives.</summary>
    public static string DigestOf(ReadOnlySpan<byte> pixels) => Digest.Of(pixels).ToString();
}

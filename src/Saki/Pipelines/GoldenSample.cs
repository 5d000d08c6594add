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

    /// <summary>
    /// Draws a colour picture one and a half times the pipeline's input size, so that resize and colour are exercised (the input size itself where the
    /// pipeline does not resize), and keeps what <paramref name="run"/> answers: preprocessing of the whole picture, then the model's raw output row.
    /// </summary>
    public static GoldenSample Record(Pipeline pipeline, ulong seed, Func<GoldenPicture, float[]> run)
    {
        var keep = pipeline.Resize.Mode == ResizeMode.None;
        var (width, height) = keep ? (pipeline.Input.Width, pipeline.Input.Height) : ((pipeline.Input.Width * 3 + 1) / 2, (pipeline.Input.Height * 3 + 1) / 2);
        var pixels = Draw(seed, width, height, 3);
        return new GoldenSample { Seed = seed, Width = width, Height = height, Channels = 3, Sha256 = DigestOf(pixels), Output = run(new GoldenPicture(pixels, width, height, 3)) };
    }

    /// <summary>Draws the picture again and compares what <paramref name="run"/> answers with what was recorded.</summary>
    /// <exception cref="SakiException">The picture or the answer differs.</exception>
    public void Verify(Func<GoldenPicture, float[]> run)
    {
        const string Operation = "Checking the golden answer";
        const string Next = "The model, its preprocessing or this machine's engine is not the one that was packaged: package the model again.";
        var pixels = Draw(Seed, Width, Height, Channels);
        if (DigestOf(pixels) != Sha256) throw new SakiException(Operation, $"a picture with digest {Sha256}", DigestOf(pixels), Next);
        var got = run(new GoldenPicture(pixels, Width, Height, Channels));
        if (got.Length != Output.Count) throw new SakiException(Operation, $"{Output.Count} values", $"{got.Length}", Next);
        for (var i = 0; i < got.Length; i++)
        {
            var allowed = Tolerance * Math.Max(1, Math.Abs(Output[i]));
            if (!(Math.Abs(got[i] - Output[i]) <= allowed)) // NaN is no match
                throw new SakiException(Operation, $"output {i} to be {Output[i]} ± {allowed}", $"{got[i]}", Next);
        }
    }

    /// <summary>The digest of the picture that <see cref="Draw"/> gives.</summary>
    public static string DigestOf(ReadOnlySpan<byte> pixels) => Digest.Of(pixels).ToString();
}

/// <summary>A drawn picture.</summary>
/// <param name="Pixels">Rows top to bottom, interleaved channels.</param>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
/// <param name="Channels">1 for grey, 3 for RGB.</param>
public sealed record GoldenPicture(byte[] Pixels, int Width, int Height, int Channels);

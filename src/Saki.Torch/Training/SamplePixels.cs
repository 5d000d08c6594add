using Saki.Pipelines;

namespace Saki.Torch.Training;

/// <summary>Until Saki.Vision's decoder lands: PGM and PPM of the exact input size.</summary>
internal static class SamplePixels
{
    internal static void Decode(byte[] encoded, string name, Pipeline pipeline, Span<byte> pixels)
    {
        if (encoded.Length < pixels.Length || encoded[0] != (byte)'P')
            throw new SakiException($"Decoding {name}", $"a PGM or PPM of {pipeline.Input.Width}x{pipeline.Input.Height}", $"{encoded.Length} bytes");
        encoded.AsSpan(encoded.Length - pixels.Length).CopyTo(pixels);
    }
}

/// <summary>Until Saki.Vision's kernel lands.</summary>
internal sealed class Normalizer(Pipeline pipeline)
{
    internal void Apply(ReadOnlySpan<byte> pixels, Span<float> values)
    {
        var n = pipeline.Normalize;
        var (scale, mean, std) = (n.Scale, n.Mean[0], n.Std[0]);
        for (var i = 0; i < values.Length; i++) values[i] = ((pixels[i] * scale) - mean) / std;
    }
}

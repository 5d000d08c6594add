using Saki.Pipelines;
using Saki.Vision;

namespace Saki.Bench;

/// <summary>Encoded bytes to a normalised 3x224x224 row, one thread: <c>images FILE…</c>. Microseconds per picture.</summary>
internal static class ImageBench
{
    public static void Run(string[] files)
    {
        var preprocessor = new Preprocessor(new Pipeline
        {
            Input = new InputSpec(ColorKind.Rgb, 224, 224),
            Normalize = new NormalizeSpec { Scale = 1 / 255f, Mean = [0.485f, 0.456f, 0.406f], Std = [0.229f, 0.224f, 0.225f] },
            Labels = ["any"],
        });
        var row = new float[3 * 224 * 224];
        foreach (var file in files)
        {
            var bytes = File.ReadAllBytes(file);
            var calls = Math.Max(1, 3_000_000 / (bytes.Length + 20_000));
            Warm(() => One(bytes, preprocessor, row));
            Measure.Report(Path.GetFileNameWithoutExtension(file), Measure.Median(9, calls, () => One(bytes, preprocessor, row)), "us");
        }
    }

    // Tiered compilation needs a few hundred calls and some time before the final code runs.
    private static void Warm(Action body)
    {
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        while (System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds < 1.5) body();
    }

    private static void One(byte[] bytes, Preprocessor preprocessor, float[] row)
    {
        using var image = ImageDecoder.Decode(bytes, preprocessor.Decode);
        preprocessor.Run(image, row);
    }
}

namespace Saki.Torch.Export;

/// <summary>Whether an exported graph answers as the network it came from: outputs of both on the same samples, compared value by value.</summary>
/// <param name="Samples">How many samples were compared.</param>
/// <param name="LargestDifference">The largest absolute difference between two outputs.</param>
public sealed record ExportCheck(int Samples, double LargestDifference)
{
    /// <summary>Above this an export in fp32 is wrong, not merely rounded: sums of a few thousand products differ by some 1e-6.</summary>
    public const double Limit = 1e-4;

    /// <summary>Compares the outputs of libtorch and of the exported graph.</summary>
    /// <param name="samples">Rows in both.</param>
    /// <param name="network">The network's outputs, row by row.</param>
    /// <param name="exported">The graph's outputs, row by row.</param>
    /// <exception cref="SakiException">The sizes differ, a value is not a number, or a difference is above <see cref="Limit"/>: the export must not be used.</exception>
    public static ExportCheck Compare(int samples, ReadOnlySpan<float> network, ReadOnlySpan<float> exported)
    {
        if (network.Length != exported.Length || samples <= 0)
            throw new SakiException("Checking the export", $"{network.Length} output values", $"{exported.Length}", "Report this network: its export is wrong.");
        double largest = 0;
        for (var i = 0; i < network.Length; i++)
        {
            double difference = Math.Abs(network[i] - exported[i]);
            if (!(difference <= Limit)) // also true of NaN
            {
                throw new SakiException("Checking the export", $"outputs that agree within {Limit:g}",
                    $"a difference of {difference:g3} in output {i % (network.Length / samples)} of sample {i / (network.Length / samples)}",
                    "The model was not written. Report this network: its export is wrong.");
            }
            largest = Math.Max(largest, difference);
        }
        return new ExportCheck(samples, largest);
    }
}

using Saki.Torch.Nn;

namespace Saki.Torch.Training;

/// <summary>The training loss: cross-entropy or focal, with label smoothing, class weights and mixed targets. Owns the weights.</summary>
public sealed class Loss : IDisposable
{
    private readonly LossOptions _options;
    private readonly Tensor? _weights_K;

    /// <param name="options">Which loss.</param>
    /// <param name="labels">Classes of the training samples, for class weights.</param>
    /// <param name="classes">How many there are.</param>
    /// <param name="device">Where the logits are.</param>
    public Loss(LossOptions options, IReadOnlyList<int> labels, int classes, Device device)
    {
        _options = options;
        if (options.ClassWeights == "none") return;
        using var onCpu = torch.tensor(WeightsOf(options, labels, classes));
        _weights_K = onCpu.to(device: device, copy: true);
        DisposeScope.Detach(_weights_K);
    }

    /// <summary>Mean over the batch, a single value. <paramref name="others_N"/> are the targets of the mixed-in pictures, of which 1 − <paramref name="kept"/> was mixed in.</summary>
    public Tensor Of(Tensor logits_NK, Tensor labels_N, Tensor? others_N = null, double kept = 1)
    {
        var loss = Of(logits_NK, labels_N);
        return others_N is null ? loss : loss.mul(kept).add(Of(logits_NK, others_N).mul(1 - kept));
    }

    /// <summary>Frees the class weights.</summary>
    public void Dispose() => _weights_K?.Dispose();

    private Tensor Of(Tensor logits_NK, Tensor labels_N)
    {
        if (_options.Name != "focal") return functional.cross_entropy(logits_NK, labels_N, _weights_K, _options.LabelSmoothing);
        // The weight (1 − p)^gamma is part of what is differentiated, as in the paper; 1 − p is kept off 0, where a power below 1 has no slope.
        using var loss_N = functional.cross_entropy(logits_NK, labels_N, _weights_K, _options.LabelSmoothing, Reduction.none);
        using var plain_N = functional.cross_entropy(logits_NK, labels_N, reduction: Reduction.none);
        using var wrong_N = plain_N.neg().exp().neg().add(1).clamp(min: 1e-6);
        return loss_N.mul(wrong_N.pow(_options.Gamma)).mean();
    }

    // Scaled so that the mean over the samples is 1: the learning rate keeps its meaning.
    internal static float[] WeightsOf(LossOptions options, IReadOnlyList<int> labels, int classes)
    {
        var counts = new int[classes];
        foreach (var label in labels) counts[label]++;
        var weights = Array.ConvertAll(counts, count => count == 0 ? 0 : options.ClassWeights == "effective_number"
            ? (1 - options.Beta) / (1 - Math.Pow(options.Beta, count))
            : 1.0 / count);
        var total = counts.Select((count, k) => count * weights[k]).Sum();
        return Array.ConvertAll(weights, weight => (float)(weight * labels.Count / total));
    }
}

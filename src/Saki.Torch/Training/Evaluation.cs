using Saki.Pipelines;
using Saki.Torch.Nn;

namespace Saki.Torch.Training;

/// <summary>The figures of the validation split: plain cross-entropy in nats, and accuracies 0..1.</summary>
internal sealed record EvaluationFigures(double Loss, double Accuracy, double BalancedAccuracy);

/// <summary>Evaluates networks while they train.</summary>
/// <param name="batches">The validation split.</param>
/// <param name="pipeline">Input and classes.</param>
/// <param name="device">Where the network is.</param>
/// <param name="mirror">Mean of the logits of picture and mirror image.</param>
internal sealed class Evaluation(Batches batches, Pipeline pipeline, Device device, bool mirror)
{
    /// <summary>Puts <paramref name="network"/> into evaluation mode and runs it over the split.</summary>
    internal EvaluationFigures Run(Module network)
    {
        network.eval();
        using var noGrad = torch.no_grad();
        double loss = 0;
        var (right, count) = (new long[pipeline.Labels.Count], new long[pipeline.Labels.Count]);
        foreach (var batch in batches.Epoch(0))
        {
            using var scope = torch.NewDisposeScope();
            var (images_NCHW, labels_N) = batch.ToTensors(pipeline.Input, device);
            var logits_NK = network.forward(images_NCHW);
            if (mirror) logits_NK = logits_NK.add(network.forward(images_NCHW.flip(3))).mul(0.5);
            loss += functional.cross_entropy(logits_NK, labels_N, reduction: Reduction.sum).item();
            var answers = logits_NK.argmax(1).cpu().ToArray<long>();
            for (var i = 0; i < batch.Count; i++)
            {
                count[batch.Labels[i]]++;
                if (answers[i] == batch.Labels[i]) right[batch.Labels[i]]++;
            }
        }
        var present = Enumerable.Range(0, count.Length).Where(k => count[k] > 0);
        return new EvaluationFigures(loss / count.Sum(), right.Sum() / (double)count.Sum(), present.Average(k => right[k] / (double)count[k]));
    }
}

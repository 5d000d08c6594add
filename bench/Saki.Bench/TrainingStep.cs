using System.Diagnostics;
using Saki.Torch;
using Saki.Torch.Networks;
using Saki.Torch.Nn;
using Saki.Torch.Optim;

namespace Saki.Bench;

/// <summary>One training step of a benchmark case, as a user of Saki.Torch would write it.</summary>
internal sealed class TrainingStep : IDisposable
{
    public static readonly string[] Cases = ["resnet18-fp32", "resnet18-bf16", "mlp-small", "mlp-large"];

    private readonly bool _bf16;
    private readonly Module _net;
    private readonly Optimizer _optimizer;
    private readonly Tensor _images, _labels;

    public TrainingStep(string name)
    {
        torch.set_num_threads(2);
        torch.manual_seed(1);
        _bf16 = name == "resnet18-bf16";
        long batch = 128;
        if (name.StartsWith("resnet18", StringComparison.Ordinal))
        {
            _net = ResNet.resnet18(10, stem: ResNetStem.cifar).to(format: MemoryFormat.channels_last);
            using var rows = torch.randn([batch, 3, 32, 32]);
            _images = rows.contiguous(MemoryFormat.channels_last);
            _optimizer = new SGD(_net.parameters(), 0.1, momentum: 0.9, nesterov: true, weight_decay: 5e-4);
        }
        else
        {
            long[] widths = name == "mlp-small" ? [64, 32, 10] : [3072, 300, 300, 10];
            batch = name == "mlp-small" ? 16 : 64;
            _net = new Mlp(widths);
            _images = torch.randn([batch, widths[0]]);
            _optimizer = new Adam(_net.parameters(), 1e-3);
        }
        _labels = torch.randint(0, 10, [batch]);
    }

    public void Run()
    {
        using var scope = torch.NewDisposeScope();
        _optimizer.zero_grad();
        Loss().backward();
        _optimizer.step();
    }

    /// <summary>Milliseconds of each of <paramref name="steps"/> steps after a tenth as many for warming up.</summary>
    public IEnumerable<double> Time(int steps)
    {
        for (var i = 0; i < Math.Max(1, steps / 10); i++) Run();
        for (var i = 0; i < steps; i++)
        {
            var start = Stopwatch.GetTimestamp();
            Run();
            yield return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _net.Dispose();
        _images.Dispose();
        _labels.Dispose();
    }

    private Tensor Loss()
    {
        if (!_bf16) return functional.cross_entropy(_net.forward(_images), _labels);
        using var autocast = torch.autocast();
        return functional.cross_entropy(_net.forward(_images), _labels);
    }
}

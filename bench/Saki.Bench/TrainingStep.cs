using System.Diagnostics;
using Saki.Torch;
using Saki.Torch.Networks;
using Saki.Torch.Nn;
using Saki.Torch.Optim;

namespace Saki.Bench;

/// <summary>One training step of a benchmark case, as a user of Saki.Torch would write it.</summary>
internal sealed class TrainingStep : IDisposable
{
    /// <summary>With a peer. The bf16 cases need a CPU with bf16 instructions to finish in reasonable time; resnet18-bf16-batch1 does not.</summary>
    public static readonly string[] Cases = ["emotion_cnn-fp32", "airbench94-fp32", "resnet18-fp32", "emotion_cnn-bf16", "airbench94-bf16", "resnet18-bf16", "mlp-small", "mlp-large"];

    private readonly bool _bf16;
    private readonly Module _net;
    private readonly Optimizer _optimizer;
    private readonly Tensor _images, _labels;

    public TrainingStep(string name)
    {
        torch.set_num_threads(2);
        torch.manual_seed(1);
        _bf16 = name.Contains("bf16", StringComparison.Ordinal);
        var batch = name.EndsWith("-batch1", StringComparison.Ordinal) ? 1L : 128L;
        if (name.StartsWith("resnet18", StringComparison.Ordinal))
        {
            _net = ResNet.resnet18(10, stem: ResNetStem.cifar).to(format: MemoryFormat.channels_last);
            using var rows = torch.randn([batch, 3, 32, 32]);
            _images = rows.contiguous(MemoryFormat.channels_last);
            _optimizer = new SGD(_net.parameters(), 0.1, momentum: 0.9, nesterov: true, weight_decay: 5e-4);
        }
        else if (name.StartsWith("emotion_cnn", StringComparison.Ordinal))
        {
            _net = new EmotionCnn(new NetworkShape(1, 48, 48, 7), new EmotionCnnOptions()).to(format: MemoryFormat.channels_last);
            _images = torch.randn([batch, 1, 48, 48]);
            _optimizer = new SGD(_net.parameters(), 0.1, momentum: 0.9, nesterov: true, weight_decay: 5e-4);
        }
        else if (name.StartsWith("airbench94", StringComparison.Ordinal))
        {
            _net = new Airbench(new NetworkShape(3, 32, 32, 10), new AirbenchOptions()).to(format: MemoryFormat.channels_last);
            using var rows = torch.randn([batch, 3, 32, 32]);
            _images = rows.contiguous(MemoryFormat.channels_last);
            _optimizer = new SGD([.. _net.parameters().Where(parameter => parameter.requires_grad)], 0.1, momentum: 0.9, nesterov: true, weight_decay: 5e-4);
        }
        else if (name == "cnn")
        {
            batch = 32;
            _net = new Sequential(
                new Conv2d(3, 32, 3, padding: 1), new BatchNorm2d(32), new ReLU(), new MaxPool2d(2),
                new Conv2d(32, 64, 3, padding: 1), new BatchNorm2d(64), new ReLU(), new AdaptiveAvgPool2d(1), new Flatten(), new Linear(64, 10)).to(format: MemoryFormat.channels_last);
            _images = torch.randn([batch, 3, 32, 32]);
            _optimizer = new Adam(_net.parameters(), 1e-3);
        }
        else
        {
            long[] widths = name == "mlp-small" ? [64, 32, 10] : [3072, 300, 300, 10];
            batch = name == "mlp-small" ? 16 : 64;
            _net = new Mlp(widths);
            _images = torch.randn([batch, widths[0]]);
            _optimizer = new Adam(_net.parameters(), 1e-3);
        }
        _labels = torch.randint(0, name.StartsWith("emotion_cnn", StringComparison.Ordinal) ? 7 : 10, [batch]);
    }

    /// <summary>Pictures in a step.</summary>
    public long Batch => _labels.size(0);

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

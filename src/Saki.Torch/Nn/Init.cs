namespace Saki.Torch.Nn;

/// <summary>torch.nn.init: start values, drawn from torch's generator in PyTorch's order, so that equal seeds give equal networks.</summary>
public static class init
{
    /// <summary>PyTorch's default for weights of linear and convolution layers (kaiming_uniform_ with a = sqrt 5): uniform within 1 / sqrt(fan in). Returns the tensor.</summary>
    public static Tensor default_uniform_(Tensor weight)
    {
        var bound = 1 / Math.Sqrt(FanIn(weight));
        return Quietly(weight, bound);
    }

    /// <summary>PyTorch's default for the bias of a layer with <paramref name="fan_in"/> inputs. Returns the tensor.</summary>
    public static Tensor default_bias_(Tensor bias, long fan_in) => Quietly(bias, fan_in > 0 ? 1 / Math.Sqrt(fan_in) : 0);

    /// <summary>Normal with deviation sqrt(2 / fan out), for layers followed by relu (He et al., 2015; torchvision's ResNets). Returns the tensor.</summary>
    public static Tensor kaiming_normal_fan_out_(Tensor weight)
    {
        using var _ = torch.no_grad();
        var receptive = weight.numel() / (weight.shape[0] * weight.shape[1]);
        return weight.normal_(0, Math.Sqrt(2.0 / (weight.shape[0] * receptive)));
    }

    /// <summary>
    /// The first filters of a convolution's weight [out, in, kH, kW], as many as it has inputs, pass their own channel on unchanged; the rest stays (torch.nn.init.dirac_ on them). Returns the tensor.
    /// </summary>
    public static Tensor dirac_(Tensor weight)
    {
        using var _ = torch.no_grad();
        var same = Math.Min(weight.size(0), weight.size(1));
        var (middleY, middleX) = (weight.size(2) / 2, weight.size(3) / 2);
        using var rows = weight.narrow(0, 0, same);
        rows.zero_();
        for (long i = 0; i < same; i++)
        {
            using var filter = rows.select(0, i);
            using var channel = filter.select(0, i);
            using var row = channel.select(0, middleY);
            using var pixel = row.select(0, middleX);
            pixel.fill_(1);
        }
        return weight;
    }

    internal static long FanIn(Tensor weight) => weight.numel() / weight.shape[0];

    private static Tensor Quietly(Tensor tensor, double bound)
    {
        using var _ = torch.no_grad();
        return tensor.uniform_(-bound, bound);
    }
}

using Saki.Configuration;

namespace Saki.Torch.Networks;

/// <summary>What a <see cref="ResNet"/> looks like beyond its depth.</summary>
public sealed record ResNetOptions
{
    /// <summary>The layers before the first stage. Default <c>cifar</c>, for pictures of 28 to 64 pixels; <c>imagenet</c> for about 224.</summary>
    public ResNetStem Stem { get; init; } = ResNetStem.cifar;
}

/// <summary>What an <see cref="Mlp"/> looks like.</summary>
public sealed record MlpOptions
{
    /// <summary>Widths of the hidden layers, each at least 1; empty for a linear classifier. Default 300, 300.</summary>
    [Within(1, 65536)] public IReadOnlyList<int> Hidden { get; init; } = [300, 300];
}

/// <summary>For networks that have nothing to choose.</summary>
public sealed record NoOptions;

using Saki.Configuration;
using Saki.Pipelines;
using Saki.Torch.Networks;

namespace Saki.Torch.Training;

/// <summary>The composed configuration as <see cref="TrainOptions"/>: all mistakes at once, the network's own keys checked against its own record.</summary>
public static class TrainConfig
{
    /// <summary>Binds <paramref name="config"/>.</summary>
    /// <param name="config">As composed from <c>conf/</c>, interpolations resolved.</param>
    /// <param name="networks">Which networks there are.</param>
    /// <exception cref="SakiException">A key is unknown or missing, or a value is of the wrong type; a network has no such name.</exception>
    public static TrainOptions Bind(ConfigMap config, NetworkRegistry networks) =>
        new ConfigBinder().Variant<NetworkOptions>("name", nameof(NetworkOptions.Options), networks.OptionsOf).Bind<TrainOptions>(config);

    /// <summary>What a picture becomes before the network sees it; serving uses this very description: y = (x/255 − mean)/std.</summary>
    public static Pipeline PipelineOf(TrainOptions options, IReadOnlyList<string> labels) => new()
    {
        Input = new InputSpec(options.Dataset.Color, options.Dataset.Width, options.Dataset.Height),
        Resize = new ResizeSpec(options.Dataset.Resize, Pipelines.Interpolation.Bilinear, Antialias: true),
        Normalize = new NormalizeSpec { Scale = 1f / 255, Mean = options.Dataset.Mean, Std = options.Dataset.Std },
        Faces = options.Package.Faces,
        Labels = labels,
    };
}

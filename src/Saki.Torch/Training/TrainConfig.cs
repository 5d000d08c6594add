using Saki.Configuration;
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
}

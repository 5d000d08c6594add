using Saki.Configuration;
using Saki.Torch.Networks;

namespace Saki.Torch.Training;

/// <summary>The composed configuration as <see cref="TrainOptions"/>: all mistakes at once, the network's own keys checked against its own record.</summary>
public static class TrainConfig
{
    /// <summary>Binds <paramref name="config"/>.</summary>
    /// <param name="config">As composed from <c>conf/</c>.</param>
    /// <param name="networks">Which networks there are.</param>
    /// <exception cref="SakiException">A key is unknown or missing, or a value is of the wrong type; a network has no such name.</exception>
    public static TrainOptions Bind(ConfigMap config, NetworkRegistry networks)
    {
        var binder = new ConfigBinder();
        var network = config.Items.GetValueOrDefault("network") as ConfigMap ?? new ConfigMap(config.Origin);
        var (name, own) = (new ConfigMap(network.Origin), new ConfigMap(network.Origin));
        foreach (var (key, value) in network.Items) (key == "name" ? name : own).Items[key] = value;

        var rest = new ConfigMap(config.Origin);
        rest.Merge(config);
        rest.Items["network"] = name;
        var options = binder.Bind<TrainOptions>(rest);
        var registered = networks.OptionsOf(options.Network.Name);
        options = options with { Network = options.Network with { Options = binder.Bind(registered, own, "network") } };
        binder.ThrowIfAny();
        return options;
    }
}

using Saki.Torch.Nn;

namespace Saki.Torch.Networks;

/// <summary>What every image classifier must fit.</summary>
/// <param name="Channels">1 for grey, 3 for colour.</param>
/// <param name="Height">Input height in pixels.</param>
/// <param name="Width">Input width in pixels.</param>
/// <param name="Classes">Outputs; at least 1.</param>
public sealed record NetworkShape(int Channels, int Height, int Width, int Classes);

/// <summary>
/// Networks by the name that a configuration gives. A network is one class and one line here; its options are a record of its own, so that its
/// keys are checked like all others. A configuration can name only what is registered, never a type.
/// </summary>
public sealed class NetworkRegistry
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Names in alphabetical order.</summary>
    public IEnumerable<string> Names => _entries.Keys.Order(StringComparer.Ordinal);

    /// <summary>The networks that come with Saki.</summary>
    public static NetworkRegistry BuiltIn() => new NetworkRegistry()
        .Add<EmotionCnnOptions>("emotion_cnn", (shape, options) => new EmotionCnn(shape, options))
        .Add<ResNetOptions>("resnet18", (shape, options) => ResNet.resnet18(shape.Classes, shape.Channels, options.Stem))
        .Add<ResNetOptions>("resnet34", (shape, options) => ResNet.resnet34(shape.Classes, shape.Channels, options.Stem))
        .Add<ResNetOptions>("resnet50", (shape, options) => ResNet.resnet50(shape.Classes, shape.Channels, options.Stem))
        .Add<NoOptions>("resnet20", (shape, _) => CifarResNet.resnet20(shape))
        .Add<NoOptions>("resnet56", (shape, _) => CifarResNet.resnet56(shape))
        .Add<VggOptions>("vgg11_bn", Vgg.vgg11_bn)
        .Add<VggOptions>("vgg16_bn", Vgg.vgg16_bn)
        .Add<MobileNetV2Options>("mobilenet_v2", (shape, options) => new MobileNetV2(shape, options))
        .Add<AirbenchOptions>("airbench94", (shape, options) => new Airbench(shape, options))
        .Add<MlpOptions>("mlp", (shape, options) => new Mlp([(long)shape.Channels * shape.Height * shape.Width, .. options.Hidden.Select(width => (long)width), shape.Classes]));

    /// <summary>Registers a network; returns this.</summary>
    /// <param name="name">As in <c>network.name</c>: lower case, unique.</param>
    /// <param name="make">Makes the network with fresh start values drawn from torch's generator.</param>
    public NetworkRegistry Add<TOptions>(string name, Func<NetworkShape, TOptions, Module> make) where TOptions : class, new()
    {
        _entries.Add(name, new Entry(typeof(TOptions), static () => new TOptions(), (shape, options) => make(shape, (TOptions)options)));
        return this;
    }

    /// <summary>The record that a network's options are bound to.</summary>
    /// <exception cref="SakiException">No network has this name.</exception>
    public Type OptionsOf(string name) => Find(name).Options;

    /// <summary>Makes the network.</summary>
    /// <param name="name">A registered name.</param>
    /// <param name="options">A record of the type <see cref="OptionsOf"/>; null for its defaults.</param>
    /// <param name="shape">What it must fit.</param>
    /// <exception cref="SakiException">No network has this name, or it refuses its options.</exception>
    public Module Create(string name, object? options, NetworkShape shape)
    {
        var entry = Find(name);
        return entry.Make(shape, options ?? entry.Default());
    }

    private Entry Find(string name) => _entries.TryGetValue(name, out var entry)
        ? entry
        : throw new SakiException("Reading network.name", $"one of {string.Join(", ", Names)}", $"\"{name}\"", DidYouMean.Hint(name, [.. _entries.Keys]));

    private sealed record Entry(Type Options, Func<object> Default, Func<NetworkShape, object, Module> Make);
}

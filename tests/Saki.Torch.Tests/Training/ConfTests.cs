using Saki.Configuration;
using Saki.Testing;
using Saki.Torch.Networks;
using Saki.Torch.Training;

namespace Saki.Torch.Tests.Training;

/// <summary>The repository's own conf/ against the option records.</summary>
public sealed class ConfTests
{
    private static readonly string Conf = Path.Combine(Repository.Root, "conf");

    [Fact]
    public void Every_option_of_every_group_is_known_and_in_range()
    {
        foreach (var group in Directory.EnumerateDirectories(Conf))
        {
            foreach (var file in Directory.EnumerateFiles(group, "*.yaml"))
            {
                var (name, option) = (Path.GetFileName(group), Path.GetFileNameWithoutExtension(file));
                string[] overrides = option == "finetune" ? ["weights=finetune", "weights.from=some.pth"] : [$"{name}={option}"];
                var options = TrainConfig.Bind(ConfigComposer.Compose(Conf, "train", overrides).Resolve(), NetworkRegistry.BuiltIn());
                TrainChecks.Check(options);
            }
        }
    }

    [Fact]
    public void Every_registered_network_has_a_file()
    {
        var files = Directory.EnumerateFiles(Path.Combine(Conf, "network"), "*.yaml").Select(Path.GetFileNameWithoutExtension).ToHashSet();
        Assert.All(NetworkRegistry.BuiltIn().Names, name => Assert.Contains(name, files));
    }

    [Fact]
    public void Defaults_of_the_records_are_those_of_the_files()
    {
        var composed = TrainConfig.Bind(ConfigComposer.Compose(Conf, "train", []).Resolve(), NetworkRegistry.BuiltIn());
        Assert.Equal(new TrainerOptions(), composed.Trainer);
        Assert.Equal(new OptimizerOptions(), composed.Optimizer);
        Assert.Equal(new LossOptions(), composed.Loss);
        Assert.Equal(new PackageOptions(), composed.Package);
    }
}

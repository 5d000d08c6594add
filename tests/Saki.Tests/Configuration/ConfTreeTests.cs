using Saki.Configuration;

namespace Saki.Tests.Configuration;

/// <summary>The repository's own conf/ tree.</summary>
public sealed class ConfTreeTests
{
    private static readonly string Conf = Find();

    [Theory]
    [InlineData("seed=1")]
    [InlineData("network=emotion_cnn", "optimizer=adamw", "trainer.epochs=3")]
    [InlineData("experiment=emotions")]
    [InlineData("experiment=fer2013", "seed=7")]
    [InlineData("dataset=cifar10", "augment=none", "schedule=cosine")]
    public void The_lines_of_the_readme_compose_and_resolve(params string[] overrides) =>
        Assert.NotEmpty(ConfigComposer.Compose(Conf, "train", overrides).Resolve().Entries);

    [Fact]
    public void An_experiment_wins_over_the_groups_and_the_command_line_over_both()
    {
        var composed = ConfigComposer.Compose(Conf, "train", ["experiment=fer2013", "trainer.epochs=9"]);
        var read = new Interpolation(composed.Root, InterpolationContext.Default);

        Assert.Equal("fer2013", ((ConfigScalar)read.Read("dataset.name")).Value);
        Assert.Equal(9L, ((ConfigScalar)read.Read("trainer.epochs")).Value);
        Assert.Equal("override trainer.epochs=9", read.Read("trainer.epochs").Origin.ToString());
        Assert.EndsWith("fer2013.yaml:6", read.Read("dataset.name").Origin.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_option_of_every_group_composes()
    {
        foreach (var group in Directory.EnumerateDirectories(Conf))
            foreach (var option in Directory.EnumerateFiles(group, "*.yaml"))
                ConfigComposer.Compose(Conf, "train", [$"{Path.GetFileName(group)}={Path.GetFileNameWithoutExtension(option)}"]).Resolve();
    }

    [Fact]
    public void Every_key_stands_below_a_comment()
    {
        foreach (var file in Directory.EnumerateFiles(Conf, "*.yaml", SearchOption.AllDirectories))
        {
            var lines = File.ReadAllLines(file);
            for (var i = 1; i < lines.Length; i++)
                if (lines[i].Contains(": ", StringComparison.Ordinal) && !lines[i].TrimStart().StartsWith('#') && !lines[i].TrimStart().StartsWith('-'))
                    Assert.True(lines[i - 1].TrimStart().StartsWith('#'), $"{file}:{i + 1} has no comment above it");
        }
    }

    [Fact]
    public void A_mistyped_key_is_told_with_the_near_one()
    {
        var error = Assert.Throws<ConfigException>(() => ConfigComposer.Compose(Conf, "train", ["trainer.epoch=3"]));
        Assert.Contains("Did you mean \"epochs\"?", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ConfigException>(() => ConfigComposer.Compose(Conf, "train", ["optimizer=adamx"]));
        Assert.Contains("Did you mean \"adam\"?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_reads_back_equal()
    {
        var root = ConfigComposer.Compose(Conf, "train", ["package.name=a b", "+note=\"it's: #1\\n\"", "+odd=[yes,'12',1e-5]"]).Root;
        Assert.True(ConfigMerge.Same(root, ConfigYaml.Parse(ConfigYamlWriter.Write(root), "again")));
    }

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Saki.slnx"))) folder = folder.Parent!;
        return Path.Combine(folder.FullName, "conf");
    }
}

using Saki.Configuration;

namespace Saki.Tests.Configuration;

public sealed class HostileConfigTests
{
    [Theory]
    [InlineData("a: 1\na: 2")]
    [InlineData("a: &x [1]\nb: *x")]
    [InlineData("a: !!python/object/apply:os.system ['ls']")]
    [InlineData("a: !System.IO.File x")]
    [InlineData("a: 1\n---\nb: 2")]
    [InlineData("a: [1, 2")]
    [InlineData("? [1]\n: 2")]
    public void Repeated_keys_aliases_tags_and_second_documents_are_refused(string yaml) =>
        Assert.Throws<ConfigException>(() => ConfigYaml.Parse(yaml, "x.yaml"));

    [Fact]
    public void Too_deep_and_too_long_files_are_refused()
    {
        Assert.Throws<ConfigException>(() => ConfigYaml.Parse(new string('[', 5000) + new string(']', 5000), "x.yaml"));
        Assert.Throws<ConfigException>(() => ConfigYaml.Parse("a: " + new string('x', 5 << 20), "x.yaml"));
        Assert.Throws<ConfigException>(() => Override.Parse("a=" + new string('[', 5000)));
    }

    [Fact]
    public void Interpolations_that_multiply_are_refused()
    {
        var yaml = "k0: [1, 2]\n" + string.Concat(Enumerable.Range(1, 40).Select(i => $"k{i}: ['${{k{i - 1}}}', '${{k{i - 1}}}']\n"));
        var root = (ConfigMap)ConfigYaml.Parse(yaml, "x.yaml");
        Assert.Throws<ConfigException>(() => new Interpolation(root, InterpolationContext.Default).ResolveAll());
    }

    [Fact]
    public void Options_do_not_leave_the_folder()
    {
        var folder = Directory.CreateTempSubdirectory("saki-conf");
        try
        {
            Directory.CreateDirectory(Path.Combine(folder.FullName, "conf/model"));
            File.WriteAllText(Path.Combine(folder.FullName, "secret.yaml"), "password: 1");
            File.WriteAllText(Path.Combine(folder.FullName, "conf/config.yaml"), "defaults: [{model: a}]\n");
            File.WriteAllText(Path.Combine(folder.FullName, "conf/model/a.yaml"), "x: 1\n");
            File.CreateSymbolicLink(Path.Combine(folder.FullName, "conf/model/b.yaml"), Path.Combine(folder.FullName, "secret.yaml"));
            var conf = Path.Combine(folder.FullName, "conf");

            Assert.Single(ConfigComposer.Compose(conf, "config", []).Root.Entries);
            Assert.Throws<ConfigException>(() => ConfigComposer.Compose(conf, "config", ["model=../../secret"]));
            Assert.Throws<ConfigException>(() => ConfigComposer.Compose(conf, "config", ["model=b"]));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}

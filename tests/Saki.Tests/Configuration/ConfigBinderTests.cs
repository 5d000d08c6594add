using Saki.Configuration;

namespace Saki.Tests.Configuration;

public sealed class ConfigBinderTests
{
    public enum Shade { Gray, DarkBlue }

    public sealed record Options
    {
        public required string Name { get; init; }

        [Within(0, 1, AboveLeast = true)]
        public double Rate { get; init; } = 0.5;

        public int BatchSize { get; init; } = 8;

        public double? Seconds { get; init; } = 3;

        public Shade Shade { get; init; }

        public IReadOnlyList<float> Mean { get; init; } = [0.5f];

        public Inner Inner { get; init; } = new();

        public Network Network { get; init; } = new();
    }

    public sealed record Inner
    {
        [OneOf("cosine", "constant")]
        public string Kind { get; init; } = "cosine";
    }

    public sealed record Network
    {
        public string Name { get; init; } = "mlp";

        public object? Options { get; init; }
    }

    public sealed record Mlp
    {
        public IReadOnlyList<int> Hidden { get; init; } = [1];
    }

    private static Options Bind(string yaml) => new ConfigBinder()
        .Variant<Network>("name", "Options", static name => name == "mlp" ? typeof(Mlp) : throw new SakiException("Reading network.name", "one of mlp", $"\"{name}\""))
        .Bind<Options>((ConfigMap)ConfigYaml.Parse(yaml, "conf/x.yaml"));

    [Fact]
    public void Snake_case_keys_fill_init_properties_and_the_rest_keeps_its_default()
    {
        var options = Bind("name: a\nrate: 1\nbatch_size: 32\nseconds: null\nshade: dark_blue\nmean: [0.25, 1]\ninner: {kind: constant}\nnetwork: {name: mlp, hidden: [5, 6]}");

        Assert.Equal(("a", 1.0, 32, (double?)null, Shade.DarkBlue, "constant"), (options.Name, options.Rate, options.BatchSize, options.Seconds, options.Shade, options.Inner.Kind));
        Assert.Equal([0.25f, 1f], options.Mean);
        Assert.Equal([5, 6], Assert.IsType<Mlp>(options.Network.Options).Hidden);
        Assert.Equal((8, 3.0), (Bind("name: a").BatchSize, Bind("name: a").Seconds));
    }

    [Fact]
    public void All_mistakes_come_in_one_error_with_file_and_line()
    {
        var error = Assert.Throws<ConfigException>(() => Bind("rate: 0\nbatch_sise: 3\nshade: dark_bleu\nmean: 4\ninner:\n  kind: cosin\nnetwork:\n  name: mlp\n  hiden: [1]\n"));

        Assert.Equal(2, error.ExitCode);
        Assert.Contains("7 mistakes", error.Message, StringComparison.Ordinal);
        Assert.Contains("conf/x.yaml:1: rate: expected a number above 0 and at most 1, got 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("conf/x.yaml:2: unknown key batch_sise. Did you mean \"batch_size\"?", error.Message, StringComparison.Ordinal);
        Assert.Contains("conf/x.yaml:3: shade: expected one of gray, dark_blue, got \"dark_bleu\". Did you mean \"dark_blue\"?", error.Message, StringComparison.Ordinal);
        Assert.Contains("conf/x.yaml:4: mean: expected a list of numbers, got 4", error.Message, StringComparison.Ordinal);
        Assert.Contains("conf/x.yaml:6: inner.kind: expected one of cosine, constant, got \"cosin\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("conf/x.yaml:9: unknown key network.hiden. Did you mean \"hidden\"?", error.Message, StringComparison.Ordinal);
        Assert.Contains("name is not given", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name: 5", "name: expected a text, got 5")]
    [InlineData("name: a\nbatch_size: 1.5", "batch_size: expected a whole number, got 1.5")]
    [InlineData("name: a\nbatch_size: 99999999999", "batch_size: expected a whole number")]
    [InlineData("name: a\nrate: .nan", "rate: expected a number above 0")]
    [InlineData("name: ???", "name is mandatory and not given")]
    [InlineData("name: a\nnetwork: {name: System.IO.File}", "network.name: expected one of mlp")]
    public void Wrong_types_and_ranges_are_refused(string yaml, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<ConfigException>(() => Bind(yaml)).Message, StringComparison.Ordinal);
}

namespace Saki.Cli.Tests;

/// <summary>Hydra's flags. The forms are those of hydra-core 1.3 (hydra/_internal/hydra.py: show_cfg, _print_defaults_list, _print_defaults_tree_impl, _print_search_path).</summary>
public sealed class HydraFlagsTests : IDisposable
{
    private readonly Cli _cli = new();

    public HydraFlagsTests()
    {
        _cli.Write("tree/config.yaml", "defaults:\n  - model: small\n  - optional data: null\n  - _self_\nlr: 0.1\nhalf: ${lr}\nwho: ${hydra:job.name}-${hydra:runtime.choices.model}\nlayers: [1, 2]\n");
        _cli.Write("tree/model/small.yaml", "width: 8\nname: small\n");
        _cli.Write("tree/model/large.yaml", "defaults:\n  - norm: batch\n  - _self_\nwidth: 64\nname: large\n");
        _cli.Write("tree/model/norm/batch.yaml", "eps: 1e-5\n");
        _cli.Write("more/model/mine.yaml", "width: 5\nname: mine\n");
    }

    public void Dispose() => _cli.Dispose();

    private async Task<string> Show(params string[] args)
    {
        var result = await _cli.Run([.. (string[])["config", "show", "--config-path", _cli.At("tree"), "--config-name", "config"], .. args]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return result.Output;
    }

    [Fact]
    public async Task The_job_is_shown_with_interpolations_or_resolved()
    {
        Assert.Equal("model:\n  width: 8\n  name: small\nlr: 0.1\nhalf: ${lr}\nwho: ${hydra:job.name}-${hydra:runtime.choices.model}\nlayers:\n- 1\n- 2\n", await Show("--cfg", "job"));
        Assert.Equal("model:\n  width: 8\n  name: small\nlr: 0.1\nhalf: 0.1\nwho: config-small\nlayers:\n- 1\n- 2\n", await Show("-c", "job", "--resolve"));
    }

    [Theory]
    [InlineData("model", "# @package model\nwidth: 8\nname: small\n")]
    [InlineData("half", "0.1\n")]
    [InlineData("model.name", "small\n")]
    [InlineData("layers", "# @package layers\n- 1\n- 2\n")]
    [InlineData("layers[1]", "2\n")]
    public async Task A_package_is_shown_alone(string package, string expected) => Assert.Equal(expected, await Show("--cfg", "job", "--package", package));

    [Fact]
    public async Task A_package_that_is_not_there_is_refused()
    {
        (await _cli.Run("config", "show", "--config-path", _cli.At("tree"), "--config-name", "config", "--package", "modle")).AssertRefused("modle", "Did you mean \"model\"?");
    }

    [Fact]
    public async Task Hydras_own_node_tells_overrides_choices_and_sources()
    {
        var hydra = await Show("--cfg", "hydra", "model=large", "lr=0.2");
        Assert.StartsWith("hydra:\n", hydra, StringComparison.Ordinal);
        Assert.Contains("  overrides:\n    hydra: []\n    task:\n    - model=large\n    - lr=0.2\n", hydra, StringComparison.Ordinal);
        Assert.Contains("    choices:\n      data: null\n      model: large\n      model/norm: batch\n", hydra, StringComparison.Ordinal);
        Assert.Contains("override_dirname: lr=0.2,model=large\n", hydra, StringComparison.Ordinal);
        Assert.Contains("lr: 0.1\n", await Show("--cfg", "all"), StringComparison.Ordinal);
        Assert.Equal("# @package hydra.overrides\nhydra: []\ntask: []\n", await Show("--cfg", "all", "--package", "hydra.overrides"));
    }

    [Fact]
    public async Task The_defaults_list_is_a_table_in_the_order_of_merging() => Assert.Equal("""

        Defaults List
        *************
        | Config path      | Package    | _self_ | Parent      | 
        ---------------------------------------------------------
        | model/norm/batch | model.norm | False  | model/large |
        | model/large      | model      | True   | config      |
        | config           |            | True   | <root>      |
        ---------------------------------------------------------

        """, await Show("--info", "defaults", "model=large"));

    [Fact]
    public async Task The_defaults_tree_shows_which_file_named_which() => Assert.Equal("""

        Defaults Tree
        *************
        <root>:
          config:
            model: large:
              model/norm: batch
              _self_
            data: null
            _self_

        """, await Show("--info", "defaults-tree", "model=large"));

    [Fact]
    public async Task A_further_folder_adds_options_and_stands_on_the_search_path()
    {
        Assert.Equal("# @package model\nwidth: 5\nname: mine\n", await Show("--config-dir", _cli.At("more"), "model=mine", "--package", "model"));
        var path = await Show("--config-dir", _cli.At("more"), "--info", "searchpath");
        Assert.Contains("Config search path\n******************\n| Provider     | Search path", path, StringComparison.Ordinal);
        Assert.Contains($"| main         | file://{_cli.At("tree")} |\n| command-line | file://{_cli.At("more")} |\n", path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Provenance_names_the_line_or_the_override_behind_every_value()
    {
        var lines = (await Show("--info", "provenance", "lr=0.2", "+extra=1")).Split('\n');
        var tree = _cli.At("tree");
        Assert.Contains($"model.width = 8  # {tree}/model/small.yaml:1", lines);
        Assert.Contains("lr = 0.2  # override lr=0.2", lines);
        Assert.Contains("extra = 1  # override +extra=1", lines);
        Assert.Contains($"half = \"${{lr}}\"  # {tree}/config.yaml:6", lines);
        Assert.Contains("Provenance\n**********\n", await Show("--info", "all"), StringComparison.Ordinal);
        Assert.Contains("Config\n******\nmodel:\n", await Show("--info", "config"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Training_shows_its_configuration_instead_of_training_and_refuses_flags_that_do_not_fit()
    {
        var shown = await _cli.Run("train", "--cfg", "job", "--package", "optimizer.lr", "optimizer.lr=0.25");
        Assert.Equal((0, "0.25\n"), (shown.ExitCode, shown.Output));
        (await _cli.Run("train", "--resolve")).AssertRefused("--cfg");
        (await _cli.Run("train", "--info", "defaults", "--cfg", "job")).AssertRefused("--info");
        (await _cli.Run("train", "--info", "plugins")).AssertRefused("plugins");
    }
}

using System.Text.Json;

namespace Saki.Cli.Tests;

/// <summary><c>saki data …</c> as a person meets it: what is printed, what is asked back, how it ends.</summary>
public class DataVerbsTests
{
    // A grey picture of 2x1.
    private static byte[] Grey(byte left, byte right) => [.. "P5\n2 1\n255\n"u8, left, right];

    private static async Task<Cli> Birds()
    {
        var cli = new Cli();
        cli.Write("birds/train/jay/1.pgm", Grey(1, 2));
        cli.Write("birds/train/jay/2.pgm", Grey(7, 7));
        cli.Write("birds/train/owl/3.pgm", Grey(3, 4));
        cli.Write("birds/train/owl/4.pgm", Grey(8, 9));
        cli.Write("birds/test/jay/5.pgm", Grey(1, 2));
        cli.Write("birds/test/owl/6.pgm", Grey(5, 6));
        cli.Write("birds/test/owl/7.pgm", [.. "P5\n20 10\n255\n"u8, 1, 2, 3]);
        Assert.Equal(0, (await cli.Run("data", "import", cli.At("birds"), "--name", "birds")).ExitCode);
        return cli;
    }

    [Fact]
    public async Task Check_names_the_faults_and_ends_with_1()
    {
        using var cli = await Birds();

        var result = await cli.Run("data", "check", "birds");

        Assert.Equal(1, result.ExitCode);
        foreach (var part in new[] { "1 damaged images", "test/owl/7.pgm: one that ends too early", "1 constant images (1 train)", "train/jay/2.pgm", "1 test images with a copy in train (of 3)", "test/jay/5.pgm", "2x1 (6)" })
            Assert.Contains(part, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_with_drop_makes_a_version_without_them_that_is_clean()
    {
        using var cli = await Birds();

        var result = await cli.Run("data", "check", "birds", "--drop", "leaks,damaged", "--json");

        Assert.Equal(0, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal(["test/owl/7.pgm", "train/jay/1.pgm"], json.RootElement.GetProperty("dropped").EnumerateArray().Select(file => file.GetProperty("path").GetString()));
        Assert.Equal(5, json.RootElement.GetProperty("new_version").GetProperty("images").GetInt32());
        // Without its constant image no jay would be left to learn from.
        (await cli.Run("data", "check", "birds", "--drop", "constant")).AssertRefused("none of jay");
    }

    [Fact]
    public async Task Diff_ends_with_1_when_two_versions_differ_and_0_when_not()
    {
        using var cli = await Birds();
        await cli.Run("data", "check", "birds", "--drop", "damaged");
        var versions = (await cli.Run("data", "list", "--json")).Output;
        using var json = JsonDocument.Parse(versions);
        var old = json.RootElement[1].GetProperty("digest").GetString()![..12];

        var differs = await cli.Run("data", "diff", $"birds@{old}", "birds");

        Assert.Equal(1, differs.ExitCode);
        Assert.Contains("- test/owl/7.pgm", differs.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await cli.Run("data", "diff", "birds", "birds")).ExitCode);
    }

    [Fact]
    public async Task Export_then_import_of_the_table_gives_the_same_version()
    {
        using var cli = await Birds();

        Assert.Equal(0, (await cli.Run("data", "export", "birds", cli.At("out"))).ExitCode);
        await cli.Run("data", "import", cli.At("out", "samples.csv"), "--name", "again");

        Assert.Equal(0, (await cli.Run("data", "diff", "birds", "again")).ExitCode);
        (await cli.Run("data", "export", "birds", cli.At("out"))).AssertRefused("which has files");
    }

    [Fact]
    public async Task Remove_frees_what_only_it_held()
    {
        using var cli = await Birds();

        var result = await cli.Run("data", "remove", "birds");

        Assert.Contains("freed 6 images", result.Output, StringComparison.Ordinal);
        Assert.Empty((await cli.Run("data", "list")).Output);
        (await cli.Run("data", "show", "birds")).AssertRefused("There are none yet");
    }

    [Fact]
    public async Task A_mistyped_name_is_answered_with_the_right_one()
    {
        using var cli = await Birds();

        (await cli.Run("data", "sample", "emotion")).AssertRefused("Did you mean \"emotions\"?");
        (await cli.Run("data", "remove", "brids")).AssertRefused("Did you mean \"birds\"?");
        (await cli.Run("data", "check", "birds", "--drop", "leak")).AssertRefused("Did you mean \"leaks\"?");
        (await cli.Run("data", "import", cli.At("birds"), "--name", "x", "--group", "person")).AssertRefused("a csv or JSON lines table for --group");
    }

    [Fact]
    public async Task A_split_that_the_training_images_leave_a_class_out_of_is_refused()
    {
        using var cli = new Cli();
        cli.Write("set/train/a/1.pgm", Grey(1, 2));
        cli.Write("set/test/a/2.pgm", Grey(2, 3));
        cli.Write("set/test/b/3.pgm", Grey(3, 4));

        (await cli.Run("data", "import", cli.At("set"), "--name", "x")).AssertRefused("training images of every class", "none of b");
        Assert.Empty((await cli.Run("data", "list")).Output);
    }

    [Fact]
    public async Task A_mapping_puts_folders_into_one_class()
    {
        using var cli = await Birds();
        cli.Write("map.yaml", "bird: [jay, owl]\n");

        (await cli.Run("data", "import", cli.At("birds"), "--name", "x", "--mapping", cli.At("map.yaml"))).AssertRefused("two or more classes");
        cli.Write("map.yaml", "night: owl\nday: jay\n");
        await cli.Run("data", "import", cli.At("birds"), "--name", "x", "--mapping", cli.At("map.yaml"));

        Assert.Contains("\"classes\":[\"night\",\"day\"]", (await cli.Run("data", "show", "x", "--json")).Output, StringComparison.Ordinal);
    }
}

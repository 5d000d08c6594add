using System.Text.Json;
using System.Text.Json.Nodes;

namespace Saki.Cli.Tests;

/// <summary><c>saki labels …</c> without a server: out to Label Studio and back.</summary>
public class LabelsVerbsTests
{
    private static byte[] Grey(byte left, byte right) => [.. "P5\n2 1\n255\n"u8, left, right];

    private static async Task<Cli> Birds()
    {
        var cli = new Cli();
        cli.Write("birds/jay/1.pgm", Grey(1, 2));
        cli.Write("birds/jay/2.pgm", Grey(7, 8));
        cli.Write("birds/owl/3.pgm", Grey(3, 4));
        cli.Write("birds/owl/4.pgm", Grey(8, 9));
        Assert.Equal(0, (await cli.Run("data", "import", cli.At("birds"), "--name", "birds")).ExitCode);
        return cli;
    }

    [Fact]
    public async Task Tasks_go_out_are_changed_there_and_come_back_as_a_new_version_with_a_diff()
    {
        using var cli = await Birds();
        Assert.Equal(0, (await cli.Run("labels", "export", "birds", cli.At("tasks.json"), "--images", "http://files.example/birds/")).ExitCode);
        var tasks = JsonNode.Parse(File.ReadAllText(cli.At("tasks.json")))!.AsArray();
        Assert.Equal("http://files.example/birds/jay/1.pgm", (string)tasks[0]!["data"]!["image"]!);
        tasks[0]!["annotations"]![0]!["result"]![0]!["value"]!["choices"] = new JsonArray("owl");
        cli.Write("back.json", tasks.ToJsonString());

        var dry = await cli.Run("labels", "import", cli.At("back.json"), "--data", "birds", "--dry-run");
        Assert.Contains("jay/1.pgm: jay -> owl", dry.Output, StringComparison.Ordinal);
        Assert.Contains("Nothing was written", dry.Output, StringComparison.Ordinal);
        var result = await cli.Run("labels", "import", cli.At("back.json"), "--data", "birds", "--json");
        Assert.Equal(0, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal(4, json.RootElement.GetProperty("labelled").GetInt32());
        Assert.Equal("owl", json.RootElement.GetProperty("relabelled")[0].GetProperty("to").GetString());
        Assert.Contains("no change", (await cli.Run("labels", "import", cli.At("back.json"), "--data", "birds")).Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Csv_made_of_the_json_with_the_exported_config_brings_the_same_labels()
    {
        using var cli = await Birds();
        await cli.Run("labels", "export", "birds", cli.At("tasks.json"), "--images", "");
        await cli.Run("labels", "export", "birds", cli.At("config.xml"), "--format", "config");
        await cli.Run("labels", "export", "birds", cli.At("direct.csv"), "--format", "csv", "--images", "");
        Assert.Equal(0, (await cli.Run("labels", "convert", cli.At("tasks.json"), cli.At("converted.csv"), "--config", cli.At("config.xml"))).ExitCode);
        Assert.Equal(File.ReadAllText(cli.At("direct.csv")), File.ReadAllText(cli.At("converted.csv")));
        var result = await cli.Run("labels", "import", cli.At("direct.csv"), "--images", cli.At("birds"), "--name", "again");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(0, (await cli.Run("data", "diff", "birds", "again")).ExitCode);
    }

    [Fact]
    public async Task What_cannot_be_is_refused_in_one_line()
    {
        using var cli = await Birds();
        (await cli.Run("labels", "import", cli.At("nothing.json"), "--data", "birds")).AssertRefused("nothing of that name");
        cli.Write("other.json", """[{"data": {"image": "z.png"}, "annotations": [{"result": [{"from_name": "choice", "value": {"choices": ["jay"]}}]}]}]""");
        (await cli.Run("labels", "import", cli.At("other.json"), "--data", "birds")).AssertRefused("1 that it does not have");
        (await cli.Run("labels", "import", cli.At("other.json"))).AssertRefused("--images DIR");
        (await cli.Run("labels", "export", "birds", cli.At("x"), "--format", "coco")).AssertRefused("json-min");
        var away = await cli.Run("labels", "list", "--server", "http://127.0.0.1:9");
        Assert.Equal(3, away.ExitCode);
        Assert.Contains("saki up", away.Error, StringComparison.Ordinal);
    }
}

using System.Text.Json.Nodes;
using Google.Protobuf;
using Saki.Cli.Tuning;
using Saki.Inference.Serving;
using Saki.Onnx;
using static Saki.Onnx.TensorProto.Types;

namespace Saki.Cli.Tests;

public sealed class TuneAndProfileTests
{
    [Theory]
    [InlineData(2, 32, "1x2x32 1x2x1 1x2x8 2x1x32 2x1x1 2x1x8")]
    [InlineData(1, 1, "1x1x1")]
    [InlineData(64, 1, "1x64x1 2x32x1 4x16x1 8x8x1 16x4x1 32x2x1 64x1x1")]
    [InlineData(6, 4, "1x6x4 1x6x1 2x3x4 2x3x1 4x1x4 4x1x1 6x1x4 6x1x1")]
    public void Ways_divide_the_cores_and_begin_with_the_default(int processors, int maxRows, string expected) =>
        Assert.Equal(expected, string.Join(' ', EngineTuning.Ways(processors, maxRows).Select(way => $"{way.Threads}x{way.Instances}x{way.MaxBatch}")));

    [Fact]
    public void The_best_within_the_bound_is_chosen_and_the_default_where_nothing_beats_it_clearly()
    {
        TuneTrial plain = new(1, 2, 32, 1, 100, 5, 9), slower = new(1, 2, 1, 1, 90, 5, 9), faster = new(2, 1, 32, 8, 130, 20, 40), barely = new(2, 1, 1, 1, 103, 5, 9);
        Assert.Equal((faster, true), EngineTuning.Choose([plain, slower, faster, barely], 50));
        Assert.Equal((plain, true), EngineTuning.Choose([plain, slower, faster, barely], 10));
        Assert.Equal((slower with { P99 = 8 }, false), EngineTuning.Choose([plain, slower with { P99 = 8 }], 1));
    }

    [Fact]
    public async Task What_tune_writes_is_kept_to_when_the_model_is_loaded_and_passed_over_on_another_machine()
    {
        using var cli = new Cli();
        var model = cli.Write("add.onnx", Add());
        var tuned = await cli.Run("tune", model, "--seconds", "0.05", "--latency", "60000", "--json");
        Assert.Equal(0, tuned.ExitCode);
        var report = JsonNode.Parse(tuned.Output)!;
        Assert.Equal(cli.At("add.serving.json"), (string)report["file"]!);
        var written = JsonNode.Parse(await File.ReadAllTextAsync(cli.At("add.serving.json")))!.AsObject();
        Assert.Equal((int)report["best"]!["threads"]!, (int)written["threads"]!);

        written["threads"] = 3;
        written["instances"] = 1;
        await File.WriteAllTextAsync(cli.At("add.serving.json"), written.ToJsonString());
        Assert.Equal((3, 1), await LoadedAsync(cli, model));
        written["processors"] = Environment.ProcessorCount + 1;
        await File.WriteAllTextAsync(cli.At("add.serving.json"), written.ToJsonString());
        Assert.Equal((1, null), await LoadedAsync(cli, model));
        await File.WriteAllTextAsync(cli.At("add.serving.json"), "{\"processors\": 2, \"threads\": -1, \"instances\": 1, \"max_batch\": 1}");
        await Assert.ThrowsAsync<SakiException>(() => LoadedAsync(cli, model));
    }

    [Fact]
    public async Task Profile_names_the_operators_and_the_cost_of_rows()
    {
        using var cli = new Cli();
        var profiled = await cli.Run("profile", cli.Write("add.onnx", Add()), "--seconds", "0.01", "--json");
        Assert.Equal(0, profiled.ExitCode);
        var profile = JsonNode.Parse(profiled.Output)!["profile"]!;
        Assert.Contains("MatMul", profile["operators"]!.AsArray().Select(cost => (string)cost!["name"]!));
        Assert.Equal([1, 2, 4, 8, 16, 32], profile["runs"]!.AsArray().Select(run => (int)run!["rows"]!));
        Assert.Equal(1.0, profile["operators"]!.AsArray().Sum(cost => (double)cost!["share"]!), 1);
        Assert.Contains("OPERATOR", (await cli.Run("profile", cli.At("add.onnx"), "--seconds", "0.01")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_counts_items_and_writes_a_table_lines_json_and_a_page()
    {
        using var cli = new Cli();
        var model = cli.Write("add.onnx", Add());
        var table = await cli.Run("bench", model, "-c", "1,2", "-s", "0.1", "--html", cli.At("bench.html"));
        Assert.Equal(0, table.ExitCode);
        Assert.Contains("█", table.Output, StringComparison.Ordinal);
        Assert.Contains("<svg", await File.ReadAllTextAsync(cli.At("bench.html")), StringComparison.Ordinal);
        var csv = (await cli.Run("bench", model, "-c", "1", "-s", "0.1", "--items", "4", "--csv")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, csv.Length);
        Assert.Equal(csv[0].Split(',').Length, csv[1].Split(',').Length);
        var json = JsonNode.Parse((await cli.Run("bench", model, "--rate", "50,100", "-s", "0.2", "--items", "4", "--json")).Output)!;
        Assert.Equal([50.0, 100.0], json["steps"]!.AsArray().Select(step => (double)step!["offered"]!));
        Assert.Equal(4, (int)json["items_per_request"]!);
        (await cli.Run("bench", model, "--rate", "fast")).AssertRefused("--rate");
    }

    private static async Task<(int, int?)> LoadedAsync(Cli cli, string model)
    {
        await using var models = new ModelRepository(new RepositoryOptions { Cache = cli.At("cache") });
        var loaded = await models.LoadAsync(models.Open(model)[0]);
        return (loaded.Settings.Threads, loaded.Settings.Instances);
    }

    private static byte[] Add()
    {
        var graph = new OnnxGraphBuilder("add");
        var x = graph.Input("x", DataType.Float, OnnxGraphBuilder.Batch, 16);
        graph.Output("y", graph.Node("MatMul", [x, graph.Initializer("w", new float[256], 16, 16)]), DataType.Float, OnnxGraphBuilder.Batch, 16);
        return graph.Build(new Dictionary<string, string>()).ToByteArray();
    }
}

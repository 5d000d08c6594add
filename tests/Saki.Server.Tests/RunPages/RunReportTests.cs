using System.Text;
using System.Text.Json;
using Saki.Evaluation;
using Saki.Server.Tests.Tracking;

namespace Saki.Server.Tests.RunPages;

/// <summary>What pages show of a run's files and of the folder that it came from, and several runs against each other.</summary>
public sealed class RunReportTests
{
    [Fact]
    public async Task An_evaluation_among_the_files_is_shown_on_the_run_and_beside_that_of_others()
    {
        await using var server = await MlflowServer.StartAsync();
        var one = await server.LogRunAsync("one", 0.5);
        var other = await server.LogRunAsync("other", 0.9, start: 2000);
        await RunPageTests.PutAsync(server, one, "evaluation.json", Report([0, 1, 1, 2, 2, 2], [0, 1, 0, 2, 2, 1]));
        await RunPageTests.PutAsync(server, other, "evaluation.json", Report([0, 1, 1, 2, 2, 2], [0, 1, 1, 2, 2, 2]));
        var page = await server.PageAsync($"/runs/{one}");
        var section = page.QuerySelector("section[aria-labelledby=report]")!;
        Assert.Contains("66.7", section.QuerySelector(".stats")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(["1", "1", "2"], section.QuerySelectorAll("td.hit").Select(cell => cell.TextContent));
        Assert.Equal(2, section.QuerySelectorAll("td[data-h]").Length);
        Assert.NotNull((await server.PageAsync($"/runs/{one}/artifacts?path=evaluation.json")).QuerySelector(".matrix"));
        var compare = await server.PageAsync($"/runs/compare?ids={one}&ids={other}");
        Assert.Equal(2, compare.QuerySelectorAll(".matrix").Length);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1,2]")]
    [InlineData("not json")]
    [InlineData("""{"accuracy":1,"accuracy_interval":[1,1],"balanced_accuracy":1,"macro_f1":1,"weighted_f1":1,"log_loss":0,"ece":0,"brier":0,"calibration":[],"samples":1,"per_class":[{"class":"<img src=x>","precision":1,"recall":1,"f1":1,"support":1}],"confusion":[[1],[2]]}""")]
    public async Task A_file_of_that_name_that_is_no_report_is_shown_as_what_it_is(string content)
    {
        await using var server = await MlflowServer.StartAsync();
        var id = await server.LogRunAsync("one", 0.5);
        await RunPageTests.PutAsync(server, id, "evaluation.json", Encoding.UTF8.GetBytes(content));
        Assert.Null((await server.PageAsync($"/runs/{id}")).QuerySelector("section[aria-labelledby=report]"));
        Assert.NotNull((await server.PageAsync($"/runs/{id}/artifacts?path=evaluation.json")).QuerySelector("pre"));
    }

    [Fact]
    public async Task An_onnx_file_is_shown_by_its_facts()
    {
        await using var server = await MlflowServer.StartAsync();
        var id = await server.LogRunAsync("one", 0.5);
        using var folder = new Saki.Testing.TemporaryFolder();
        TestModel.Package(["a", "b"], TestModel.RandomWeights(2, seed: 1), folder.At("p"));
        await RunPageTests.PutAsync(server, id, "model.onnx", await File.ReadAllBytesAsync(folder.At("p/model.onnx")));
        await RunPageTests.PutAsync(server, id, "broken.onnx", "no model"u8.ToArray());
        var facts = (await server.PageAsync($"/runs/{id}/artifacts?path=model.onnx")).QuerySelector("main .facts")!.TextContent;
        Assert.Contains("float [", facts, StringComparison.Ordinal);
        Assert.Contains("ai.onnx", facts, StringComparison.Ordinal);
        Assert.Contains($"{TestModel.Inputs * 2}", facts, StringComparison.Ordinal);
        Assert.Contains("No preview", (await server.PageAsync($"/runs/{id}/artifacts?path=broken.onnx")).QuerySelector("main")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Figures_of_the_machine_have_a_page_of_their_own()
    {
        await using var server = await MlflowServer.StartAsync();
        var id = await server.LogRunAsync("one", 0.5);
        Assert.Null((await server.PageAsync($"/runs/{id}")).QuerySelector(".tabs a[href$='/system']"));
        await server.PostAsync("runs/log-metric", JsonSerializer.Serialize(new { run_id = id, key = "system/cpu_utilization_percentage", value = 50.0, timestamp = 1, step = 0 }));
        Assert.Equal(["system/cpu_utilization_percentage"], (await server.PageAsync($"/runs/{id}/system")).QuerySelectorAll("figure h3").Select(title => title.TextContent));
        Assert.DoesNotContain("cpu", (await server.PageAsync($"/runs/{id}/charts")).QuerySelector("#charts")!.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("cpu", (await server.PageAsync($"/runs/{id}")).QuerySelector("#stats")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_of_this_home_says_where_its_settings_come_from_and_how_to_go_on()
    {
        await using var server = await MlflowServer.StartAsync();
        var id = await server.LogRunAsync("one", 0.5, running: true);
        await server.PostAsync("runs/update", JsonSerializer.Serialize(new { run_id = id, status = "KILLED", end_time = 9000 }));
        var folder = Path.Combine(server.Home.Runs, id);
        Directory.CreateDirectory(Path.Combine(folder, ".hydra"));
        await File.WriteAllTextAsync(Path.Combine(folder, ".hydra", "origins.json"), """{"lr":"override lr=0.5","network":"conf/train.yaml:3"}""");
        Assert.Null((await server.PageAsync($"/runs/{id}")).QuerySelector("pre[aria-label='command that goes on']"));
        Directory.CreateDirectory(Path.Combine(folder, "checkpoints"));
        await File.WriteAllTextAsync(Path.Combine(folder, "checkpoints", "last.safetensors"), "");
        Assert.Equal($"saki train --resume {id}", (await server.PageAsync($"/runs/{id}")).QuerySelector("pre[aria-label='command that goes on']")!.TextContent);
        var rows = (await server.PageAsync($"/runs/{id}/parameters")).QuerySelectorAll(".pairs tr").Select(row => row.TextContent.Trim()).ToList();
        Assert.Contains("lr0.5override lr=0.5", rows);
        Assert.Contains("networkvggconf/train.yaml:3", rows);
    }

    [Fact]
    public async Task Runs_are_drawn_across_what_differs_and_as_points_of_two_chosen_numbers()
    {
        await using var server = await MlflowServer.StartAsync();
        string[] ids = [await server.LogRunAsync(RunPagesServer.Payload, 0.2), await server.LogRunAsync("b", 0.5, start: 2), await server.LogRunAsync("c", 0.9, start: 3)];
        var page = await server.PageAsync($"/runs/compare?ids={string.Join(',', ids)}");
        var parallel = page.QuerySelector(".drawing[aria-label='Parallel coordinates'] svg")!;
        Assert.Equal(3, parallel.QuerySelectorAll("polyline").Length);
        Assert.Equal(["lr", "val_acc"], parallel.QuerySelectorAll("text.title").Select(title => title.TextContent));
        var scatter = page.QuerySelector(".drawing[aria-label='Scatter plot'] svg")!;
        Assert.Equal(3, scatter.QuerySelectorAll("circle").Length);
        var chosen = await server.PageAsync($"/runs/compare?ids={string.Join(',', ids)}&sx=metrics.loss&sy=params.lr");
        Assert.Contains("params.lr over metrics.loss", chosen.QuerySelectorAll("figure h3").Select(title => title.TextContent));
        Assert.Empty(page.QuerySelectorAll("main img, main script"));
    }

    private static byte[] Report(int[] labels, int[] answers)
    {
        var probabilities = answers.SelectMany(answer => Enumerable.Range(0, 3).Select(label => label == answer ? 0.8f : 0.1f)).ToArray();
        return JsonSerializer.SerializeToUtf8Bytes(EvaluationReport.From(["a", "b", "c"], labels, probabilities), EvaluationJson.Default.EvaluationReport);
    }
}

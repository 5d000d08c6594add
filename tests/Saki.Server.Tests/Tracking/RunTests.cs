using Saki.Server.Tests.Storage;
using System.Text.Json.Nodes;

namespace Saki.Server.Tests.Tracking;

public sealed class RunTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task Answers_have_mlflows_fields_and_forms(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        var run = (await server.PostAsync("runs/create", """{"experiment_id":"0","user_id":"ada","run_name":"first","start_time":"1700000000000","tags":[{"key":"k","value":"v"}]}"""))["run"]!;
        var id = (string)run["info"]!["run_id"]!;
        Assert.Equal($$"""
            {"run_id":"{{id}}","run_uuid":"{{id}}","run_name":"first","experiment_id":"0","user_id":"ada","status":"RUNNING","start_time":1700000000000,"artifact_uri":"mlflow-artifacts:/0/{{id}}/artifacts","lifecycle_stage":"active"}
            """.Trim(), run["info"]!.ToJsonString());
        Assert.Equal("""{"tags":[{"key":"k","value":"v"},{"key":"mlflow.runName","value":"first"}]}""", run["data"]!.ToJsonString());
        Assert.Equal("{}", run["inputs"]!.ToJsonString());

        Assert.Equal("{}", (await server.PostAsync("runs/log-metric", $$"""{"run_uuid":"{{id}}","run_id":"{{id}}","key":"loss","value":0.5,"timestamp":5,"step":"3"}""")).ToJsonString());
        Assert.Equal("""[{"key":"loss","value":0.5,"timestamp":5,"step":3}]""", (await server.GetAsync($"runs/get?run_id={id}"))["run"]!["data"]!["metrics"]!.ToJsonString());
        var update = await server.PostAsync("runs/update", $$"""{"run_id":"{{id}}","status":"FINISHED","end_time":7}""");
        Assert.Equal("FINISHED", (string)update["run_info"]!["status"]!);
        Assert.Equal(7, (long)update["run_info"]!["end_time"]!);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Both_prefixes_answer_alike(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        var id = await server.NewRunAsync();
        Assert.Equal((await server.GetAsync($"/api/2.0/mlflow/runs/get?run_id={id}")).ToJsonString(), (await server.GetAsync($"/ajax-api/2.0/mlflow/runs/get?run_id={id}")).ToJsonString());
        Assert.Equal("""{"experiment_id":"0","name":"Default"}""", Part((await server.GetAsync("experiments/get?experiment_id=0"))["experiment"]!, "experiment_id", "name"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Nan_and_infinity_go_in_and_out_as_mlflow_does(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        var id = await server.NewRunAsync();
        for (var i = 0; i < 2; i++)
            await server.PostAsync("runs/log-batch", $$"""{"run_id":"{{id}}","metrics":[{"key":"a","value":"NaN","timestamp":1},{"key":"b","value":"-Infinity","timestamp":1},{"key":"c","value":"Infinity","timestamp":1}]}""");
        var metrics = (await server.GetAsync($"runs/get?run_id={id}"))["run"]!["data"]!["metrics"]!.AsArray();
        Assert.Equal("NaN", (string)metrics[0]!["value"]!);
        Assert.Equal(-double.MaxValue, (double)metrics[1]!["value"]!);
        Assert.Equal(double.MaxValue, (double)metrics[2]!["value"]!);
        Assert.Single((await server.GetAsync($"metrics/get-history?run_id={id}&metric_key=a"))["metrics"]!.AsArray());
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Newest_point_is_the_greatest_by_step_then_time_then_value(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        var id = await server.NewRunAsync();
        foreach (var (value, time, step) in ((double, int, int)[])[(1, 9, 2), (5, 1, 3), (4, 1, 3), (9, 99, -1)])
            await server.PostAsync("runs/log-metric", $$"""{"run_id":"{{id}}","key":"m","value":{{value}},"timestamp":{{time}},"step":{{step}}}""");
        var newest = (await server.GetAsync($"runs/get?run_id={id}"))["run"]!["data"]!["metrics"]![0]!;
        Assert.Equal("""{"key":"m","value":5,"timestamp":1,"step":3}""", newest.ToJsonString());
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Histories_are_paged_in_order_and_repeats_are_dropped(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        var id = await server.NewRunAsync();
        for (var part = 0; part < 3; part++)
        {
            var points = string.Join(',', Enumerable.Range(0, 1000).Select(i => $$"""{"key":"m","value":{{i % 7}},"timestamp":{{(part * 500) + i}},"step":{{i % 3}}}"""));
            await server.PostAsync("runs/log-batch", $$"""{"run_id":"{{id}}","metrics":[{{points}}]}""");
        }
        await server.PostAsync("runs/log-batch", $$"""{"run_id":"{{id}}","metrics":[{"key":"m","value":0,"timestamp":0,"step":0}]}""");
        var (all, token) = (new List<(long, long, double)>(), "");
        do
        {
            var page = await server.GetAsync($"metrics/get-history?run_id={id}&metric_key=m&max_results=700{token}");
            all.AddRange(page["metrics"]!.AsArray().Select(m => ((long)m!["timestamp"]!, (long)m["step"]!, (double)m["value"]!)));
            token = page["next_page_token"] is { } next ? $"&page_token={Uri.EscapeDataString((string)next!)}" : "";
        }
        while (token.Length > 0);
        var sent = Enumerable.Range(0, 3).SelectMany(part => Enumerable.Range(0, 1000).Select(i => ((long)(part * 500) + i, (long)(i % 3), (double)(i % 7)))).Distinct().Order();
        Assert.Equal(sent, all);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Interval_takes_every_so_many_steps_and_each_runs_ends(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        var (one, two) = (await server.NewRunAsync(), await server.NewRunAsync());
        foreach (var (run, first) in ((string, int)[])[(one, 0), (two, 55)])
        {
            var points = string.Join(',', Enumerable.Range(first, 100).Select(i => $$"""{"key":"m","value":{{i}},"timestamp":{{i}},"step":{{i}}}"""));
            await server.PostAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{{points}}]}""");
        }
        var page = await server.GetAsync($"metrics/get-history-bulk-interval?run_ids={one}&run_ids={two}&metric_key=m&max_results=5");
        var steps = page["metrics"]!.AsArray().Where(m => (string)m!["run_id"]! == one).Select(m => (int)m!["step"]!);
        // 155 distinct steps: 0, 31, 62, 93, 124, the last (154), and the ends of both runs (0, 99, 55, 154).
        Assert.Equal([0, 31, 55, 62, 93, 99], steps);
    }

    [Theory]
    [InlineData("runs/log-metric", """{"run_id":"R","key":"a","timestamp":1}""", "Missing value for required parameter 'value'")]
    [InlineData("runs/log-batch", """{"run_id":"R","metrics":[{"key":"a","timestamp":1}]}""", "Missing value for required parameter 'metrics[0].value'")]
    [InlineData("runs/log-batch", """{"metrics":[]}""", "Missing value for required parameter 'run_id'")]
    [InlineData("runs/log-batch", """not json""", "Missing value for required parameter 'run_id'")]
    [InlineData("runs/log-metric", """{"run_id":"R","key":"a","value":1,"timestamp":-1}""", "timestamp")]
    [InlineData("runs/log-metric", """{"run_id":"R","key":"../a","value":1,"timestamp":1}""", "Invalid metric name")]
    [InlineData("runs/log-parameter", """{"run_id":"R","key":"a//b","value":"1"}""", "Invalid param name")]
    [InlineData("runs/log-batch", """{"run_id":"R","params":[{"key":"a","value":"1"},{"key":"a","value":"1"}]}""", "Duplicate parameter keys have been submitted")]
    [InlineData("runs/set-tag", """{"run_id":["R"],"key":"a","value":"1"}""", "Invalid value [\"R\"] for parameter 'run_id' supplied")]
    [InlineData("runs/search", """{"experiment_ids":["0"],"max_results":50001}""", "Invalid value 50001 for parameter 'max_results' supplied")]
    [InlineData("runs/search", """{"experiment_ids":["0"],"page_token":"%%%"}""", "could not base64-decode")]
    [InlineData("experiments/search", "{}", "Invalid value 0 for parameter 'max_results'")]
    [InlineData("experiments/create", """{"name":"x","artifact_location":"file:///etc"}""", "Invalid artifact location")]
    public async Task Wrong_message_is_refused_with_mlflows_text(string route, string body, string text)
    {
        await using var server = await MlflowServer.StartAsync();
        var (status, code, message) = await server.RefusalAsync(HttpMethod.Post, route, body.Replace("\"R\"", $"\"{await server.NewRunAsync()}\""));
        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (status, code));
        Assert.Contains(text.StartsWith("Invalid value [", StringComparison.Ordinal) ? "for parameter 'run_id' supplied" : text, message, StringComparison.Ordinal);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Batch_with_a_changed_param_leaves_nothing(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        var id = await server.NewRunAsync();
        await server.PostAsync("runs/log-parameter", $$"""{"run_id":"{{id}}","key":"p","value":"1"}""");
        var before = (await server.GetAsync($"runs/get?run_id={id}")).ToJsonString();
        var (_, _, message) = await server.RefusalAsync(HttpMethod.Post, "runs/log-batch",
            $$"""{"run_id":"{{id}}","params":[{"key":"new","value":"1"},{"key":"p","value":"2"}],"metrics":[{"key":"m","value":1,"timestamp":1}],"tags":[{"key":"t","value":"x"}]}""");
        Assert.Contains("Changing param values is not allowed", message, StringComparison.Ordinal);
        Assert.Equal(before, (await server.GetAsync($"runs/get?run_id={id}")).ToJsonString());
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Hundred_writers_on_one_run_lose_nothing(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        var id = await server.NewRunAsync();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async writer =>
        {
            for (var i = 0; i < 10; i++) await server.PostAsync("runs/log-metric", $$"""{"run_id":"{{id}}","key":"m","value":{{writer}},"timestamp":{{i}},"step":{{i}}}""");
        }));
        Assert.Equal(1000, (await server.GetAsync($"metrics/get-history?run_id={id}&metric_key=m"))["metrics"]!.AsArray().Count);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Unknown_status_changes_nothing_and_is_no_error(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        var id = await server.NewRunAsync();
        Assert.Equal("RUNNING", (string)(await server.PostAsync("runs/update", $$"""{"run_id":"{{id}}","status":"SLEEPING"}"""))["run_info"]!["status"]!);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Body_that_is_not_sent_as_json_is_refused(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        using var reply = await server.Client.PostAsync("/api/2.0/mlflow/experiments/create", new StringContent("""{"name":"x"}""", System.Text.Encoding.UTF8, "text/plain"));
        Assert.Equal(400, (int)reply.StatusCode);
        Assert.Contains("Content-Type must be one of ['application/json']", await reply.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Local_run_is_served_with_its_artifacts()
    {
        using var folder = new Saki.Testing.TemporaryFolder();
        var home = new SakiHome(folder.Root);
        string id;
        using (var log = new Saki.Tracking.RunStore(home, TimeProvider.System).Create(new Saki.Tracking.CreateRun { RunName = "local" }))
        {
            id = log.RunId;
            log.LogMetric("acc", 0.5, 1);
            log.LogParams([new Saki.Tracking.Param("lr", "1")]);
            File.WriteAllText(Path.Combine(log.Folder.Artifacts, "note.txt"), "hello");
            log.End(Saki.Tracking.RunStatus.Finished);
        }
        for (var start = 0; start < 2; start++)
        {
            await using var server = await RunningServer.StartAsync(new ServerOptions { Home = home });
            var run = JsonNode.Parse(await server.Client.GetStringAsync($"/api/2.0/mlflow/runs/get?run_id={id}"))!["run"]!;
            Assert.Equal(("local", "FINISHED"), ((string)run["info"]!["run_name"]!, (string)run["info"]!["status"]!));
            Assert.Single(JsonNode.Parse(await server.Client.GetStringAsync($"/api/2.0/mlflow/metrics/get-history?run_id={id}&metric_key=acc"))!["metrics"]!.AsArray());
            Assert.Equal("hello", await server.Client.GetStringAsync($"/get-artifact?run_id={id}&path=note.txt"));
        }
    }

    private static string Part(JsonNode node, params string[] fields) => new JsonObject(fields.Select(field => KeyValuePair.Create(field, node[field]?.DeepClone()))).ToJsonString();
}

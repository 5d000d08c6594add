using Saki.Server.Tests.Storage;
using System.Text.Json.Nodes;
using Saki.Server.Tests.Tracking;

namespace Saki.Server.Tests.Registry;

public sealed class RegistryTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task Version_has_mlflows_fields(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        await server.PostAsync("registered-models/create", """{"name":"m","tags":[{"key":"a","value":"1"}]}""");
        var version = (await server.PostAsync("model-versions/create", """{"name":"m","source":"mlflow-artifacts:/0/r/artifacts/model"}"""))["model_version"]!.AsObject();
        var (created, updated) = ((long)version["creation_timestamp"]!, (long)version["last_updated_timestamp"]!);
        Assert.Equal($$"""
            {"name":"m","version":"1","creation_timestamp":{{created}},"last_updated_timestamp":{{updated}},"current_stage":"None","description":"","source":"mlflow-artifacts:/0/r/artifacts/model","run_id":"","status":"READY","run_link":""}
            """.Trim(), version.ToJsonString());
        var model = (await server.GetAsync("registered-models/get?name=m"))["registered_model"]!;
        Assert.Equal("""[{"key":"a","value":"1"}]""", model["tags"]!.ToJsonString());
        Assert.Equal("1", (string)model["latest_versions"]![0]!["version"]!);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Stages_move_and_archive_the_others_only(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        await WithVersionsAsync(server, "m", 3);
        await MoveAsync(server, 1, "staging", false);
        await MoveAsync(server, 2, "Production", false);
        await MoveAsync(server, 3, "PRODUCTION", true);
        var stages = (await server.GetAsync("registered-models/get?name=m"))["registered_model"]!["latest_versions"]!.AsArray().Select(v => $"{v!["version"]} {v["current_stage"]}");
        Assert.Equal(["1 Staging", "2 Archived", "3 Production"], stages);
        var (_, code, message) = await server.RefusalAsync(HttpMethod.Post, "model-versions/transition-stage", """{"name":"m","version":"1","stage":"Archived","archive_existing_versions":true}""");
        Assert.Equal("INVALID_PARAMETER_VALUE", code);
        Assert.Contains("not an Active stage", message, StringComparison.Ordinal);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Of_two_promotions_at_once_exactly_one_stays_in_production(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        await WithVersionsAsync(server, "m", 8);
        for (var round = 0; round < 5; round++)
        {
            await Task.WhenAll(Enumerable.Range(1, 8).Select(version => MoveAsync(server, version, "Production", true)));
            var found = await server.GetAsync("model-versions/search?filter=name%20%3D%20'm'");
            Assert.Single(found["model_versions"]!.AsArray(), v => (string)v!["current_stage"]! == "Production");
        }
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Alias_moves_and_goes_with_its_version(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        await WithVersionsAsync(server, "m", 2);
        foreach (var version in (string[])["1", "2"]) await server.PostAsync("registered-models/alias", $$"""{"name":"m","alias":"champion","version":"{{version}}"}""");
        Assert.Equal("""["champion"]""", (await server.GetAsync("registered-models/alias?name=m&alias=champion"))["model_version"]!["aliases"]!.ToJsonString());
        await server.CallAsync(HttpMethod.Delete, "model-versions/delete", """{"name":"m","version":"2"}""");
        Assert.Equal((400, "INVALID_PARAMETER_VALUE", "Registered model alias champion not found."), await server.RefusalAsync(HttpMethod.Get, "registered-models/alias?name=m&alias=champion"));
        Assert.Equal(404, (await server.RefusalAsync(HttpMethod.Post, "registered-models/alias", """{"name":"m","alias":"x","version":"2"}""")).Status);
        foreach (var reserved in (string[])["latest", "LATEST", "v3", "a/b"])
            Assert.Equal(400, (await server.RefusalAsync(HttpMethod.Post, "registered-models/alias", $$"""{"name":"m","alias":"{{reserved}}","version":"1"}""")).Status);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Numbers_are_not_given_again(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        await WithVersionsAsync(server, "m", 3);
        await server.CallAsync(HttpMethod.Delete, "model-versions/delete", """{"name":"m","version":"3"}""");
        Assert.Equal("4", (string)(await server.PostAsync("model-versions/create", """{"name":"m","source":"s3://b/x"}"""))["model_version"]!["version"]!);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Prompts_are_hidden_unless_asked_for(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        await server.PostAsync("registered-models/create", """{"name":"model"}""");
        await server.PostAsync("registered-models/create", """{"name":"prompt","tags":[{"key":"mlflow.prompt.is_prompt","value":"true"}]}""");
        Assert.Equal("model", await NamesAsync(server, ""));
        Assert.Equal("model", await NamesAsync(server, "tag.`mlflow.prompt.is_prompt` != 'true'"));
        Assert.Equal("prompt", await NamesAsync(server, "tag.`mlflow.prompt.is_prompt` = 'true'"));
    }

    // Each is the shape of a published advisory against MLflow (CVE-2023-1177, -2356, -2780, -6909, -6977, CVE-2024-1483, -3573, -8859, CVE-2026-2614).
    [Theory]
    [InlineData("file:///etc/")]
    [InlineData("file:/etc")]
    [InlineData("FILE:///etc/")]
    [InlineData("file://HOST/../../../../../")]
    [InlineData("file://./etc")]
    [InlineData("//proc/self/root")]
    [InlineData("///etc")]
    [InlineData("/etc/passwd")]
    [InlineData("etc/passwd")]
    [InlineData("C:\\windows")]
    [InlineData("http:///?/../../../etc/")]
    [InlineData("http://host#/../..")]
    [InlineData("http:///#/../..")]
    [InlineData("http://host/;..%2F..%2Fetc")]
    [InlineData("mlflow-artifacts:/../../etc")]
    [InlineData("mlflow-artifacts:/%252e%252e/etc")]
    [InlineData("dbfs:/R/artifacts/a%3f/../../../../../")]
    [InlineData("s3://b/../../x")]
    [InlineData("javascript:alert(1)")]
    public async Task Source_that_could_be_a_folder_of_the_server_is_refused(string source)
    {
        await using var server = await MlflowServer.StartAsync();
        await server.PostAsync("registered-models/create", """{"name":"m"}""");
        var body = new JsonObject { ["name"] = "m", ["source"] = source, ["run_id"] = await server.NewRunAsync(), ["tags"] = JsonNode.Parse("""[{"key":"mlflow.prompt.is_prompt","value":"true"}]""") }.ToJsonString();
        var (status, _, message) = await server.RefusalAsync(HttpMethod.Post, "model-versions/create", body);
        Assert.Equal(400, status);
        Assert.Contains("Invalid model version source", message, StringComparison.Ordinal);
        var experiment = new JsonObject { ["name"] = "e", ["artifact_location"] = source }.ToJsonString();
        Assert.Equal(400, (await server.RefusalAsync(HttpMethod.Post, "experiments/create", experiment)).Status);
    }

    [Fact]
    public async Task Version_of_a_prompt_has_the_one_source_that_prompts_have()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.PostAsync("registered-models/create", """{"name":"p","tags":[{"key":"mlflow.prompt.is_prompt","value":"true"}]}""");
        await server.PostAsync("model-versions/create", """{"name":"p","source":"dummy-source","tags":[{"key":"mlflow.prompt.is_prompt","value":"true"},{"key":"mlflow.prompt.text","value":"Say {{word}}"}]}""");
        Assert.Equal(400, (await server.RefusalAsync(HttpMethod.Post, "model-versions/create", """{"name":"p","source":"dummy-source"}""")).Status);
        using var files = await server.Client.GetAsync("/model-versions/get-artifact?name=p&version=1&path=passwd");
        Assert.False(files.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Tag_of_a_logged_model_goes_by_a_request_without_a_body()
    {
        await using var server = await MlflowServer.StartAsync();
        var id = (string)(await server.PostAsync("logged-models", """{"experiment_id":"0","name":"net","tags":[{"key":"a","value":"1"},{"key":"b","value":"2"}]}"""))["model"]!["info"]!["model_id"]!;
        await server.CallAsync(HttpMethod.Delete, $"logged-models/{id}/tags/a", null);
        Assert.Equal("b", (string)(await server.GetAsync($"logged-models/{id}"))["model"]!["info"]!["tags"]!.AsArray().Single()!["key"]!);
        Assert.Equal(400, (await server.RefusalAsync(HttpMethod.Post, "runs/delete")).Status);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Logged_model_is_registered_by_its_id(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        var run = await server.NewRunAsync();
        var model = (await server.PostAsync("logged-models", $$"""{"experiment_id":"0","name":"net","source_run_id":"{{run}}","params":[{"key":"lr","value":"1"}]}"""))["model"]!["info"]!;
        var id = (string)model["model_id"]!;
        Assert.Equal("LOGGED_MODEL_PENDING", (string)model["status"]!);
        await server.PostAsync("runs/outputs", $$"""{"run_id":"{{run}}","models":[{"model_id":"{{id}}","step":2}]}""");
        await server.PostAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"acc","value":"NaN","timestamp":1,"model_id":"{{id}}"},{"key":"acc","value":0.5,"timestamp":2,"model_id":"{{id}}"}]}""");
        await server.CallAsync(HttpMethod.Patch, $"logged-models/{id}", $$"""{"model_id":"{{id}}","status":"LOGGED_MODEL_READY"}""");
        await server.PostAsync("registered-models/create", """{"name":"m"}""");
        var version = (await server.PostAsync("model-versions/create", $$"""{"name":"m","source":"models:/{{id}}","model_id":"{{id}}"}"""))["model_version"]!;
        Assert.Equal((run, $"models:/{id}"), ((string)version["run_id"]!, (string)version["source"]!));
        Assert.Equal((string)model["artifact_uri"]!, (string)(await server.GetAsync("model-versions/get-download-uri?name=m&version=1"))["artifact_uri"]!);

        var found = (await server.PostAsync("logged-models/search", """{"experiment_ids":["0"],"filter":"name = 'net' AND metrics.acc > 0.1 AND params.lr = '1'"}"""))["models"]![0]!;
        Assert.Equal("LOGGED_MODEL_READY", (string)found["info"]!["status"]!);
        Assert.Equal(0.5, (double)found["data"]!["metrics"]![0]!["value"]!);
        Assert.Contains("mlflow.modelVersions", found["info"]!["tags"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal($$"""{"model_outputs":[{"model_id":"{{id}}","step":2}]}""", (await server.GetAsync($"runs/get?run_id={run}"))["run"]!["outputs"]!.ToJsonString());
    }

    private static async Task<string> NamesAsync(MlflowServer server, string filter) => string.Join(',',
        (await server.GetAsync($"registered-models/search?filter={Uri.EscapeDataString(filter)}"))["registered_models"]!.AsArray().Select(m => (string)m!["name"]!));

    private static async Task WithVersionsAsync(MlflowServer server, string name, int count)
    {
        await server.PostAsync("registered-models/create", $$"""{"name":"{{name}}"}""");
        for (var i = 0; i < count; i++) await server.PostAsync("model-versions/create", $$"""{"name":"{{name}}","source":"s3://bucket/{{i}}"}""");
    }

    private static Task<JsonNode> MoveAsync(MlflowServer server, int version, string stage, bool archive) =>
        server.PostAsync("model-versions/transition-stage", $$"""{"name":"m","version":"{{version}}","stage":"{{stage}}","archive_existing_versions":{{(archive ? "true" : "false")}}}""");
}

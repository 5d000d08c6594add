using System.Text.Json;
using System.Text.Json.Nodes;
using Saki.Gates;
using Saki.Server.Tests.Tracking;

namespace Saki.Server.Tests.Registry.Gates;

public sealed class GateTests
{
    private const string Api = "/api/2.0/saki/registry";

    [Fact]
    public async Task Model_that_is_good_enough_enters_and_its_evidence_is_kept_with_the_move()
    {
        await using var server = await StartAsync("min_accuracy: 0.8\nmin_recall: 0.6\nmax_ece: 0.6\nmax_latency_ms: 60000");
        await server.RegisterAsync(GatedModels.Trained);
        await server.MoveAsync("m", 1, "Production");

        var row = (await server.HistoryAsync("m"))[0];
        Assert.Equal(("stage", 1L), (row.Action, row.ProductionAfter));
        var evidence = await EvidenceAsync(server, row.Evidence);
        Assert.Equal(["integrity", "golden", "data", "accuracy", "recall", "calibration", "champion", "latency"], evidence.Lines.Select(line => line.Check));
        Assert.True(evidence.Passed);
        Assert.Equal((150L, 3), (evidence.Report!.Samples, evidence.Report.PerClass.Count));
        Assert.InRange(evidence.Report.Accuracy, 0.8, 0.999);
        Assert.Null((await server.CheckAsync()).Broken);
    }

    [Fact]
    public async Task Refusal_names_each_failed_line_in_mlflows_form_and_is_in_the_audit()
    {
        await using var server = await StartAsync("min_accuracy: 0.9\nmax_latency_ms: 60000");
        await server.RegisterAsync(GatedModels.Random);
        foreach (var (route, body) in ((string, string)[])[
            ("model-versions/transition-stage", Calls.Move("m", 1, "production")), ("registered-models/alias", """{"name":"m","alias":"production","version":"1"}""")])
        {
            var (status, code, message) = await server.RefusalAsync(HttpMethod.Post, route, body);
            Assert.Equal((400, "BAD_REQUEST"), (status, code));
            Assert.Contains("accuracy: expected at least 90.0 %, got ", message, StringComparison.Ordinal);
            Assert.DoesNotContain("latency", message, StringComparison.Ordinal);
        }
        Assert.Equal("1 None", await server.StateAsync("m"));
        var rows = await server.HistoryAsync("m");
        Assert.Equal(["refused", "refused", "create", "policy"], rows.Select(row => row.Action));
        Assert.False((await EvidenceAsync(server, rows[0].Evidence)).Passed);
        await server.MoveAsync("m", 1, "Staging"); // the policy is for Production only
    }

    [Fact]
    public async Task Challenger_that_is_worse_than_the_champion_is_refused()
    {
        await using var server = await StartAsync("");
        await server.RegisterAsync(GatedModels.Trained);
        await server.RegisterAsync(GatedModels.Random);
        await server.MoveAsync("m", 1, "Production");
        var (_, _, message) = await server.RefusalAsync(HttpMethod.Post, "model-versions/transition-stage", Calls.Move("m", 2, "Production"));
        Assert.Contains("champion: expected not worse than version 1, got -", message, StringComparison.Ordinal);
        var against = (await EvidenceAsync(server, (await server.HistoryAsync("m"))[0].Evidence)).Against!;
        Assert.True(against is { FirstIsWorse: true, Samples: 150 });
    }

    [Theory]
    [InlineData("card.md", "integrity: expected every file with its SHA-256: card.md with the digest in SHA256SUMS, got other content")]
    [InlineData("model.onnx", "integrity: expected every file with its SHA-256: model.onnx")]
    public async Task Package_that_was_changed_is_refused(string changed, string line)
    {
        await using var server = await StartAsync("");
        await server.RegisterAsync(GatedModels.Trained, (name, content) => name == changed ? [.. content, 10] : content);
        var (_, _, message) = await server.RefusalAsync(HttpMethod.Post, "model-versions/transition-stage", Calls.Move("m", 1, "Production"));
        Assert.Contains(line, message, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Home.Root, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_proven_is_not_changed_while_its_version_is_there()
    {
        await using var server = await StartAsync("");
        await server.RegisterAsync(GatedModels.Trained);
        await server.MoveAsync("m", 1, "Production");
        var place = ((string)(await server.GetAsync("model-versions/get-download-uri?name=m&version=1"))["artifact_uri"]!)["mlflow-artifacts:/".Length..];
        foreach (var (method, path) in ((HttpMethod, string)[])[(HttpMethod.Put, $"{place}/model.onnx"), (HttpMethod.Put, $"{place}/new.txt"), (HttpMethod.Delete, $"{place}/card.md"), (HttpMethod.Delete, place)])
        {
            using var reply = await server.SendAsync(method, $"/api/2.0/mlflow-artifacts/artifacts/{path}", "x");
            Assert.True((int)reply.StatusCode == 409, $"{method} {path}: {(int)reply.StatusCode}");
        }
        await server.MoveAsync("m", 1, "Archived"); // a rollback may restore it as it is
        using var still = await server.SendAsync(HttpMethod.Put, $"/api/2.0/mlflow-artifacts/artifacts/{place}/model.onnx", "x");
        Assert.Equal(409, (int)still.StatusCode);
        await server.CallAsync(HttpMethod.Delete, "model-versions/delete", """{"name":"m","version":"1"}""");
        using var gone = await server.SendAsync(HttpMethod.Delete, $"/api/2.0/mlflow-artifacts/artifacts/{place}", null);
        Assert.Equal(200, (int)gone.StatusCode);
    }

    [Fact]
    public async Task Version_whose_files_are_elsewhere_is_refused()
    {
        await using var server = await StartAsync("");
        await server.PostAsync("model-versions/create", """{"name":"m","source":"s3://bucket/model"}""");
        var (_, _, message) = await server.RefusalAsync(HttpMethod.Post, "model-versions/transition-stage", Calls.Move("m", 1, "Production"));
        Assert.Contains("a package among this server's artifacts", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Admin_goes_on_with_a_reason_that_the_audit_shows()
    {
        await using var server = await StartAsync("min_accuracy: 0.9");
        await server.RegisterAsync(GatedModels.Random);
        Assert.Contains("expected a reason", (await server.RefusalAsync(HttpMethod.Post, $"{Api}/promote", """{"name":"m","version":"1","override":true}""")).Message, StringComparison.Ordinal);
        var refused = await server.PostAsync($"{Api}/promote", """{"name":"m","version":"1"}""");
        Assert.Equal((false, "None"), ((bool)refused["accepted"]!, (string)refused["model_version"]!["current_stage"]!));
        var moved = await server.PostAsync($"{Api}/promote", """{"name":"m","version":"1","override":true,"why":"the old one is down"}""");
        Assert.Equal((true, "Production"), ((bool)moved["accepted"]!, (string)moved["model_version"]!["current_stage"]!));
        var row = (await server.HistoryAsync("m"))[0];
        Assert.Equal((true, "the old one is down", (string)moved["evidence"]!), (row.Overridden, row.Why, row.Evidence));
    }

    [Fact]
    public async Task Of_promotions_that_race_exactly_one_wins()
    {
        await using var server = await StartAsync("");
        for (var i = 0; i < 4; i++) await server.RegisterAsync(GatedModels.Trained);
        await server.MoveAsync("m", 1, "Production");
        var replies = await Task.WhenAll(((int[])[2, 3, 4]).Select(version => server.SendAsync(HttpMethod.Post, $"{Api}/promote", $$"""{"name":"m","version":"{{version}}","from":"1"}""")));
        Assert.Equal([200, 409, 409], replies.Select(reply => (int)reply.StatusCode).Order());
        var states = (await server.StateAsync("m")).Split(", ");
        Assert.Equal("1 Archived", states[0]);
        Assert.Equal(["None", "None", "Production production"], states[1..].Select(state => state[2..]).Order());
        Assert.Equal(2, (await server.HistoryAsync("m")).Count(row => row.Action == "stage"));
    }

    [Fact]
    public async Task Rollback_asks_no_gate()
    {
        await using var server = await StartAsync("");
        await server.RegisterAsync(GatedModels.Trained);
        await server.RegisterAsync(GatedModels.Trained);
        await server.MoveAsync("m", 1, "Production");
        await server.MoveAsync("m", 2, "Production", archive: true);
        await server.PostAsync($"{Api}/policy", """{"name":"m","text":"min_accuracy: 1\ndata: stripes@000000000000:test"}""");
        await server.RollbackAsync("""{"name":"m"}""");
        Assert.Equal("1 Production production, 2 Archived", await server.StateAsync("m"));
    }

    [Fact]
    public async Task New_name_is_no_way_around_the_policy()
    {
        await using var server = await StartAsync("min_accuracy: 0.9");
        await server.RegisterAsync(GatedModels.Random);
        await server.PostAsync("registered-models/rename", """{"name":"m","new_name":"n"}""");
        Assert.Equal(400, (await server.RefusalAsync(HttpMethod.Post, "model-versions/transition-stage", Calls.Move("n", 1, "Production"))).Status);
        Assert.Contains("min_accuracy", (string)(await server.GetAsync($"{Api}/policy?name=n"))["text"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Broken_policy_lets_nothing_through()
    {
        await using var server = await StartAsync("");
        await server.RegisterAsync(GatedModels.Trained);
        var (status, _, message) = await server.RefusalAsync(HttpMethod.Post, $"{Api}/policy", """{"name":"m","text":"min_acuracy: 0.5"}""");
        Assert.Equal(400, status);
        Assert.Contains("Did you mean \"min_accuracy\"?", message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(server.Home.Policies, "m.yaml"), "min_acuracy: 0.5");
        Assert.Equal(400, (await server.RefusalAsync(HttpMethod.Post, "model-versions/transition-stage", Calls.Move("m", 1, "Production"))).Status);
    }

    private static async Task<MlflowServer> StartAsync(string policy)
    {
        var server = await MlflowServer.StartAsync();
        await server.PostAsync("registered-models/create", """{"name":"m"}""");
        var text = $"data: {GatedModels.ImportStripes(server.Home)}\n{policy}";
        await server.PostAsync($"{Api}/policy", new JsonObject { ["name"] = "m", ["text"] = text }.ToJsonString());
        return server;
    }

    private static async Task<GateEvidence> EvidenceAsync(MlflowServer server, string digest) =>
        JsonSerializer.Deserialize(await server.Client.GetStringAsync($"{Api}/evidence?digest={digest}"), GateJson.Default.GateEvidence)!;
}

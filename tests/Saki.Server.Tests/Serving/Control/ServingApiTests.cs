using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Saki.Inference.Serving;
using Saki.Server.Serving;
using Saki.Testing;

namespace Saki.Server.Tests.Serving.Control;

/// <summary>"plus" has version 1 (y = x + 1) as default; version 2 (y = x + 2) is loaded over the API.</summary>
public sealed class ServingApiTests
{
    private const string Rows = "{\"inputs\": [{\"name\": \"x\", \"datatype\": \"FP32\", \"shape\": [1, 4], \"data\": [0, 0, 0, 0]}]PARAMETERS}";

    [Fact]
    public async Task A_version_is_loaded_tried_made_the_default_and_all_of_it_undone()
    {
        await using var server = await StartAsync();
        var (status, canary, _) = await server.PostAsync("/api/serving/models/plus/canary", "{\"version\": \"2\", \"percent\": 100, \"max_disagreement\": null, \"why\": \"try\"}");
        Assert.Equal(200, status);
        Assert.Equal(("2", 100.0, true), ((string)canary!["canary"]!["version"]!, (double)canary["canary"]!["percent"]!, (bool)canary["canary"]!["ready"]!));
        Assert.Equal((2f, "canary", "2"), await AskAsync(server));
        Assert.Equal(200, (await server.PostAsync("/api/serving/models/plus/default", "{\"version\": \"2\"}")).Status);
        Assert.Equal((2f, null, "2"), await AskAsync(server));
        var all = (await server.GetAsync("/api/serving")).Json!;
        Assert.Equal(["default", "canary", "load"], all["events"]!.AsArray().Select(told => (string)told!["action"]!));
        Assert.Equal(["local"], all["events"]!.AsArray().Select(told => (string)told!["who"]!).Distinct());
        Assert.Equal(200, (await server.PostAsync($"/api/serving/undo/{all["events"]![0]!["id"]}", "{}")).Status);
        Assert.Equal((2f, "canary", "2"), await AskAsync(server)); // the canary is back, and 1 the default
        Assert.Equal("1", (string)(await server.GetAsync("/api/serving/models/plus")).Json!["default"]!);
    }

    [Fact]
    public async Task Every_protocol_says_who_answers()
    {
        await using var server = await StartAsync();
        await server.PostAsync("/api/serving/models/plus/user", "{\"user\": \"anna\", \"version\": \"2\"}");
        foreach (var (path, body) in new[]
        {
            ("/v2/models/plus/infer", Rows.Replace("PARAMETERS", "")),
            ("/v1/models/plus:predict", "{\"instances\": [[0, 0, 0, 0]]}"),
            ("/invocations?id=plus", "{\"inputs\": [[0, 0, 0, 0]]}"),
            ("/predictions/plus", "[[0, 0, 0, 0]]"),
        })
        {
            foreach (var (user, version, arm) in new[] { ("anna", "2", "user"), ("bert", "1", "champion") })
            {
                var (status, _, reply) = await server.SendAsync(HttpMethod.Post, path, Encoding.UTF8.GetBytes(body), with: request => request.Headers.Add("Saki-User", user));
                Assert.Equal(200, status);
                Assert.Equal($"\"plus\";version=\"{version}\";arm={arm}", reply.Headers.GetValues(ServedBy.Header).Single());
            }
        }
        var pinned = await server.PostAsync("/v2/models/plus/versions/2/infer", Rows.Replace("PARAMETERS", ""));
        Assert.Equal("\"plus\";version=\"2\";arm=pinned", pinned.Reply.Headers.GetValues(ServedBy.Header).Single());
    }

    [Fact]
    public async Task A_user_is_known_by_header_cookie_and_the_protocols_own_field()
    {
        await using var server = await StartAsync();
        await server.PostAsync("/api/serving/models/plus/user", "{\"user\": \"anna\", \"version\": \"2\"}");
        Assert.Equal((2f, "user", "2"), await AskAsync(server, with: request => request.Headers.Add("Saki-User", "anna")));
        Assert.Equal((2f, "user", "2"), await AskAsync(server, with: request => request.Headers.Add("Cookie", "saki-user=anna")));
        Assert.Equal((2f, "user", "2"), await AskAsync(server, ", \"parameters\": {\"user\": \"anna\"}"));
        Assert.Equal((1f, null, "1"), await AskAsync(server, ", \"parameters\": {\"user\": \"bert\"}"));
        // Who names a version gets it.
        var (_, json, _) = await server.PostAsync("/v2/models/plus/versions/1/infer", Rows.Replace("PARAMETERS", ", \"parameters\": {\"user\": \"anna\"}"));
        Assert.Equal("1", (string)json!["model_version"]!);
    }

    [Fact]
    public async Task Stages_stand_for_versions_in_every_place_of_a_version()
    {
        await using var server = await StartAsync();
        await server.Models.SetAliasesAsync("plus", new Dictionary<string, string> { ["Staging"] = "2", ["champion"] = "1" });
        Assert.Equal("2", Served(await server.PostAsync("/invocations?id=plus&stage=Staging", "{\"inputs\": [[0, 0, 0, 0]]}")));
        Assert.Equal("1", Served(await server.PostAsync("/invocations?id=plus&stage=champion", "{\"inputs\": [[0, 0, 0, 0]]}")));
        Assert.Equal("2", Served(await server.PostAsync("/v2/models/plus@staging/infer", Rows.Replace("PARAMETERS", ""))));
        Assert.Equal("2", Served(await server.PostAsync("/predictions/plus/staging", "[[0, 0, 0, 0]]")));
        Assert.Equal(404, (await server.PostAsync("/invocations?id=plus&stage=Production", "{\"inputs\": [[0, 0, 0, 0]]}")).Status);
    }

    [Theory]
    [InlineData("canary", "{\"version\": \"2\"}", 400)]
    [InlineData("canary", "{\"version\": \"9\", \"percent\": 10}", 404)]
    [InlineData("canary", "{\"version\": \"1\", \"percent\": 10}", 422)]
    [InlineData("canary", "{\"version\": \"2\", \"percent\": 1e400}", 400)]
    [InlineData("canary", "{\"version\": \"2\", \"percent\": 10, \"min_requests\": 1}", 422)]
    [InlineData("canary", "[]", 400)]
    [InlineData("canary", "{\"version\": \"2\", \"version\": \"1\", \"percent\": 10}", 400)]
    [InlineData("shadow", "{\"version\": {}}", 400)]
    [InlineData("default", "{}", 400)]
    [InlineData("scale", "{\"instances\": 0}", 422)]
    [InlineData("load", "{\"file\": \"../x\"}", 404)]
    [InlineData("load", "{\"version\": \"7\"}", 404)]
    [InlineData("user", "{\"user\": \"\", \"version\": \"2\"}", 400)]
    public async Task What_makes_no_sense_is_refused_and_changes_nothing(string change, string body, int status)
    {
        await using var server = await StartAsync();
        var before = (await server.GetAsync("/api/serving/models/plus")).Json!;
        Assert.Equal(status, (await server.PostAsync($"/api/serving/models/plus/{change}", body)).Status);
        var after = (await server.GetAsync("/api/serving/models/plus")).Json!;
        Assert.Equal((string)before["default"]!, (string)after["default"]!);
        Assert.Null(after["canary"]);
        Assert.Null(after["shadow"]);
    }

    [Fact]
    public async Task TorchServes_scale_really_scales_and_says_how_far()
    {
        await using var server = await StartAsync();
        var cores = server.Models.Cores;
        var (status, json, _) = await server.SendAsync(HttpMethod.Put, "/models/plus?min_worker=1&synchronous=true");
        Assert.Equal((200, "Workers scaled to 1 for model: plus"), (status, (string)json!["status"]!));
        using (var lease = server.Models.Lease("plus", "1")) Assert.Equal(1, lease.Model.Instances);
        var described = (await server.GetAsync("/models/plus")).Json![0]!;
        Assert.Equal((1, 1), ((int)described["minWorkers"]!, described["workers"]!.AsArray().Count));
        var (_, more, _) = await server.SendAsync(HttpMethod.Put, $"/models/plus?min_worker={cores + 3}");
        Assert.Equal($"Workers scaled to {cores} for model: plus ({cores + 3} asked for; this machine computes {cores} at once)", (string)more!["status"]!);
        Assert.Equal(400, (await server.SendAsync(HttpMethod.Put, "/models/plus?min_worker=0")).Status);
    }

    [Fact]
    public async Task Changes_need_the_scope_manage_and_looking_needs_view()
    {
        using var folder = new TemporaryFolder();
        var tokens = Saki.Server.Accounts.AccessTokens.Open(new SakiHome(folder.Root), TimeProvider.System);
        var (view, infer) = (tokens.Add("v", Saki.Server.Accounts.Scope.View, null), tokens.Add("i", Saki.Server.Accounts.Scope.Infer, null));
        await using var server = await ServingServer.StartAsync(options => options with { Tokens = tokens });
        async Task<int> Status(HttpMethod method, string path, string? token) =>
            (await server.SendAsync(method, path, method == HttpMethod.Get ? null : "{}"u8.ToArray(), with: request => { if (token is not null) request.Headers.Add("Authorization", $"Bearer {token}"); })).Status;
        Assert.Equal(401, await Status(HttpMethod.Get, "/api/serving", null));
        Assert.Equal(403, await Status(HttpMethod.Get, "/api/serving", infer));
        Assert.Equal(200, await Status(HttpMethod.Get, "/api/serving", view));
        Assert.Equal(403, await Status(HttpMethod.Post, "/api/serving/models/plus/unload", view));
        Assert.Equal(403, await Status(HttpMethod.Post, "/serving/plus/unload", view));
        Assert.Equal(403, await Status(HttpMethod.Post, "/api/serving/undo/x", infer));
    }

    private static async Task<ServingServer> StartAsync()
    {
        var server = await ServingServer.StartAsync();
        await server.Models.Changes.LoadAsync(server.Models.Open(Path.Combine(server.Store, "plus", "2", "model.onnx"), "plus")[0] with { Version = "2" }, new ChangedBy("local"), beside: true);
        await RenameFirstAsync(server);
        return server;
    }

    // A bare file's version is its digest; tests read better with numbers.
    private static async Task RenameFirstAsync(ServingServer server)
    {
        var plan = server.Models.Open(Path.Combine(server.Store, "plus", "1", "model.onnx"), "plus")[0];
        await server.Models.LoadAsync(plan with { Version = "1" }, beside: true);
        await server.Models.SetDefaultAsync("plus", "1");
        await server.Models.UnloadAsync("plus", plan.Version);
    }

    private static async Task<(float First, string? Arm, string Version)> AskAsync(ServingServer server, string parameters = "", Action<HttpRequestMessage>? with = null)
    {
        var (status, json, _) = await server.SendAsync(HttpMethod.Post, "/v2/models/plus/infer", Encoding.UTF8.GetBytes(Rows.Replace("PARAMETERS", parameters)), with: with);
        Assert.Equal(200, status);
        return ((float)json!["outputs"]![0]!["data"]![0]!, (string?)json["parameters"]?["arm"], (string)json["model_version"]!);
    }

    private static string Served((int Status, JsonNode? Json, HttpResponseMessage Reply) answer)
    {
        Assert.Equal(HttpStatusCode.OK, answer.Reply.StatusCode);
        return answer.Reply.Headers.GetValues(ServedBy.Header).Single().Split('"')[3];
    }
}

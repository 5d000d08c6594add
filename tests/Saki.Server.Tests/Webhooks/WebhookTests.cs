using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Saki.Server.Accounts;
using Saki.Server.Tests.Registry;
using Saki.Server.Tests.Storage;
using Saki.Server.Tests.Tracking;
using Saki.Server.Webhooks;
using Saki.Testing;

namespace Saki.Server.Tests.Webhooks;

public sealed class WebhookTests
{
    private const string Secret = "our own secret";

    [Fact]
    public async Task Each_event_of_the_registry_is_sent_in_mlflows_form_and_signed()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var server = await StartAsync();
        await AddAsync(server, receiver.Url, "REGISTERED_MODEL.CREATED", "MODEL_VERSION.CREATED", "MODEL_VERSION.UPDATED", "MODEL_VERSION_TAG.SET", "MODEL_VERSION_TAG.DELETED", "MODEL_VERSION_ALIAS.CREATED", "MODEL_VERSION_ALIAS.DELETED");
        await server.PostAsync("registered-models/create", """{"name":"m","description":"d","tags":[{"key":"a","value":"b"}]}""");
        await server.PostAsync("model-versions/create", """{"name":"m","source":"s3://bucket/x","run_id":"0123"}""");
        await server.PostAsync("model-versions/set-tag", """{"name":"m","version":"1","key":"k","value":"v"}""");
        await server.CallAsync(HttpMethod.Delete, "model-versions/delete-tag", """{"name":"m","version":"1","key":"k"}""");
        await server.PostAsync("registered-models/alias", """{"name":"m","alias":"best","version":"1"}""");
        await server.CallAsync(HttpMethod.Delete, "registered-models/alias", """{"name":"m","alias":"best"}""");
        await server.MoveAsync("m", 1, "Production");
        await receiver.ExpectAsync(8);

        Assert.Equal(
        [
            """registered_model.created {"name":"m","tags":{"a":"b"},"description":"d"}""",
            """model_version.created {"name":"m","version":"1","source":"s3://bucket/x","run_id":"0123","tags":{},"description":null}""",
            """model_version_tag.set {"name":"m","version":"1","key":"k","value":"v"}""",
            """model_version_tag.deleted {"name":"m","version":"1","key":"k"}""",
            """model_version_alias.created {"name":"m","alias":"best","version":"1"}""",
            """model_version_alias.deleted {"name":"m","alias":"best"}""",
            """model_version.updated {"name":"m","version":"1","from_stage":"None","to_stage":"Production"}""",
            """model_version_alias.created {"name":"m","alias":"production","version":"1"}""",
        ], receiver.Calls.Select(call => $"{call.Event} {call.Json["data"]!.ToJsonString()}"));
        foreach (var call in receiver.Calls)
        {
            Assert.Equal(WebhookSender.Sign(Secret, call.Delivery, call.Timestamp, call.Body), call.Signature);
            Assert.True(DateTimeOffset.TryParse((string)call.Json["timestamp"]!, System.Globalization.CultureInfo.InvariantCulture, out _));
        }
        Assert.Equal(8, receiver.Calls.Select(call => call.Delivery).Distinct().Count());
    }

    // python3 -c 'import hmac,hashlib,base64; print(base64.b64encode(hmac.new(b"s3cret", b"id.1700000000.{\"a\": 1}", hashlib.sha256).digest()))'
    [Fact]
    public void The_signature_is_the_one_that_pythons_hmac_makes() =>
        Assert.Equal("v1,anVtx7UBlEl0tfqDzuclrLzqeUEKggqTpDQZP/zYRkY=", WebhookSender.Sign("s3cret", "id", "1700000000", "{\"a\": 1}"));

    [SqliteFact]
    public async Task A_webhook_is_made_listed_changed_and_deleted_and_its_secret_is_never_told()
    {
        await using var server = await StartAsync();
        var id = await AddAsync(server, "https://example.com/hook?x=1", "model_version.created");
        var answers = new List<JsonNode>
        {
            await server.GetAsync($"webhooks/{id}"),
            await server.GetAsync("webhooks?max_results=10"),
            await server.CallAsync(HttpMethod.Patch, $"webhooks/{id}", """{"name":"other","status":"DISABLED","events":[{"entity":"MODEL_VERSION_TAG","action":"SET"}]}"""),
        };
        Assert.Equal("""{"entity":"MODEL_VERSION","action":"CREATED"}""", answers[0]["webhook"]!["events"]![0]!.ToJsonString());
        Assert.Equal(("hook", "ACTIVE", "https://example.com/hook?x=1"), ((string)answers[0]["webhook"]!["name"]!, (string)answers[0]["webhook"]!["status"]!, (string)answers[0]["webhook"]!["url"]!));
        Assert.Single(answers[1]["webhooks"]!.AsArray());
        Assert.Equal(("other", "DISABLED", "MODEL_VERSION_TAG"), ((string)answers[2]["webhook"]!["name"]!, (string)answers[2]["webhook"]!["status"]!, (string)answers[2]["webhook"]!["events"]![0]!["entity"]!));
        Assert.All(answers, answer => Assert.DoesNotContain("secret", answer.ToJsonString(), StringComparison.Ordinal));
        var files = Directory.GetFiles(server.Home.Root, "*.db*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.DoesNotContain(Secret, System.Text.Encoding.Latin1.GetString(Read(file)), StringComparison.Ordinal));
        await server.CallAsync(HttpMethod.Delete, $"webhooks/{id}", "{}");
        Assert.Equal(404, (await server.RefusalAsync(HttpMethod.Get, $"webhooks/{id}")).Status);
    }

    [Theory]
    [InlineData("""{"name":"n","url":"http://example.com","events":[{"entity":"MODEL_VERSION","action":"CREATED"}]}""", "Invalid webhook URL")]
    [InlineData("""{"name":"n","url":"file:///etc/passwd","events":[{"entity":"MODEL_VERSION","action":"CREATED"}]}""", "Invalid webhook URL")]
    [InlineData("""{"name":"n","url":"https://u:p@example.com","events":[{"entity":"MODEL_VERSION","action":"CREATED"}]}""", "Invalid webhook URL")]
    [InlineData("""{"name":"-n","url":"https://example.com","events":[{"entity":"MODEL_VERSION","action":"CREATED"}]}""", "Webhook name")]
    [InlineData("""{"name":"n","url":"https://example.com","events":[{"entity":"MODEL_VERSION","action":"SET"}]}""", "Invalid action 'SET' for entity 'MODEL_VERSION'")]
    [InlineData("""{"name":"n","url":"https://example.com","events":[]}""", "events")]
    [InlineData("""{"name":"n","events":[{"entity":"MODEL_VERSION","action":"CREATED"}]}""", "url")]
    [InlineData("""{"name":"n","url":"https://example.com","status":"ASLEEP","events":[{"entity":"MODEL_VERSION","action":"CREATED"}]}""", "ACTIVE or DISABLED")]
    public async Task What_is_no_webhook_is_refused(string body, string says)
    {
        await using var server = await MlflowServer.StartAsync();
        var (status, code, message) = await server.RefusalAsync(HttpMethod.Post, "webhooks", body);
        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (status, code));
        Assert.Contains(says, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_an_admin_sees_or_makes_webhooks()
    {
        using var folder = new TemporaryFolder();
        var tokens = AccessTokens.Open(new SakiHome(folder.Root), TimeProvider.System);
        await using var server = await MlflowServer.StartAsync(change: options => options with { Tokens = tokens });
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", tokens.Add("manages", Scope.Manage | Scope.View));
        Assert.Equal(403, (await server.RefusalAsync(HttpMethod.Get, "webhooks")).Status);
        Assert.Equal(403, (await server.RefusalAsync(HttpMethod.Post, "webhooks", """{"name":"n","url":"https://example.com","events":[{"entity":"MODEL_VERSION","action":"CREATED"}]}""")).Status);
        Assert.Equal(403, (await server.RefusalAsync(HttpMethod.Post, "webhooks/x/test", "{}")).Status);
    }

    [Fact]
    public async Task A_failed_call_is_made_again_under_the_same_id_and_a_final_refusal_is_not()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var server = await StartAsync();
        var id = await AddAsync(server, receiver.Url, "REGISTERED_MODEL.CREATED");
        receiver.Answers.Enqueue(503);
        await server.PostAsync("registered-models/create", """{"name":"a"}""");
        await receiver.ExpectAsync(2);
        Assert.Single(receiver.Calls.Select(call => (call.Delivery, call.Body)).Distinct());
        receiver.Answers.Enqueue(410);
        await server.PostAsync("registered-models/create", """{"name":"b"}""");
        await receiver.ExpectAsync(1);
        var kept = await WaitAsync(server, id, deliveries => deliveries.Count == 1 && (string?)deliveries[0]!["problem"] is not null);
        Assert.Equal(("It answered 410", 1, true), ((string)kept[0]!["problem"]!, (int)kept[0]!["attempts"]!, kept[0]!["due"] is null));
    }

    [Fact]
    public async Task What_waits_when_the_server_ends_is_sent_by_the_next_one()
    {
        using var folder = new TemporaryFolder();
        var options = new ServerOptions { Home = new SakiHome(folder.Root), WebhookNetworks = [IPNetwork.Parse("127.0.0.0/8")] };
        await using var receiver = await Receiver.StartAsync();
        receiver.Answers.Enqueue(500);
        await using (var first = await RunningServer.StartAsync(options))
        {
            await PostAsync(first, "webhooks", Hook(receiver.Url, "REGISTERED_MODEL.CREATED"));
            await PostAsync(first, "registered-models/create", """{"name":"m"}""");
            await receiver.ExpectAsync(1);
        }
        await using var second = await RunningServer.StartAsync(options);
        await receiver.ExpectAsync(1);
        Assert.Single(receiver.Calls.Select(call => call.Delivery).Distinct());
        Assert.All(receiver.Calls, call => Assert.Equal(WebhookSender.Sign(Secret, call.Delivery, call.Timestamp, call.Body), call.Signature));
    }

    [Fact]
    public async Task An_event_of_a_request_that_is_refused_is_not_sent()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var server = await StartAsync();
        await AddAsync(server, receiver.Url, "REGISTERED_MODEL.CREATED");
        await server.PostAsync("registered-models/create", """{"name":"m"}""");
        await server.RefusalAsync(HttpMethod.Post, "registered-models/create", """{"name":"m"}""");
        await server.PostAsync("registered-models/create", """{"name":"n"}""");
        await receiver.ExpectAsync(2);
        Assert.Equal(["m", "n"], receiver.Calls.Select(call => (string)call.Json["data"]!["name"]!));
    }

    [Fact]
    public async Task The_test_route_calls_at_once_and_says_what_came_back()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var server = await StartAsync();
        var id = await AddAsync(server, receiver.Url, "MODEL_VERSION.CREATED");
        var result = (await server.PostAsync($"webhooks/{id}/test", "{}"))["result"]!;
        Assert.Equal((true, 200, "thanks"), ((bool)result["success"]!, (int)result["response_status"]!, (string)result["response_body"]!));
        receiver.Answers.Enqueue(418);
        result = (await server.PostAsync($"webhooks/{id}/test", """{"event":{"entity":"MODEL_VERSION_ALIAS","action":"CREATED"}}"""))["result"]!;
        Assert.Equal((false, 418), ((bool)result["success"]!, (int)result["response_status"]!));
        Assert.Equal("model_version_alias.created", receiver.Calls.Last().Event);
    }

    private static Task<MlflowServer> StartAsync() => MlflowServer.StartAsync(change: options => options with { WebhookNetworks = [IPNetwork.Parse("127.0.0.0/8")] });

    private static string Hook(string url, params string[] events) => JsonSerializer.Serialize(new
    {
        name = "hook",
        url,
        secret = Secret,
        events = events.Select(one => new { entity = one.Split('.')[0], action = one.Split('.')[1] }),
    });

    private static async Task<string> AddAsync(MlflowServer server, string url, params string[] events) => (string)(await server.PostAsync("webhooks", Hook(url, events)))["webhook"]!["webhook_id"]!;

    private static async Task PostAsync(RunningServer server, string route, string body)
    {
        using var reply = await server.Client.PostAsync($"/api/2.0/mlflow/{route}", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        Assert.True(reply.IsSuccessStatusCode, await reply.Content.ReadAsStringAsync());
    }

    private static async Task<JsonArray> WaitAsync(MlflowServer server, string id, Func<JsonArray, bool> done)
    {
        for (var attempt = 0; attempt < 300; attempt++)
        {
            var found = (await server.GetAsync($"/api/2.0/saki/webhooks/{id}/deliveries"))["deliveries"]!.AsArray();
            if (done(found)) return found;
            await Task.Delay(50);
        }
        throw new TimeoutException("the outbox did not come to that");
    }

    private static byte[] Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var into = new MemoryStream();
        stream.CopyTo(into);
        return into.ToArray();
    }
}

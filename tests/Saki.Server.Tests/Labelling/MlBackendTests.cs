using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Saki.Server.Accounts;
using Saki.Testing;

namespace Saki.Server.Tests.Labelling;

/// <summary>Against ../shared/labelstudio/ml_backend.json, recorded from the original ML backend, and with pictures of this home.</summary>
public class MlBackendTests
{
    private const string Config = """<View><Image name="image" value="$image"/><Choices name="choice" toName="image"><Choice value="happy"/><Choice value="sad"/><Choice value="angry"/></Choices></View>""";

    [SharedDataFact]
    public async Task Every_recorded_request_is_answered_in_the_originals_form()
    {
        await using var home = await LabelHome.StartAsync(each: 2, unlabelled: 0);
        var face = $"data:image/png;base64,{Convert.ToBase64String(TestModel.Face)}";
        foreach (var pair in JsonNode.Parse(File.ReadAllText(SharedData.At("../labelstudio/ml_backend.json")))!["pairs"]!.AsArray())
        {
            var (request, status) = (pair!["request"]!, (int)pair["status"]!);
            // The recorded address is of a server of its own, which is not fetched here; the picture goes along instead.
            var body = request["json"]?.ToJsonString().Replace("/data/upload/1/a.png", face, StringComparison.Ordinal);
            using var message = new HttpRequestMessage(new HttpMethod((string)request["method"]!), $"/label-studio{(string)request["path"]!}");
            if (body is not null) message.Content = new StringContent(body, Encoding.UTF8, "application/json");
            using var reply = await home.Manager.SendAsync(message);
            var text = await reply.Content.ReadAsStringAsync();
            // What the original answers with a traceback is a fault of the request.
            if (status == 500) Assert.InRange((int)reply.StatusCode, 400, 422);
            else Assert.True(status == (int)reply.StatusCode, $"{request["path"]} {body}: {(int)reply.StatusCode} {text}");
            if (status < 400) Assert.Equal(Shape(pair["response"]), Shape(JsonNode.Parse(text)));
        }
    }

    [Fact]
    public async Task A_task_is_answered_by_the_digest_of_its_picture_with_a_class_of_the_config()
    {
        await using var home = await LabelHome.StartAsync(each: 2, unlabelled: 0);
        var sample = home.Load().Samples[0];
        var answer = await PostAsync(home, "predict", new JsonObject
        {
            ["label_config"] = Config,
            ["tasks"] = new JsonArray(Task("x.png", sample.Digest.ToString()), Task("y.png", null)),
        });
        var results = answer["results"]!.AsArray();
        Assert.Contains((string)results[0]!["result"]![0]!["value"]!["choices"]![0]!, (string[])["happy", "sad", "angry"]);
        Assert.InRange((double)results[0]!["score"]!, 0.0001, 1);
        Assert.Empty(results[1]!["result"]!.AsArray());
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://127.0.0.1:1/x.png")]
    public async Task No_address_of_a_task_is_fetched(string address)
    {
        await using var home = await LabelHome.StartAsync(each: 2, unlabelled: 0);
        using var reply = await home.Manager.PostAsync("/label-studio/predict", Json(new JsonObject { ["label_config"] = Config, ["tasks"] = new JsonArray(Task(address, null)) }));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, reply.StatusCode);
        Assert.Contains("Addresses are not fetched", await reply.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Annotations_told_by_webhook_count_once_change_and_go_and_can_be_applied()
    {
        await using var home = await LabelHome.StartAsync(each: 2, unlabelled: 0);
        var version = home.Load();
        var sample = version.Samples.First(sample => version.Classes[sample.Label] == "sad");
        JsonObject Event(string action, int id, string label, int by) => new()
        {
            ["action"] = action,
            ["project"] = new JsonObject { ["id"] = 7, ["label_config"] = Config },
            ["task"] = Task("x.png", sample.Digest.ToString(), version.Summary.ToString(), sample.Path),
            ["annotation"] = new JsonObject { ["id"] = id, ["completed_by"] = by, ["lead_time"] = 2.5, ["result"] = new JsonArray(new JsonObject { ["from_name"] = "choice", ["to_name"] = "image", ["type"] = "choices", ["value"] = new JsonObject { ["choices"] = new JsonArray(label) } }) },
        };
        await PostAsync(home, "webhook", Event("ANNOTATION_CREATED", 1, "happy", 4), 201);
        await PostAsync(home, "webhook", Event("ANNOTATION_CREATED", 1, "happy", 4), 201);
        await PostAsync(home, "webhook", Event("ANNOTATION_CREATED", 2, "sad", 5), 201);
        await PostAsync(home, "webhook", Event("ANNOTATION_UPDATED", 2, "angry", 5), 201);
        Assert.Equal(["happy", "sad", "angry"], (await home.HistoryAsync("label-studio-7")).Select(entry => entry.Label));
        await PostAsync(home, "webhook", Event("ANNOTATION_DELETED", 2, "angry", 5), 201);
        await PostAsync(home, "webhook", Event("ANNOTATION_DELETED", 9, "angry", 5), 201);
        Assert.Equal(["ls:4"], (await home.StatsAsync("label-studio-7")).Annotators.Select(person => person.Name));
        Assert.Equal([$"{sample.Path}: sad -> happy"], (await home.ApplyAsync("label-studio-7")).Relabelled.Select(change => $"{change.Path}: {change.From} -> {change.To}"));
    }

    [Fact]
    public async Task Label_studio_signs_in_with_the_token_as_password_and_only_labellers_may_tell()
    {
        await using var home = await LabelHome.StartAsync(each: 2, unlabelled: 0);
        using var client = new HttpClient { BaseAddress = home.Server.Address };
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/label-studio/health")).StatusCode);
        client.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"saki:{home.Token("ls", Scope.View | Scope.Infer)}")));
        Assert.Equal("UP", (string)JsonNode.Parse(await client.GetStringAsync("/label-studio/health"))!["status"]!);
        using var told = await client.PostAsync("/label-studio/webhook", Json(new JsonObject { ["action"] = "ANNOTATION_CREATED" }));
        Assert.Equal(HttpStatusCode.Forbidden, told.StatusCode);
    }

    private static JsonObject Task(string image, string? digest, string? dataset = null, string? path = null)
    {
        var data = new JsonObject { ["image"] = image };
        if (digest is not null) data["digest"] = digest;
        if (dataset is not null) data["dataset"] = dataset;
        if (path is not null) data["path"] = path;
        return new JsonObject { ["id"] = 1, ["data"] = data };
    }

    private static StringContent Json(JsonNode body) => new(body.ToJsonString(), Encoding.UTF8, "application/json");

    private static async Task<JsonNode> PostAsync(LabelHome home, string path, JsonNode body, int status = 200)
    {
        using var reply = await home.Manager.PostAsync($"/label-studio/{path}", Json(body));
        var text = await reply.Content.ReadAsStringAsync();
        Assert.True((int)reply.StatusCode == status, text);
        return JsonNode.Parse(text)!;
    }

    // Keys and kinds of values, not the values.
    private static string Shape(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject o => $"{{{string.Join(",", o.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}:{Shape(pair.Value)}"))}}}",
        JsonArray a => $"[{string.Join(",", a.Select(Shape))}]",
        _ => node.GetValueKind().ToString(),
    };
}

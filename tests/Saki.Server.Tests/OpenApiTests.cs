using System.Text.Json.Nodes;
using Saki.Server.OpenApi;
using Saki.Testing;

namespace Saki.Server.Tests;

public sealed class OpenApiTests
{
    [Fact]
    public async Task Every_route_of_the_table_is_described_or_is_a_page()
    {
        using var home = new TemporaryFolder();
        await using var server = await RunningServer.StartAsync(new ServerOptions { Home = SakiHome.Find(home.Root) });
        var document = JsonNode.Parse(await server.Client.GetStringAsync("/openapi.json"))!;
        var paths = document["paths"]!.AsObject();
        foreach (var route in server.Routes.Where(route => !RouteNote.IsElsewhere(route)))
            foreach (var method in RouteNote.Methods(route))
                Assert.True(RouteNote.Find(method, RouteNote.Text(route)) is not null, $"{method} {RouteNote.Text(route)} has no note in RouteNote.cs, and is not a page either");
        Assert.Equal("3.1.0", (string)document["openapi"]!);
        Assert.True(paths.Count > 80, $"{paths.Count} paths");
        foreach (var path in new[] { "/predict_image", "/v2/models/{model}/infer", "/v1/models/{model}:predict", "/invocations", "/predictions/{model}", "/metrics", "/api/2.0/mlflow/runs/create" })
            Assert.True(paths.ContainsKey(path), path);
        Assert.DoesNotContain(paths, path => path.Key.Contains("GRPC", StringComparison.Ordinal) || path.Key.StartsWith("/assets", StringComparison.Ordinal));
    }

    [Fact]
    public async Task References_lead_somewhere_names_are_unique_and_scopes_are_said()
    {
        await using var server = await RunningServer.StartAsync();
        var document = JsonNode.Parse(await server.Client.GetStringAsync("/openapi.json"))!;
        foreach (var reference in Members(document).Where(member => member.Key == "$ref").Select(member => (string)member.Value!).Where(text => text.StartsWith("#/components", StringComparison.Ordinal)))
            Assert.NotNull(document["components"]!["schemas"]![reference.Split('/')[^1]]);
        var operations = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(method => method.Value!).ToList();
        Assert.Equal(operations.Count, operations.Select(operation => (string)operation["operationId"]!).Distinct().Count());
        var infer = document["paths"]!["/v2/models/{model}/infer"]!["post"]!;
        Assert.Equal("infer", (string)infer["x-saki-scope"]!);
        Assert.Equal("model", (string)infer["parameters"]![0]!["name"]!);
        Assert.Empty(document["paths"]!["/health"]!["get"]!["security"]!.AsArray());
        Assert.NotNull(document["components"]!["schemas"]!["Prediction"]!["properties"]!["probability"]);
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Members(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(member => Members(member.Value).Prepend(member)),
        JsonArray list => list.SelectMany(Members),
        _ => [],
    };
}

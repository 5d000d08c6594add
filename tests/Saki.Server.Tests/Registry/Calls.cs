using System.Text.Json;
using System.Text.Json.Nodes;
using Saki.Server.Tests.Tracking;
using Saki.Tracking;

namespace Saki.Server.Tests.Registry;

/// <summary>What tests of the registry ask for, in a word.</summary>
internal static class Calls
{
    public const string Rollback = "/api/2.0/saki/registry/rollback";

    public static async Task WithVersionsAsync(this MlflowServer server, string name, int count)
    {
        await server.PostAsync("registered-models/create", $$"""{"name":"{{name}}"}""");
        for (var i = 0; i < count; i++) await server.PostAsync("model-versions/create", $$"""{"name":"{{name}}","source":"s3://bucket/{{i}}"}""");
    }

    public static Task<JsonNode> MoveAsync(this MlflowServer server, string name, int version, string stage, bool archive = false) => server.PostAsync("model-versions/transition-stage", Move(name, version, stage, archive));

    public static string Move(string name, int version, string stage, bool archive = false) =>
        $$"""{"name":"{{name}}","version":"{{version}}","stage":"{{stage}}","archive_existing_versions":{{(archive ? "true" : "false")}}}""";

    public static Task<JsonNode> RollbackAsync(this MlflowServer server, string body) => server.PostAsync(Rollback, body);

    /// <summary>The audit, the newest row first.</summary>
    public static async Task<IReadOnlyList<AuditEntry>> HistoryAsync(this MlflowServer server, string name) =>
        JsonSerializer.Deserialize(await server.Client.GetStringAsync($"/api/2.0/saki/registry/history?name={name}"), MlflowJson.Of<AuditPage>())!.Entries;

    public static async Task<AuditCheck> CheckAsync(this MlflowServer server) => JsonSerializer.Deserialize(await server.Client.GetStringAsync("/api/2.0/saki/registry/check"), MlflowJson.Of<AuditCheck>())!;

    /// <summary><c>1 Archived, 2 Production production</c>: each version with its stage and aliases.</summary>
    public static async Task<string> StateAsync(this MlflowServer server, string name)
    {
        var found = (await server.GetAsync($"model-versions/search?filter={Uri.EscapeDataString($"name = '{name}'")}&order_by=version_number"))["model_versions"]?.AsArray() ?? [];
        return string.Join(", ", found.OrderBy(v => (string)v!["version"]!).Select(v => string.Join(' ', ((string[])[(string)v!["version"]!, (string)v["current_stage"]!])
            .Concat(v["aliases"]?.AsArray().Select(alias => (string)alias!) ?? []))));
    }
}

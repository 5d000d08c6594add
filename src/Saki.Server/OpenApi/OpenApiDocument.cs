using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Saki.Server.Accounts;

namespace Saki.Server.OpenApi;

/// <summary>
/// <c>GET /openapi.json</c>: OpenAPI 3.1 of every route that programs call, made of the real route table, so that nothing is said of routes that are not there.
/// What a route demands is taken from its own metadata; what the table does not know is in <see cref="RouteNote"/>.
/// </summary>
internal static partial class OpenApiDocument
{
    public static void MapOpenApi(this WebApplication app) => app.MapGet("/openapi.json", (HttpContext context) =>
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(Of(context.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()).ToJsonString());
    }).Open();

    /// <summary>The document for these routes.</summary>
    public static JsonObject Of(IEnumerable<RouteEndpoint> routes)
    {
        var paths = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var route in routes.Where(route => !RouteNote.IsElsewhere(route)))
        {
            var text = RouteNote.Text(route);
            var path = Plain().Replace(text, "{$1}");
            if (!paths.TryGetValue(path, out var item)) paths[path] = item = [];
            foreach (var method in RouteNote.Methods(route)) item.TryAdd(method.ToLowerInvariant(), Operation(route, method, text, path));
        }
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "Saki", ["version"] = typeof(OpenApiDocument).Assembly.GetName().Version!.ToString(3), ["description"] = "Routes of this server as they are mapped. Errors have the form of their protocol; Saki's own is ErrorReply." },
            ["paths"] = new JsonObject(paths.Select(path => KeyValuePair.Create(path.Key, (JsonNode?)path.Value))),
            ["components"] = new JsonObject
            {
                ["schemas"] = OpenApiSchemas.All(),
                ["securitySchemes"] = new JsonObject
                {
                    ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" },
                    ["basic"] = new JsonObject { ["type"] = "http", ["scheme"] = "basic", ["description"] = "The token as password" },
                },
            },
        };
    }

    private static JsonObject Operation(RouteEndpoint route, string method, string text, string path)
    {
        var note = RouteNote.Find(method, text);
        var access = route.Metadata.GetMetadata<RouteAccess>() ?? new RouteAccess(Scope.Admin);
        var operation = new JsonObject
        {
            ["operationId"] = method.ToLowerInvariant() + Word().Replace(path, "_").TrimEnd('_'),
            ["summary"] = note?.Summary ?? text,
            ["tags"] = new JsonArray(note?.Tag ?? "Other"),
            ["parameters"] = Parameters(route, note),
            ["responses"] = new JsonObject { ["200"] = Answer(note), ["default"] = Error(note) },
        };
        if (access.Scope == Scope.None) operation["security"] = new JsonArray();
        else
        {
            operation["security"] = new JsonArray(new JsonObject { ["bearer"] = new JsonArray() }, new JsonObject { ["basic"] = new JsonArray() });
            operation["x-saki-scope"] = access.Scope.ToString().ToLowerInvariant();
        }
        if (note?.Body is { } body) operation["requestBody"] = Body(body);
        return operation;
    }

    private static JsonArray Parameters(RouteEndpoint route, RouteNote? note)
    {
        var parameters = new JsonArray();
        foreach (var parameter in route.RoutePattern.Parameters)
            parameters.Add(new JsonObject { ["name"] = parameter.Name, ["in"] = "path", ["required"] = true, ["schema"] = new JsonObject { ["type"] = "string" } });
        foreach (var name in note?.Query ?? [])
            parameters.Add(new JsonObject { ["name"] = name, ["in"] = "query", ["schema"] = new JsonObject { ["type"] = name is "top" or "limit" or "batch_size" or "max_batch_delay" ? "integer" : "string" } });
        return parameters;
    }

    private static JsonObject Body(string schema)
    {
        var content = new JsonObject { ["application/json"] = Reference(schema) };
        if (schema == "Pictures")
        {
            content["multipart/form-data"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["image"] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string", ["contentMediaType"] = "image/*" } } } } };
            content["image/*"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string", ["format"] = "binary" } };
        }
        if (schema == "InferRequest") content["application/octet-stream"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string", ["format"] = "binary", ["description"] = "InferRequest as JSON, then the raw tensors" } };
        return new JsonObject { ["required"] = true, ["content"] = content };
    }

    private static JsonObject Answer(RouteNote? note)
    {
        var answer = new JsonObject { ["description"] = "Done" };
        if (note?.Answer is { } schema) answer["content"] = new JsonObject { ["application/json"] = Reference(schema) };
        return answer;
    }

    private static JsonObject Error(RouteNote? note)
    {
        var error = new JsonObject { ["description"] = "Refused, in the protocol's form" };
        if (note?.Tag == "Saki") error["content"] = new JsonObject { ["application/json"] = Reference("ErrorReply") };
        if (note?.Tag is "Open Inference Protocol v2" or "KServe v1") error["content"] = new JsonObject { ["application/json"] = Reference("OipError") };
        return error;
    }

    private static JsonObject Reference(string schema) => new() { ["schema"] = new JsonObject { ["$ref"] = $"#/components/schemas/{schema}" } };

    // {*path:constraint?} is {path} for others.
    [GeneratedRegex(@"\{\**([A-Za-z_]+)[^}]*\}")]
    private static partial Regex Plain();

    [GeneratedRegex("[^A-Za-z0-9]+")]
    private static partial Regex Word();
}

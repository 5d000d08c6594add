using Saki.Tracking;

namespace Saki.Server.Webhooks;

/// <summary>The events that a webhook can be called for: MLflow's of the model registry, and one of ours for moves between stages, which MLflow has none for.</summary>
internal static class WebhookEvents
{
    public static readonly WebhookEvent ModelCreated = new("REGISTERED_MODEL", "CREATED");
    public static readonly WebhookEvent VersionCreated = new("MODEL_VERSION", "CREATED");
    public static readonly WebhookEvent VersionMoved = new("MODEL_VERSION", "UPDATED");
    public static readonly WebhookEvent TagSet = new("MODEL_VERSION_TAG", "SET");
    public static readonly WebhookEvent TagDeleted = new("MODEL_VERSION_TAG", "DELETED");
    public static readonly WebhookEvent AliasCreated = new("MODEL_VERSION_ALIAS", "CREATED");
    public static readonly WebhookEvent AliasDeleted = new("MODEL_VERSION_ALIAS", "DELETED");

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<WebhookEvent> All = [ModelCreated, VersionCreated, VersionMoved, TagSet, TagDeleted, AliasCreated, AliasDeleted];

    /// <summary>An event in its own spelling.</summary>
    /// <exception cref="MlflowException">There is no such event.</exception>
    public static WebhookEvent Find(string entity, string action) =>
        All.FirstOrDefault(known => known.Entity.Equals(entity, StringComparison.OrdinalIgnoreCase) && known.Action.Equals(action, StringComparison.OrdinalIgnoreCase))
        ?? throw MlflowException.BadValue($"Invalid action '{Short(action)}' for entity '{Short(entity)}'. Valid events are: {string.Join(", ", All.Select(Name))}");

    /// <summary>As it stands in messages: <c>model_version.created</c>.</summary>
    public static string Name(WebhookEvent known) => $"{known.Entity}.{known.Action}".ToLowerInvariant();

    /// <summary>When it happens, for people.</summary>
    public static string About(WebhookEvent known) => known switch
    {
        _ when known == ModelCreated => "a model is registered",
        _ when known == VersionCreated => "a version is registered",
        _ when known == VersionMoved => "a version enters or leaves a stage",
        _ when known == TagSet => "a version's tag is set",
        _ when known == TagDeleted => "a version's tag is deleted",
        _ when known == AliasCreated => "an alias points to another version",
        _ => "an alias is deleted",
    };

    /// <summary>What a test sends as the data of an event, with the fields of the real one.</summary>
    public static object Example(WebhookEvent known)
    {
        var tags = new Dictionary<string, string> { ["example_key"] = "example_value" };
        if (known == ModelCreated) return new ModelCreatedData("example_model", tags, "An example registered model");
        if (known == VersionCreated) return new VersionCreatedData("example_model", "1", "runs:/abcd1234abcd5678/model", "abcd1234abcd5678", tags, "An example model version");
        if (known == VersionMoved) return new VersionMovedData("example_model", "1", "Staging", "Production");
        if (known == TagSet) return new TagSetData("example_model", "1", "example_key", "example_value");
        if (known == TagDeleted) return new TagDeletedData("example_model", "1", "example_key");
        return known == AliasCreated ? new AliasCreatedData("example_model", "example_alias", "1") : new AliasDeletedData("example_model", "example_alias");
    }

    private static string Short(string text) => text.Length <= 60 ? text : $"{text[..60]}…";
}

internal sealed record ModelCreatedData(string Name, IReadOnlyDictionary<string, string> Tags, string? Description);

internal sealed record VersionCreatedData(string Name, string Version, string Source, string? RunId, IReadOnlyDictionary<string, string> Tags, string? Description);

internal sealed record VersionMovedData(string Name, string Version, string FromStage, string ToStage);

internal sealed record TagSetData(string Name, string Version, string Key, string Value);

internal sealed record TagDeletedData(string Name, string Version, string Key);

internal sealed record AliasCreatedData(string Name, string Alias, string Version);

internal sealed record AliasDeletedData(string Name, string Alias);

/// <summary>The body of a call, in MLflow's form.</summary>
internal sealed record WebhookBody(string Entity, string Action, DateTimeOffset Timestamp, object Data);

[System.Text.Json.Serialization.JsonSourceGenerationOptions(PropertyNamingPolicy = System.Text.Json.Serialization.JsonKnownNamingPolicy.SnakeCaseLower)]
[System.Text.Json.Serialization.JsonSerializable(typeof(WebhookBody))]
[System.Text.Json.Serialization.JsonSerializable(typeof(ModelCreatedData))]
[System.Text.Json.Serialization.JsonSerializable(typeof(VersionCreatedData))]
[System.Text.Json.Serialization.JsonSerializable(typeof(VersionMovedData))]
[System.Text.Json.Serialization.JsonSerializable(typeof(TagSetData))]
[System.Text.Json.Serialization.JsonSerializable(typeof(TagDeletedData))]
[System.Text.Json.Serialization.JsonSerializable(typeof(AliasCreatedData))]
[System.Text.Json.Serialization.JsonSerializable(typeof(AliasDeletedData))]
internal sealed partial class WebhookJson : System.Text.Json.Serialization.JsonSerializerContext;

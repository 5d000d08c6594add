using System.Globalization;
using Saki.Server.Registry;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Webhooks;

/// <summary>Tells webhooks of what happens in the registry, inside its transaction. Prompts, which MLflow keeps among the models, are not told of.</summary>
internal sealed class RegistryEvents(WebhookOutbox outbox)
{
    public void ModelCreated(WriteSession session, string name, string? description, IReadOnlyList<Tag> tags, long now)
    {
        if (!tags.Any(IsPrompt)) outbox.Add(session, WebhookEvents.ModelCreated, new ModelCreatedData(name, Map(tags), description), now);
    }

    public void VersionCreated(WriteSession session, long model, ModelVersion version, long number, string run, long now)
    {
        if (IsPrompt(session, model)) return;
        var empty = version.Description.Length == 0;
        outbox.Add(session, WebhookEvents.VersionCreated, new VersionCreatedData(version.Name, Text(number), version.Source, run.Length == 0 ? null : run, Map(version.Tags), empty ? null : version.Description), now);
    }

    /// <summary>Makes a move and tells of all that it changed: the stages and aliases of other versions, too.</summary>
    public void Around(WriteSession session, long model, RegistryMove move, long now, Action make)
    {
        if (!WebhookOutbox.IsWatched(session) || IsPrompt(session, model))
        {
            make();
            return;
        }
        var (stages, aliases) = (Stages(session, model), Aliases(session, model));
        var tag = Tag(session, model, move);
        make();
        foreach (var (version, stage) in Stages(session, model))
            if (stages[version] is var before && before != stage) outbox.Add(session, WebhookEvents.VersionMoved, new VersionMovedData(move.Model, Text(version), before, stage), now);
        var pointed = Aliases(session, model);
        foreach (var (alias, version) in pointed)
            if (aliases.GetValueOrDefault(alias) != version) outbox.Add(session, WebhookEvents.AliasCreated, new AliasCreatedData(move.Model, alias, Text(version)), now);
        foreach (var alias in aliases.Keys.Where(alias => !pointed.ContainsKey(alias))) outbox.Add(session, WebhookEvents.AliasDeleted, new AliasDeletedData(move.Model, alias), now);
        if (move.Kind == MoveKind.SetTag) outbox.Add(session, WebhookEvents.TagSet, new TagSetData(move.Model, Text(move.Version), move.To, move.Value), now);
        if (move.Kind == MoveKind.DropTag && tag) outbox.Add(session, WebhookEvents.TagDeleted, new TagDeletedData(move.Model, Text(move.Version), move.To), now);
    }

    private static bool Tag(WriteSession session, long model, RegistryMove move) => move.Kind == MoveKind.DropTag
        && session.Scalar<long>("SELECT count(*) FROM model_version_tags WHERE model = @model AND version = @Version AND key = @To", new { model, move.Version, move.To }) > 0;

    private static Dictionary<long, string> Stages(WriteSession session, long model) =>
        session.Query<(long Version, string Stage)>("SELECT version, stage FROM model_versions WHERE model = @model AND deleted = 0", new { model }).ToDictionary(row => row.Version, row => row.Stage);

    private static Dictionary<string, long> Aliases(WriteSession session, long model) =>
        session.Query<(string Alias, long Version)>("SELECT alias, version FROM registered_model_aliases WHERE model = @model", new { model }).ToDictionary(row => row.Alias, row => row.Version, StringComparer.Ordinal);

    private static bool IsPrompt(WriteSession session, long model) =>
        session.Scalar<long>($"SELECT count(*) FROM registered_model_tags WHERE model = @model AND key = '{RegistryReader.PromptTag}' AND value = 'true'", new { model }) > 0;

    private static bool IsPrompt(Tag tag) => tag is { Key: RegistryReader.PromptTag, Value: "true" };

    private static Dictionary<string, string> Map(IReadOnlyList<Tag> tags)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in tags) map[tag.Key] = tag.Value;
        return map;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

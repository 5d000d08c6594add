using System.Data.Common;
using System.Globalization;
using Dapper;
using Saki.Server.Storage;
using Saki.Server.Tracking;
using Saki.Server.Tracking.Artifacts;
using Saki.Tracking;
using Saki.Tracking.Search;

namespace Saki.Server.Registry;

/// <summary>Registered models and versions as they are answered: one, the latest of each stage, or a page of a search.</summary>
internal sealed class RegistryReader(Database database)
{
    /// <summary>Marks what MLflow keeps among the models and is a prompt.</summary>
    public const string PromptTag = "mlflow.prompt.is_prompt";
    private const string SelectModels = "SELECT m.id AS Id, m.name AS Name, m.description AS Description, m.created AS Created, m.updated AS Updated FROM registered_models m";
    private const string SelectVersions = """
        SELECT v.model AS Model, m.name AS Name, v.version AS Version, v.created AS Created, v.updated AS Updated, v.stage AS Stage, v.description AS Description,
        v.source AS Source, v.storage AS Storage, v.run_id AS RunId, v.run_link AS RunLink, v.model_id AS ModelId FROM model_versions v JOIN registered_models m ON m.id = v.model
        """;

    private static readonly SearchSql.Shape Models = new()
    {
        Id = "m.id",
        Fields = new() { ["name"] = "m.name", ["last_updated_timestamp"] = "m.updated" },
        Places = new() { [SearchEntity.Tag] = new("registered_model_tags", "model") },
    };

    private static readonly SearchSql.Shape Versions = new()
    {
        Id = "(v.model, v.version)",
        Fields = new()
        {
            ["name"] = "m.name",
            ["run_id"] = "v.run_id",
            ["source_path"] = "v.source",
            ["version_number"] = "v.version",
            ["creation_timestamp"] = "v.created",
            ["last_updated_timestamp"] = "v.updated",
        },
        Places = new() { [SearchEntity.Tag] = new("model_version_tags", "(model, version)") },
    };

    public RegisteredModel Get(string name) => database.Read(connection =>
        Complete(connection, connection.Query<ModelRow>($"{SelectModels} WHERE m.name = @name", new { name }).AsList()).FirstOrDefault()) ?? throw RegistryStore.None(name);

    public ModelVersion Get(string name, long version) => Find(name, version).Version;

    /// <summary>Where a version's files are, after links to other models and versions were followed.</summary>
    public string Storage(string name, long version) => Find(name, version).Storage;

    /// <summary>Refuses a change to files that a gate let into a stage: what was proven stays what is served, and what a rollback restores.</summary>
    /// <param name="path">A file or folder as the artifact proxy names it.</param>
    /// <exception cref="MlflowException">They are those of such a version (409).</exception>
    public void CheckMayChange(string path)
    {
        var asked = $"{string.Join('/', ArtifactPath.Parts(path))}/";
        var proven = database.Read(connection => connection.Query<string>("""
            SELECT DISTINCT v.storage FROM registry_audit a JOIN model_versions v ON v.model = a.registered_model AND v.version = a.version
            WHERE a.evidence <> '' AND a.action <> 'refused' AND v.deleted = 0 AND v.storage LIKE 'mlflow-artifacts:%'
            """).AsList());
        foreach (var place in proven.Select(storage => $"{ArtifactStore.Relative(storage)}/"))
        {
            if (asked.StartsWith(place, StringComparison.Ordinal) || place.StartsWith(asked, StringComparison.Ordinal))
                throw new MlflowException("RESOURCE_CONFLICT", "These are the files of a model version that its gate has proven: expected another place, or a version that was deleted first");
        }
    }

    /// <summary>The version that an alias points to, by statements that stay prepared: whoever follows an alias asks again and again.</summary>
    public ModelVersion GetByAlias(string name, string alias) => database.ReadPrepared(reader =>
    {
        var (model, row) = (0L, (VersionRow?)null);
        reader.Each("SELECT id FROM registered_models WHERE name = @0", found => model = found.GetInt64(0), name);
        if (model == 0) throw RegistryStore.None(name);
        reader.Each($"{SelectVersions} JOIN registered_model_aliases a ON a.model = v.model AND a.version = v.version WHERE a.model = @0 AND a.alias = @1", found => row = VersionRow.Of(found), model, alias);
        // MLflow answers 400 here, not 404.
        if (row is null) throw MlflowException.BadValue($"Registered model alias {alias} not found.");
        var (tags, aliases) = (new List<Tag>(), new List<string>());
        reader.Each("SELECT key, value FROM model_version_tags WHERE model = @0 AND version = @1 ORDER BY key", found => tags.Add(new Tag(found.GetString(0), found.GetString(1))), model, row.Version);
        reader.Each("SELECT alias FROM registered_model_aliases WHERE model = @0 AND version = @1 ORDER BY alias", found => aliases.Add(found.GetString(0)), model, row.Version);
        return row.With(tags, aliases);
    });

    /// <summary>The highest version of each of these stages; of all four when none is named.</summary>
    public IReadOnlyList<ModelVersion> Latest(string name, IReadOnlyList<string> stages)
    {
        var asked = stages.Select(RegistryMoves.Stage).ToHashSet();
        return [.. Get(name).LatestVersions.Where(version => asked.Count == 0 || asked.Contains(version.CurrentStage))];
    }

    public RegisteredModelPage SearchModels(string? filter, IReadOnlyList<string> orderBy, int page, string? token)
    {
        var clauses = SearchParser.Filter(filter, SearchSubject.RegisteredModels);
        var sql = new SearchSql(Models, database.Dialect).Filter(clauses.Where(clause => !IsPromptExclusion(clause))).OrderBy(SearchParser.Order(orderBy, SearchSubject.RegisteredModels));
        // Prompts live among the models; they are shown only to who asks for them.
        var prompts = clauses.Any(clause => IsPrompt(clause) && !IsPromptExclusion(clause)) ? "" : $" AND NOT EXISTS (SELECT 1 FROM registered_model_tags WHERE model = m.id AND key = '{PromptTag}' AND value = 'true')";
        var offset = PageToken.Read(token);
        sql.Values.AddDynamicParams(new { limit = page + 1, offset });
        return database.Read(connection =>
        {
            var rows = connection.Query<ModelRow>($"{SelectModels} WHERE 1 = 1{sql.Where}{prompts} ORDER BY {sql.Order}m.name ASC LIMIT @limit OFFSET @offset", sql.Values).AsList();
            var next = PageToken.Cut(rows, page, offset);
            return new RegisteredModelPage(Complete(connection, rows), next);
        });
    }

    public ModelVersionPage SearchVersions(string? filter, IReadOnlyList<string> orderBy, int page, string? token)
    {
        var clauses = SearchParser.Filter(filter, SearchSubject.ModelVersions);
        var sql = new SearchSql(Versions, database.Dialect).Filter(clauses.Where(clause => !IsPromptExclusion(clause))).OrderBy(SearchParser.Order(orderBy, SearchSubject.ModelVersions));
        var prompts = clauses.Any(IsPromptExclusion) ? $" AND NOT EXISTS (SELECT 1 FROM model_version_tags WHERE (model, version) = (v.model, v.version) AND key = '{PromptTag}' AND value = 'true')" : "";
        var offset = PageToken.Read(token);
        sql.Values.AddDynamicParams(new { limit = page + 1, offset });
        return database.Read(connection =>
        {
            var rows = connection.Query<VersionRow>($"{SelectVersions} WHERE v.deleted = 0{sql.Where}{prompts} ORDER BY {sql.Order}v.updated DESC, m.name ASC, v.version DESC LIMIT @limit OFFSET @offset", sql.Values).AsList();
            var next = PageToken.Cut(rows, page, offset);
            return new ModelVersionPage(Complete(connection, rows), next);
        });
    }

    private (ModelVersion Version, string Storage) Find(string name, long version) => database.Read(connection =>
    {
        var rows = connection.Query<VersionRow>($"{SelectVersions} WHERE m.name = @name AND v.version = @version AND v.deleted = 0", new { name, version }).AsList();
        return rows.Count == 1 ? (Complete(connection, rows)[0], rows[0].Storage) : throw RegistryStore.None(name, version);
    });

    private static bool IsPrompt(SearchClause clause) => clause is { Entity: SearchEntity.Tag, Key: PromptTag };

    private static bool IsPromptExclusion(SearchClause clause) => IsPrompt(clause) && clause is { Operator: SearchOperator.NotEqual, Text: "true" };

    private static List<RegisteredModel> Complete(DbConnection connection, List<ModelRow> rows)
    {
        var of = new { ids = rows.Select(row => row.Id).ToArray() };
        var tags = connection.Query<TagRow>("SELECT model AS Owner, key AS Key, value AS Value FROM registered_model_tags WHERE model IN @ids ORDER BY model, key", of).ToLookup(tag => tag.Owner);
        var aliases = connection.Query<AliasRow>("SELECT model AS Model, alias AS Alias, version AS Version FROM registered_model_aliases WHERE model IN @ids ORDER BY model, alias", of).ToLookup(alias => alias.Model);
        var latest = connection.Query<VersionRow>($"""
            {SelectVersions} JOIN (SELECT model, stage, max(version) AS top FROM model_versions WHERE model IN @ids AND deleted = 0 GROUP BY model, stage) t ON t.model = v.model AND t.top = v.version ORDER BY v.model, v.version
            """, of).AsList();
        var versions = latest.Zip(Complete(connection, latest)).ToLookup(pair => pair.First.Model, pair => pair.Second);
        return [.. rows.Select(row => new RegisteredModel
        {
            Name = row.Name,
            CreationTimestamp = row.Created,
            LastUpdatedTimestamp = row.Updated,
            Description = row.Description,
            LatestVersions = [.. versions[row.Id]],
            Tags = [.. tags[row.Id].Select(tag => new Tag(tag.Key, tag.Value))],
            Aliases = [.. aliases[row.Id].Select(alias => new ModelAlias(alias.Alias, alias.Version.ToString(CultureInfo.InvariantCulture)))],
        })];
    }

    private static List<ModelVersion> Complete(DbConnection connection, List<VersionRow> rows)
    {
        var of = new { ids = rows.Select(row => row.Model).Distinct().ToArray() };
        var tags = connection.Query<VersionTagRow>("SELECT model AS Model, version AS Version, key AS Key, value AS Value FROM model_version_tags WHERE model IN @ids ORDER BY model, version, key", of).ToLookup(tag => (tag.Model, tag.Version));
        var aliases = connection.Query<AliasRow>("SELECT model AS Model, alias AS Alias, version AS Version FROM registered_model_aliases WHERE model IN @ids ORDER BY model, alias", of).ToLookup(alias => (alias.Model, alias.Version));
        return [.. rows.Select(row => row.With([.. tags[(row.Model, row.Version)].Select(tag => new Tag(tag.Key, tag.Value))], [.. aliases[(row.Model, row.Version)].Select(alias => alias.Alias)]))];
    }

    private sealed record ModelRow
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string? Description { get; init; }
        public long Created { get; init; }
        public long Updated { get; init; }
    }

    private sealed record VersionRow
    {
        public long Model { get; init; }
        public string Name { get; init; } = "";
        public long Version { get; init; }
        public long Created { get; init; }
        public long Updated { get; init; }
        public string Stage { get; init; } = "";
        public string Description { get; init; } = "";
        public string Source { get; init; } = "";
        public string Storage { get; init; } = "";
        public string RunId { get; init; } = "";
        public string RunLink { get; init; } = "";
        public string? ModelId { get; init; }

        // The columns in the order of SelectVersions.
        public static VersionRow Of(DbDataReader found) => new()
        {
            Model = found.GetInt64(0),
            Name = found.GetString(1),
            Version = found.GetInt64(2),
            Created = found.GetInt64(3),
            Updated = found.GetInt64(4),
            Stage = found.GetString(5),
            Description = found.GetString(6),
            Source = found.GetString(7),
            Storage = found.GetString(8),
            RunId = found.GetString(9),
            RunLink = found.GetString(10),
            ModelId = found.IsDBNull(11) ? null : found.GetString(11),
        };

        public ModelVersion With(IReadOnlyList<Tag> tags, IReadOnlyList<string> aliases) => new()
        {
            Name = Name,
            Version = Version.ToString(CultureInfo.InvariantCulture),
            CreationTimestamp = Created,
            LastUpdatedTimestamp = Updated,
            CurrentStage = Stage,
            Description = Description,
            Source = Source,
            RunId = RunId,
            RunLink = RunLink,
            ModelId = ModelId,
            Tags = tags,
            Aliases = aliases,
        };
    }

    private sealed record VersionTagRow
    {
        public long Model { get; init; }
        public long Version { get; init; }
        public string Key { get; init; } = "";
        public string Value { get; init; } = "";
    }

    private sealed record AliasRow
    {
        public long Model { get; init; }
        public string Alias { get; init; } = "";
        public long Version { get; init; }
    }
}

using System.Data.Common;
using Dapper;

namespace Saki.Server.Lineage;

/// <summary>A run as lineage knows it.</summary>
internal sealed record LineageRun
{
    public long Id { get; init; }
    public string RunId { get; init; } = "";
    public string Name { get; init; } = "";
    public string Status { get; init; } = "";
}

/// <summary>A version as lineage knows it.</summary>
internal sealed record LineageVersion
{
    public string Name { get; init; } = "";
    public long Version { get; init; }
    public string Stage { get; init; } = "";
    public string RunId { get; init; } = "";
    public string? Package { get; init; }
}

/// <summary>The SQL of lineage.</summary>
internal static class LineageQueries
{
    /// <summary>Most runs, and most versions, that one answer lists.</summary>
    public const int Most = 200;

    private const string SelectRuns = "SELECT r.id AS Id, r.run_id AS RunId, r.name AS Name, r.status AS Status FROM runs r";

    private const string SelectVersions = """
        SELECT m.name AS Name, v.version AS Version, v.stage AS Stage, v.run_id AS RunId, t.value AS Package FROM model_versions v JOIN registered_models m ON m.id = v.model
        LEFT JOIN model_version_tags t ON t.model = v.model AND t.version = v.version AND t.key = 'saki.package'
        """;

    /// <summary>The run of this id, or the one that a server keeps under another id for it; null for neither.</summary>
    public static LineageRun? Run(DbConnection connection, string id) =>
        connection.QueryFirstOrDefault<LineageRun>($"{SelectRuns} WHERE r.run_id = @id", new { id })
        ?? connection.QueryFirstOrDefault<LineageRun>($"{SelectRuns} JOIN run_tags t ON t.run = r.id WHERE t.key = 'saki.run_id' AND t.value = @id", new { id });

    /// <summary>The ids under which a run is known: its own, and the one of the folder that it was logged from.</summary>
    public static IReadOnlyList<string> Ids(DbConnection connection, LineageRun run) =>
        [run.RunId, .. connection.Query<string>("SELECT value FROM run_tags WHERE run = @Id AND key = 'saki.run_id'", new { run.Id })];

    /// <summary>The newest runs that saw a data set version: they say so, or logged it as an input; one more than <see cref="Most"/> when there are more.</summary>
    public static List<LineageRun> Saw(DbConnection connection, string digest) => connection.Query<LineageRun>($"""
        {SelectRuns} WHERE r.lifecycle = 'active' AND (r.id IN (SELECT run FROM run_tags WHERE key = 'saki.dataset' AND value LIKE @ends)
        OR r.id IN (SELECT i.run FROM run_datasets i JOIN datasets d ON d.id = i.dataset WHERE d.digest = @digest)) ORDER BY r.start_time DESC, r.run_id LIMIT @most
        """, new { digest, ends = $"%@{digest}", most = Most + 1 }).AsList();

    /// <summary>The data set versions that a run says it saw: name, digest, and how it was used (empty when not said).</summary>
    public static List<(string Name, string Digest, string Use)> Seen(DbConnection connection, long run)
    {
        var tags = connection.Query<string>("SELECT value FROM run_tags WHERE run = @run AND key = 'saki.dataset'", new { run });
        var found = tags.Where(tag => tag.Contains('@', StringComparison.Ordinal)).Select(tag => (tag[..tag.LastIndexOf('@')], tag[(tag.LastIndexOf('@') + 1)..], "")).ToList();
        found.AddRange(connection.Query<(string, string, string?)>("""
            SELECT d.name, d.digest, t.value FROM run_datasets i JOIN datasets d ON d.id = i.dataset
            LEFT JOIN run_dataset_tags t ON t.run = i.run AND t.dataset = i.dataset AND t.key = 'mlflow.data.context' WHERE i.run = @run ORDER BY d.id
            """, new { run }).Select(row => (row.Item1, row.Item2, row.Item3 ?? "")));
        return [.. found.DistinctBy(data => data.Item2)];
    }

    public static LineageVersion? Version(DbConnection connection, string model, long version) =>
        connection.QueryFirstOrDefault<LineageVersion>($"{SelectVersions} WHERE m.name = @model AND v.version = @version AND v.deleted = 0", new { model, version });

    /// <summary>The versions that were made of these runs.</summary>
    public static List<LineageVersion> OfRuns(DbConnection connection, IReadOnlyList<string> ids) => ids.Count == 0 ? []
        : connection.Query<LineageVersion>($"{SelectVersions} WHERE v.deleted = 0 AND v.run_id IN @ids ORDER BY v.created DESC, m.name, v.version LIMIT @most", new { ids, most = Most + 1 }).AsList();

    /// <summary>The versions whose package begins with these digits.</summary>
    public static List<LineageVersion> OfPackage(DbConnection connection, string prefix) =>
        connection.Query<LineageVersion>($"{SelectVersions} WHERE v.deleted = 0 AND t.value LIKE @begins ORDER BY v.created DESC, m.name, v.version LIMIT @most", new { begins = $"{prefix}%", most = Most + 1 }).AsList();

    /// <summary>The versions that a gate measured on a data set version.</summary>
    public static List<LineageVersion> Measured(DbConnection connection, string digest) => connection.Query<LineageVersion>($"""
        {SelectVersions} WHERE v.deleted = 0 AND EXISTS (SELECT 1 FROM registry_audit a JOIN registry_evidence e ON e.digest = a.evidence
        WHERE a.registered_model = v.model AND a.version = v.version AND e.json LIKE @holds) ORDER BY v.created DESC, m.name, v.version LIMIT @most
        """, new { holds = $"%\"data\":\"{digest}\"%", most = Most + 1 }).AsList();

    /// <summary>The data set versions that a gate measured a version on.</summary>
    public static List<string> MeasuredOn(DbConnection connection, string model, long version) => [.. connection.Query<string>("""
        SELECT DISTINCT e.json FROM registry_audit a JOIN registry_evidence e ON e.digest = a.evidence JOIN registered_models m ON m.id = a.registered_model
        WHERE m.name = @model AND a.version = @version AND a.evidence <> ''
        """, new { model, version }).Select(DataOf).OfType<string>().Distinct()];

    private static string? DataOf(string evidence)
    {
        using var json = System.Text.Json.JsonDocument.Parse(evidence);
        return json.RootElement.TryGetProperty("data", out var data) ? data.GetString() : null;
    }
}

using System.Data.Common;
using System.Text.Json;
using Dapper;
using Saki.Gates;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Registry.Audit;

/// <summary>Reads the audit: the history of a model, the evidence of a row, and whether the chain holds.</summary>
internal sealed class AuditReader(Database database)
{
    private const string Select = """
        SELECT number AS Number, time AS Time, who AS Who, model AS Model, version AS Version, action AS Action, subject AS Subject, before AS "From", after AS "To", archived AS Archived,
        production_before AS ProductionBefore, production_after AS ProductionAfter, why AS Why, evidence AS Evidence, overridden AS Overridden, hash AS Hash FROM registry_audit
        """;

    /// <summary>The rows of a model, the newest first; also those under names that it had before, and those of a deleted model of this name.</summary>
    public IReadOnlyList<AuditEntry> History(string model, int most = 1000) => database.Read(connection => connection.Query<AuditEntry>(
        $"{Select} WHERE model = @model OR registered_model = (SELECT id FROM registered_models WHERE name = @model) ORDER BY number DESC LIMIT @most", new { model, most }).AsList());

    /// <summary>How many rows <see cref="History"/> has.</summary>
    public long Count(string model) => database.Read(connection => connection.ExecuteScalar<long>(
        "SELECT count(*) FROM registry_audit WHERE model = @model OR registered_model = (SELECT id FROM registered_models WHERE name = @model)", new { model }));

    /// <summary>The newest row of a version that a gate was asked for; of any version when null.</summary>
    public AuditEntry? NewestProof(string model, long? version) => database.Read(connection => connection.QueryFirstOrDefault<AuditEntry>(
        $"{Select} WHERE registered_model = (SELECT id FROM registered_models WHERE name = @model) AND evidence <> ''{(version is null ? "" : " AND version = @version")} ORDER BY number DESC LIMIT 1", new { model, version }));

    /// <summary>The row of this number; null when it tells of another model.</summary>
    public AuditEntry? Row(string model, long number) => database.Read(connection => connection.QueryFirstOrDefault<AuditEntry>(
        $"{Select} WHERE number = @number AND registered_model = (SELECT id FROM registered_models WHERE name = @model)", new { model, number }));

    /// <summary>The newest row of a version that has this evidence.</summary>
    public AuditEntry? Proof(string model, string evidence) => database.Read(connection => connection.QueryFirstOrDefault<AuditEntry>(
        $"{Select} WHERE registered_model = (SELECT id FROM registered_models WHERE name = @model) AND evidence = @evidence ORDER BY number DESC LIMIT 1", new { model, evidence }));

    /// <summary>What a gate found when a version came to Production; null when none was asked, or it never came there.</summary>
    public GateEvidence? ProofOf(string model, long version)
    {
        var digest = database.Read(connection => connection.QueryFirstOrDefault<string?>("""
            SELECT evidence FROM registry_audit WHERE registered_model = (SELECT id FROM registered_models WHERE name = @model) AND version = @version
            AND evidence <> '' AND after = @stage AND action IN ('stage', 'alias') ORDER BY number DESC LIMIT 1
            """, new { model, version, stage = RegistryMoves.Production }));
        return digest is not null && Evidence(digest) is { } json ? JsonSerializer.Deserialize(json, GateJson.Default.GateEvidence) : null;
    }

    /// <summary>The versions that were in Production, the one before the present first: what a rollback can restore.</summary>
    /// <exception cref="MlflowException">There is no such model.</exception>
    public IReadOnlyList<long> Before(string model) => database.Read(connection => RegistryMoves.Before(connection, model));

    /// <summary>What a gate found, as JSON; null when there is none of that digest.</summary>
    public string? Evidence(string digest) => database.Read(connection => connection.ExecuteScalar<string?>("SELECT json FROM registry_evidence WHERE digest = @digest", new { digest }));

    /// <summary>The number of the newest row, as soon as there is one above <paramref name="after"/>; after <paramref name="wait"/> in any case.</summary>
    /// <remarks>Told at once of what this process writes; looked for five times a second, which finds what another server wrote into the same database, too.</remarks>
    public async Task<AuditHead> HeadAsync(long after, TimeSpan wait, TimeProvider time, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var news = database.NextNews;
            var head = database.Read(connection => connection.ExecuteScalar<long?>("SELECT max(number) FROM registry_audit")) ?? 0;
            if (head > after || time.GetElapsedTime(began) >= wait) return new AuditHead(head);
            await news.WaitAsync(TimeSpan.FromMilliseconds(200), time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Reads all rows and their evidence and computes each hash again.</summary>
    public AuditCheck Check() => database.Read(Check);

    private static AuditCheck Check(DbConnection connection)
    {
        var (rows, head) = (0L, AuditChain.Start);
        foreach (var row in connection.Query<AuditEntry>($"{Select} ORDER BY number", buffered: false))
        {
            if (row.Number != rows + 1) return new AuditCheck(rows, head, rows + 1, "the row is missing");
            if (AuditChain.HashOf(head, row) != row.Hash) return new AuditCheck(rows, head, row.Number, "its values or the hash before it are not those that were written");
            (rows, head) = (row.Number, row.Hash);
        }
        return BrokenEvidence(connection) is { } broken ? new AuditCheck(rows, head, broken, "its evidence is missing or changed") : new AuditCheck(rows, head);
    }

    private static long? BrokenEvidence(DbConnection connection)
    {
        var rows = connection.Query<EvidenceRow>("SELECT a.number AS Number, a.evidence AS Digest, e.json AS Json FROM registry_audit a LEFT JOIN registry_evidence e ON e.digest = a.evidence WHERE a.evidence <> '' ORDER BY a.number", buffered: false);
        return rows.FirstOrDefault(row => row.Json is null || AuditChain.DigestOf(row.Json) != row.Digest)?.Number;
    }

    private sealed record EvidenceRow
    {
        public long Number { get; init; }
        public string Digest { get; init; } = "";
        public string? Json { get; init; }
    }
}

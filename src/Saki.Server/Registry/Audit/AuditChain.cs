using System.Globalization;
using System.Text;
using Saki.Server.Storage;
using Saki.Storage;
using Saki.Tracking;

namespace Saki.Server.Registry.Audit;

/// <summary>Appends to the audit, inside the transaction of the move that it tells of. Reads are in <see cref="AuditReader"/>.</summary>
internal static class AuditChain
{
    /// <summary>What the first row is chained to.</summary>
    public static readonly string Start = new('0', 64);

    private const int LongestText = 1000;

    /// <summary>Writes the row with its number and hash.</summary>
    /// <param name="session">Of the move.</param>
    /// <param name="owner">The registered model's number, by which its rows are found after it was renamed.</param>
    /// <param name="entry">Without number and hash; long texts are cut.</param>
    public static void Append(WriteSession session, long owner, AuditEntry entry)
    {
        var last = session.First<Link>("SELECT number AS Number, hash AS Hash FROM registry_audit ORDER BY number DESC LIMIT 1");
        entry = entry with { Number = (last?.Number ?? 0) + 1, From = Cut(entry.From), To = Cut(entry.To), Why = Cut(entry.Why) };
        var row = entry with { Hash = HashOf(last?.Hash ?? Start, entry) };
        session.Execute("""
            INSERT INTO registry_audit (number, time, who, registered_model, model, version, action, subject, before, after, archived, production_before, production_after, why, evidence, overridden, hash)
            VALUES (@Number, @Time, @Who, @owner, @Model, @Version, @Action, @Subject, @From, @To, @Archived, @ProductionBefore, @ProductionAfter, @Why, @Evidence, @overridden, @Hash)
            """, new
        {
            row.Number,
            row.Time,
            row.Who,
            owner,
            row.Model,
            row.Version,
            row.Action,
            row.Subject,
            row.From,
            row.To,
            row.Archived,
            row.ProductionBefore,
            row.ProductionAfter,
            row.Why,
            row.Evidence,
            overridden = row.Overridden ? 1 : 0,
            row.Hash,
        });
        session.Tell();
    }

    /// <summary>As <see cref="Append"/>, for what leaves Production where it is.</summary>
    /// <param name="session">Of the deed.</param>
    /// <param name="owner">As of <see cref="Append"/>; 0 for no registered model.</param>
    /// <param name="entry">Without number, hash and what was in Production.</param>
    public static void Note(WriteSession session, long owner, AuditEntry entry)
    {
        var production = RegistryMoves.Holder(session, owner, "production");
        Append(session, owner, entry with { ProductionBefore = production, ProductionAfter = production });
    }

    /// <summary>Keeps what a gate found under its digest.</summary>
    /// <returns>The digest, 64 hex digits.</returns>
    public static string Keep(WriteSession session, string json, long now)
    {
        var digest = DigestOf(json);
        session.Execute("INSERT INTO registry_evidence (digest, time, json) VALUES (@digest, @now, @json) ON CONFLICT (digest) DO NOTHING", new { digest, now, json });
        return digest;
    }

    /// <summary>The name of evidence: the digest of its JSON.</summary>
    public static string DigestOf(string json) => Digest.Of(Encoding.UTF8.GetBytes(json)).ToString();

    /// <summary>The hash of a row: of the hash before it, and of each value with its length before it, so that no two rows read alike.</summary>
    public static string HashOf(string before, AuditEntry row)
    {
        var text = new StringBuilder(before);
        foreach (var value in (string[])[
            Number(row.Number), Number(row.Time), row.Who, row.Model, Number(row.Version), row.Action, row.Subject, row.From, row.To, row.Archived,
            Number(row.ProductionBefore), Number(row.ProductionAfter), row.Why, row.Evidence, row.Overridden ? "1" : "0"])
        {
            text.Append('\n').Append(Number(Encoding.UTF8.GetByteCount(value))).Append(':').Append(value);
        }
        return Digest.Of(Encoding.UTF8.GetBytes(text.ToString())).ToString();
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Cut(string text) => text.Length <= LongestText ? text : $"{text[..(LongestText - 1)]}…";

    private sealed record Link
    {
        public long Number { get; init; }
        public string Hash { get; init; } = "";
    }
}

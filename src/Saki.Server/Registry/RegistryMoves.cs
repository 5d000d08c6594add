using System.Data.Common;
using System.Globalization;
using Dapper;
using Saki.Server.Registry.Audit;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Registry;

/// <summary>
/// The one place through which each move goes, inside the caller's transaction: the change, what follows from it, and its audit row, or nothing.
/// After each move: <c>@production</c> is there exactly while some version is in Production, and points to one of them (the last that came); the same for <c>@staging</c>.
/// </summary>
internal static class RegistryMoves
{
    public const string Production = "Production";

    public static readonly string[] Stages = ["None", "Staging", Production, "Archived"];

    private const string CameToProduction = "SELECT production_after FROM registry_audit WHERE registered_model = @model AND production_after <> production_before AND production_after > 0 ORDER BY number";
    private const string VersionsThere = "SELECT version FROM model_versions WHERE model = @model AND deleted = 0";

    private static readonly (string Alias, string Stage)[] Paired = [("production", Production), ("staging", "Staging")];

    // By the audit's numbers: clocks jump.
    private const string LastThatCame = """
        SELECT v.version FROM model_versions v WHERE v.model = @model AND v.stage = @stage AND v.deleted = 0 ORDER BY
        coalesce((SELECT max(a.number) FROM registry_audit a WHERE a.registered_model = v.model AND a.version = v.version AND a.action IN ('stage', 'alias', 'rollback')), 0) DESC, v.updated DESC, v.version DESC
        """;

    /// <summary>The stage that an alias stands for; null for an alias of people's own.</summary>
    public static string? StageOf(string alias) => Array.Find(Paired, pair => pair.Alias == alias).Stage;

    /// <summary>The alias that stands for a stage; null for None and Archived.</summary>
    public static string? AliasOf(string stage) => Array.Find(Paired, pair => pair.Stage == stage).Alias;

    /// <summary>The version that answers for a model; null while none is in Production.</summary>
    public static long? ProductionOf(RegisteredModel model) =>
        model.Aliases.FirstOrDefault(alias => alias.Alias == AliasOf(Production)) is { } holder ? long.Parse(holder.Version, CultureInfo.InvariantCulture) : null;

    /// <summary>The version that an alias points to; 0 for none.</summary>
    public static long Holder(WriteSession session, long model, string alias) =>
        session.Scalar<long?>("SELECT version FROM registered_model_aliases WHERE model = @model AND alias = @alias", new { model, alias }) ?? 0;

    /// <summary>Applies a move to the model of number <paramref name="model"/>; the version is known to be there.</summary>
    /// <exception cref="MlflowException">Production is not what the move was decided on any more.</exception>
    public static void Apply(WriteSession session, long model, RegistryMove move, MoveProof? proof, long now)
    {
        var production = Holder(session, model, "production");
        if (move.ProductionNow is { } expected && expected != production) throw Overtaken(move.Model, expected, production);
        var from = From(session, model, move);
        if (move.Kind is MoveKind.DropAlias or MoveKind.DropTag && from is null) return;

        var archived = Change(session, model, move, now);
        session.Execute("UPDATE registered_models SET updated = @now WHERE id = @model", new { model, now });
        AuditChain.Append(session, model, Entry(move, now) with
        {
            From = from ?? "",
            To = To(move),
            Archived = string.Join(',', archived.Select(Text)),
            ProductionBefore = production,
            ProductionAfter = Holder(session, model, "production"),
            Evidence = proof is null ? "" : AuditChain.Keep(session, proof.Evidence, now),
            Overridden = proof is { Overridden: true },
        });
    }

    /// <summary>Notes that the gate refused a move; nothing else changes.</summary>
    public static void Refuse(WriteSession session, long model, RegistryMove move, MoveProof proof, long now)
    {
        AuditChain.Note(session, model, Entry(move, now) with
        {
            Action = "refused",
            Subject = "",
            From = StageNow(session, model, move.Version),
            To = move.Enters!,
            Evidence = AuditChain.Keep(session, proof.Evidence, now),
        });
    }

    /// <summary>A stage in MLflow's own spelling.</summary>
    /// <exception cref="MlflowException">There is no such stage.</exception>
    public static string Stage(string stage) => Array.Find(Stages, known => known.Equals(stage, StringComparison.OrdinalIgnoreCase))
        ?? throw MlflowException.BadValue($"Invalid Model Version stage: {(stage.Length > 60 ? stage[..60] : stage)}. Value must be one of {string.Join(", ", Stages)}.");

    /// <summary>The versions that were in Production, the one before the present first, without those that are no more: what a rollback can restore.</summary>
    public static IReadOnlyList<long> Before(WriteSession session, long model) => Before(
        session.Query<long>(CameToProduction, new { model }), Holder(session, model, "production"), session.Query<long>(VersionsThere, new { model }));

    /// <summary>As <see cref="Before(WriteSession, long)"/>, for who only looks.</summary>
    /// <exception cref="MlflowException">There is no such model.</exception>
    public static IReadOnlyList<long> Before(DbConnection connection, string name)
    {
        if (connection.ExecuteScalar<long?>("SELECT id FROM registered_models WHERE name = @name", new { name }) is not { } model) throw RegistryStore.None(name);
        var present = connection.ExecuteScalar<long?>("SELECT version FROM registered_model_aliases WHERE model = @model AND alias = 'production'", new { model }) ?? 0;
        return Before(connection.Query<long>(CameToProduction, new { model }), present, connection.Query<long>(VersionsThere, new { model }));
    }

    private static IReadOnlyList<long> Before(IEnumerable<long> came, long present, IEnumerable<long> versions)
    {
        // A rollback, or coming back in another way, takes what came after it off the pile.
        var pile = new List<long>();
        foreach (var after in came)
        {
            var known = pile.IndexOf(after);
            if (known >= 0) pile.RemoveRange(known, pile.Count - known);
            pile.Add(after);
        }
        var there = versions.ToHashSet();
        return [.. Enumerable.Reverse(pile).Where(version => version != present && there.Contains(version))];
    }

    private static AuditEntry Entry(RegistryMove move, long now) => new()
    {
        Time = now,
        Who = move.Who,
        Why = move.Why,
        Model = move.Model,
        Version = move.Version,
        Action = move.Kind switch
        {
            MoveKind.Stage => "stage",
            MoveKind.SetAlias or MoveKind.DropAlias => "alias",
            MoveKind.SetTag or MoveKind.DropTag => "tag",
            MoveKind.Rollback => "rollback",
            _ => "delete",
        },
        Subject = move.Kind is MoveKind.SetAlias or MoveKind.DropAlias or MoveKind.SetTag or MoveKind.DropTag ? move.To : "",
    };

    // Null where there is nothing to be changed yet.
    private static string? From(WriteSession session, long model, RegistryMove move) => move.Kind switch
    {
        MoveKind.SetAlias or MoveKind.DropAlias => Holder(session, model, move.To) is > 0 and var holder ? Text(holder) : null,
        MoveKind.SetTag or MoveKind.DropTag => session.Scalar<string?>("SELECT value FROM model_version_tags WHERE model = @model AND version = @Version AND key = @To", new { model, move.Version, move.To }),
        _ => StageNow(session, model, move.Version),
    };

    private static string To(RegistryMove move) => move.Kind switch
    {
        MoveKind.Stage => move.To,
        MoveKind.SetAlias => Text(move.Version),
        MoveKind.SetTag => move.Value,
        MoveKind.Rollback => Production,
        _ => "",
    };

    // Gives the versions that were archived on the way.
    private static IReadOnlyList<long> Change(WriteSession session, long model, RegistryMove move, long now)
    {
        var of = new { model, move.Version, move.To, move.Value, now };
        switch (move.Kind)
        {
            case MoveKind.Stage:
                return Enter(session, model, move.Version, move.To, move.ArchiveOthers, now);
            case MoveKind.Rollback:
                return Enter(session, model, move.Version, Production, archiveOthers: true, now);
            case MoveKind.SetAlias when StageOf(move.To) is { } stage:
                return Enter(session, model, move.Version, stage, archiveOthers: true, now);
            case MoveKind.SetAlias:
                session.Execute("INSERT INTO registered_model_aliases (model, alias, version) VALUES (@model, @To, @Version) ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version", of);
                return [];
            case MoveKind.DropAlias when StageOf(move.To) is { } stage:
                return Settle(session, model, Archive(session, model, stage, except: 0, now));
            case MoveKind.DropAlias:
                session.Execute("DELETE FROM registered_model_aliases WHERE model = @model AND alias = @To", of);
                return [];
            case MoveKind.SetTag:
                session.Execute("INSERT INTO model_version_tags (model, version, key, value) VALUES (@model, @Version, @To, @Value) ON CONFLICT (model, version, key) DO UPDATE SET value = excluded.value", of);
                return [];
            case MoveKind.DropTag:
                session.Execute("DELETE FROM model_version_tags WHERE model = @model AND version = @Version AND key = @To", of);
                return [];
            default:
                session.Execute("DELETE FROM registered_model_aliases WHERE model = @model AND version = @Version", of);
                session.Execute("DELETE FROM model_version_tags WHERE model = @model AND version = @Version", of);
                session.Execute("""
                    UPDATE model_versions SET deleted = 1, updated = @now, stage = 'None', description = '', user_id = '', source = '', storage = '', run_id = '', run_link = '', model_id = NULL
                    WHERE model = @model AND version = @Version
                    """, of);
                return Settle(session, model, []);
        }
    }

    private static IReadOnlyList<long> Enter(WriteSession session, long model, long version, string stage, bool archiveOthers, long now)
    {
        IReadOnlyList<long> archived = archiveOthers ? Archive(session, model, stage, version, now) : [];
        session.Execute("UPDATE model_versions SET stage = @stage, updated = @now WHERE model = @model AND version = @version", new { model, version, stage, now });
        if (AliasOf(stage) is { } alias)
        {
            session.Execute("INSERT INTO registered_model_aliases (model, alias, version) VALUES (@model, @alias, @version) ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version",
                new { model, alias, version });
        }
        return Settle(session, model, archived);
    }

    private static List<long> Archive(WriteSession session, long model, string stage, long except, long now)
    {
        var of = new { model, stage, except, now };
        var archived = session.Query<long>("SELECT version FROM model_versions WHERE model = @model AND stage = @stage AND version <> @except AND deleted = 0 ORDER BY version", of);
        session.Execute("UPDATE model_versions SET stage = 'Archived', updated = @now WHERE model = @model AND stage = @stage AND version <> @except AND deleted = 0", of);
        return archived;
    }

    // An alias whose version has left the stage goes to the last that came among those still in it, or away.
    private static IReadOnlyList<long> Settle(WriteSession session, long model, IReadOnlyList<long> archived)
    {
        foreach (var (alias, stage) in Paired)
        {
            var inside = session.Query<long>(LastThatCame, new { model, stage });
            if (inside.Contains(Holder(session, model, alias))) continue;
            session.Execute("DELETE FROM registered_model_aliases WHERE model = @model AND alias = @alias", new { model, alias });
            if (inside.Count > 0) session.Execute("INSERT INTO registered_model_aliases (model, alias, version) VALUES (@model, @alias, @version)", new { model, alias, version = inside[0] });
        }
        return archived;
    }

    private static string StageNow(WriteSession session, long model, long version) => session.Scalar<string>("SELECT stage FROM model_versions WHERE model = @model AND version = @version", new { model, version });

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The refusal (409) of a move that was decided on another state of Production.</summary>
    public static MlflowException Overtaken(string model, long expected, long found) => new("RESOURCE_CONFLICT", string.Create(CultureInfo.InvariantCulture,
        $"Production of {model} was moved meanwhile: expected {Name(expected)}, got {Name(found)}. Look at it, and ask again."));

    private static string Name(long version) => version == 0 ? "no version" : string.Create(CultureInfo.InvariantCulture, $"version {version}");
}

using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Registry;

/// <summary>What a move changes about a version.</summary>
internal enum MoveKind
{
    /// <summary>Its stage.</summary>
    Stage,
    /// <summary>An alias points to it from now on.</summary>
    SetAlias,
    /// <summary>An alias points nowhere from now on.</summary>
    DropAlias,
    /// <summary>It is deleted.</summary>
    Delete,
}

/// <summary>A step of a version's life. <paramref name="To"/> is the stage, or the alias.</summary>
internal sealed record RegistryMove(string Model, long Version, MoveKind Kind, string To = "", bool ArchiveOthers = false);

/// <summary>The one place through which each move goes, inside the caller's transaction: all of it happens, or nothing.</summary>
internal static class RegistryMoves
{
    public static readonly string[] Stages = ["None", "Staging", "Production", "Archived"];

    /// <summary>Applies a move to the model of number <paramref name="model"/>; the version is known to be there.</summary>
    public static void Apply(WriteSession session, long model, RegistryMove move, long now)
    {
        var of = new { model, move.Version, move.To, now };
        switch (move.Kind)
        {
            case MoveKind.Stage:
                if (move.ArchiveOthers) session.Execute("UPDATE model_versions SET stage = 'Archived', updated = @now WHERE model = @model AND stage = @To AND version <> @Version AND deleted = 0", of);
                session.Execute("UPDATE model_versions SET stage = @To, updated = @now WHERE model = @model AND version = @Version", of);
                break;
            case MoveKind.SetAlias:
                session.Execute("INSERT INTO registered_model_aliases (model, alias, version) VALUES (@model, @To, @Version) ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version", of);
                break;
            case MoveKind.DropAlias:
                session.Execute("DELETE FROM registered_model_aliases WHERE model = @model AND alias = @To", of);
                break;
            default:
                session.Execute("DELETE FROM registered_model_aliases WHERE model = @model AND version = @Version", of);
                session.Execute("DELETE FROM model_version_tags WHERE model = @model AND version = @Version", of);
                session.Execute("""
                    UPDATE model_versions SET deleted = 1, updated = @now, stage = 'None', description = '', user_id = '', source = '', storage = '', run_id = '', run_link = '', model_id = NULL
                    WHERE model = @model AND version = @Version
                    """, of);
                break;
        }
        session.Execute("UPDATE registered_models SET updated = @now WHERE id = @model", of);
    }

    /// <summary>A stage in MLflow's own spelling.</summary>
    /// <exception cref="MlflowException">There is no such stage.</exception>
    public static string Stage(string stage) => Array.Find(Stages, known => known.Equals(stage, StringComparison.OrdinalIgnoreCase))
        ?? throw MlflowException.BadValue($"Invalid Model Version stage: {(stage.Length > 60 ? stage[..60] : stage)}. Value must be one of {string.Join(", ", Stages)}.");
}

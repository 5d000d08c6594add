using Dapper;
using Saki.Server.Storage;
using Saki.Server.Tracking.Artifacts;
using Saki.Tracking;

namespace Saki.Server.Registry;

/// <summary>Registered models of a home folder, read from its files, whether its server runs or not.</summary>
public static class HomeModels
{
    /// <summary>The folder of a version's files.</summary>
    /// <param name="home">Whose registry.</param>
    /// <param name="reference">Which version.</param>
    /// <exception cref="SakiException">There is no such version, or its files are elsewhere.</exception>
    public static string Folder(SakiHome home, ModelReference reference)
    {
        var path = Path.Combine(home.Tracking, "tracking.db");
        var storage = (File.Exists(path) ? Storage(path, reference) : null)
            ?? throw new SakiException($"Finding the model {reference}", "a registered version", $"none in {home.Root}", "See them with: saki models list; or name another server with MLFLOW_TRACKING_URI.");
        return new ArtifactFolder(Path.Combine(home.Tracking, "artifacts"), home.Runs).FolderAsync(storage).GetAwaiter().GetResult();
    }

    private static string? Storage(string path, ModelReference reference)
    {
        using var file = new SqliteFile(path);
        using var reader = file.Rent();
        var which = reference switch
        {
            { Alias: not null } => "AND v.version = (SELECT version FROM registered_model_aliases WHERE model = m.id AND alias = @Alias)",
            { Stage: ModelReference.Latest } => "",
            { Stage: not null } => "AND v.stage = @Stage",
            _ => "AND v.version = @Version",
        };
        return reader.Connection.ExecuteScalar<string?>($"SELECT v.storage FROM model_versions v JOIN registered_models m ON m.id = v.model WHERE m.name = @Name AND v.deleted = 0 {which} ORDER BY v.version DESC LIMIT 1",
            new { reference.Name, reference.Version, reference.Alias, reference.Stage });
    }
}

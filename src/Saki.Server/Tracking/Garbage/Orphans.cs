using Dapper;
using Saki.Server.Storage;
using Saki.Server.Tracking.Artifacts;

namespace Saki.Server.Tracking.Garbage;

/// <summary>
/// Folders of artifacts that belong to no run and no logged model, deleted ones included. Only folders that are named like those of runs (32 hex digits) or of logged
/// models are looked at, below experiments' own: what people put elsewhere through the proxy is theirs.
/// </summary>
internal sealed class Orphans(Database database, ArtifactStore artifacts)
{
    /// <summary>Notes them as garbage.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>How many.</returns>
    public async Task<int> NoteAsync(long now, CancellationToken cancellation)
    {
        var found = await FindAsync(cancellation);
        foreach (var uri in found) await database.WriteAsync(session => session.Execute("INSERT INTO garbage (uri, noted) VALUES (@uri, @now)", new { uri, now }));
        return found.Count;
    }

    /// <summary>Their URIs.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(CancellationToken cancellation)
    {
        var found = new List<string>();
        foreach (var experiment in (await artifacts.ListAsync(null, cancellation)).Where(entry => entry.IsDir && entry.Path.All(char.IsAsciiDigit)))
        {
            var runs = (await artifacts.ListAsync(experiment.Path, cancellation)).Where(entry => entry.IsDir && IsId(entry.Path)).Select(entry => entry.Path).ToList();
            var models = (await artifacts.ListAsync($"{experiment.Path}/models", cancellation)).Where(entry => entry.IsDir && entry.Path.StartsWith("m-", StringComparison.Ordinal) && IsId(entry.Path[2..])).Select(entry => entry.Path).ToList();
            found.AddRange(Unknown("SELECT run_id FROM runs WHERE run_id IN @ids", runs).Select(id => $"mlflow-artifacts:/{experiment.Path}/{id}"));
            found.AddRange(Unknown("SELECT model_id FROM logged_models WHERE model_id IN @ids", models).Select(id => $"mlflow-artifacts:/{experiment.Path}/models/{id}"));
        }
        var noted = database.Read(connection => connection.Query<string>("SELECT uri FROM garbage").ToHashSet());
        return [.. found.Where(uri => !noted.Contains(uri) && !StoodOn(uri))];
    }

    private static bool IsId(string name) => name.Length == 32 && name.All(char.IsAsciiHexDigitLower);

    private List<string> Unknown(string known, List<string> ids) =>
        [.. ids.Chunk(500).SelectMany(part => part.Except(database.Read(connection => connection.Query<string>(known, new { ids = part }).AsList())))];

    private bool StoodOn(string uri) => database.Read(connection =>
        connection.ExecuteScalar<long>("SELECT count(*) FROM model_versions WHERE deleted = 0 AND substr(storage, 1, @length) = @below", new { below = $"{uri}/", length = uri.Length + 1 })) > 0;
}

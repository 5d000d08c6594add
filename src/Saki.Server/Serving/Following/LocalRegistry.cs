using System.Data.Common;
using System.Globalization;
using Dapper;
using Saki.Inference.Serving;
using Saki.Server.Storage;
using Saki.Server.Tracking.Artifacts;
using Saki.Tracking;

namespace Saki.Server.Serving.Following;

/// <summary>
/// The registry of a home folder: through the tracking server of this process, or from its file, whether its server runs or not. Every move is a row of the audit, so its
/// last number says whether something changed. What this process writes is told at once; for what others write the number is looked at five times a second, which costs less
/// than a tenth of a thousandth of a core.
/// </summary>
internal sealed class LocalRegistry : RegistryLink
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly Task Never = new TaskCompletionSource().Task;

    private readonly SakiHome _home;
    private readonly ArtifactStore _artifacts;
    private readonly TimeProvider _time;
    private readonly Database? _database;
    private readonly SqliteFile? _file;
    private readonly string _path;
    private long _seen = -1;

    /// <summary>Of the tracking server in this process.</summary>
    public LocalRegistry(SakiHome home, Database database, ArtifactStore artifacts, TimeProvider time) : this(home, time) => (_database, _artifacts) = (database, artifacts);

    /// <summary>Of a home folder's file.</summary>
    public LocalRegistry(SakiHome home, TimeProvider time)
    {
        (_home, _time) = (home, time);
        _artifacts = ArtifactStore.Of(null, home);
        _path = Path.Combine(home.Tracking, "tracking.db");
        _file = new SqliteFile(_path);
    }

    public override Task<IReadOnlyList<LinkedModel>> ReadAsync(CancellationToken cancellation) => Task.FromResult(Read<IReadOnlyList<LinkedModel>>(connection =>
    {
        _seen = Head(connection);
        var words = connection.Query<Word>("""
            SELECT m.name AS Name, v.stage AS Text, max(v.version) AS Version FROM model_versions v JOIN registered_models m ON m.id = v.model WHERE v.deleted = 0 AND v.stage <> 'None' GROUP BY m.name, v.stage
            UNION ALL SELECT m.name, a.alias, a.version FROM registered_model_aliases a JOIN registered_models m ON m.id = a.model
            """).AsList();
        return [.. words.GroupBy(word => word.Name).Select(model => new LinkedModel(model.Key, Versions(model)))];
    }, []));

    public override async Task WaitAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var news = _database?.NextNews ?? Never;
            if (Read(Head, -1) != _seen) return;
            await news.WaitAsync(Look, _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    public override void Dispose()
    {
        _file?.Dispose();
        base.Dispose();
    }

    protected override async Task<ReferencedModel> FindAsync(ModelReference reference, CancellationToken cancellation)
    {
        var which = reference switch
        {
            { Alias: not null } => "AND v.version = (SELECT version FROM registered_model_aliases WHERE model = m.id AND alias = @Alias)",
            { Stage: ModelReference.Latest } => "",
            { Stage: not null } => "AND v.stage = @Stage",
            _ => "AND v.version = @Version",
        };
        var found = Read(connection => connection.QueryFirstOrDefault<Place>(
            $"SELECT v.version AS Version, v.storage AS Storage FROM model_versions v JOIN registered_models m ON m.id = v.model WHERE m.name = @Name AND v.deleted = 0 {which} ORDER BY v.version DESC LIMIT 1",
            new { reference.Name, reference.Version, reference.Alias, reference.Stage }), null)
            ?? throw new SakiException($"Finding the model {reference}", "a registered version", $"none in {_home.Root}", "See them with: saki models list; or name another server with MLFLOW_TRACKING_URI.");
        return Found(reference.Name, found.Version.ToString(CultureInfo.InvariantCulture), await _artifacts.FolderAsync(found.Storage, cancellation));
    }

    protected override Task<string> FindRunAsync(string run, string path, CancellationToken cancellation)
    {
        var folder = Path.Combine([new RunStore(_home, _time).Find(run).Path, "artifacts", .. path.Split('/')]);
        return Directory.Exists(folder) ? Task.FromResult(folder)
            : throw new SakiException($"Finding the model of run {run}", $"a folder {path} among its artifacts", "none", $"Go on with it: saki train --resume {run}");
    }

    private static long Head(DbConnection connection) => connection.ExecuteScalar<long?>("SELECT max(number) FROM registry_audit") ?? 0;

    private static Dictionary<string, string> Versions(IEnumerable<Word> words)
    {
        var versions = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var word in words) versions[word.Text] = word.Version.ToString(CultureInfo.InvariantCulture);
        return versions;
    }

    private T Read<T>(Func<DbConnection, T> work, T without)
    {
        if (_database is not null) return _database.Read(work);
        if (!File.Exists(_path)) return without;
        var reader = _file!.Rent();
        try
        {
            return reader.InSnapshot(session => work(session.Connection));
        }
        finally
        {
            _file.Return(reader);
        }
    }

    private sealed record Word
    {
        public string Name { get; init; } = "";
        public string Text { get; init; } = "";
        public long Version { get; init; }
    }

    private sealed record Place
    {
        public long Version { get; init; }
        public string Storage { get; init; } = "";
    }
}

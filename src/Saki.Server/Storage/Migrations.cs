using System.Data.Common;
using System.Globalization;
using Dapper;

namespace Saki.Server.Storage;

/// <summary>
/// The numbered SQL files of this folder. Each is applied once, in one transaction with its own row in <c>schema_migrations</c>: a kill -9 in the middle
/// leaves the database as it was before that file, and the next start goes on with it.
/// </summary>
internal static class Migrations
{
    private const string Prefix = "migrations/";

    /// <summary>All of them, in order.</summary>
    public static IReadOnlyList<Migration> All { get; } = [.. typeof(Migrations).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(Load)];

    /// <summary>Applies what <paramref name="connection"/>'s database lacks.</summary>
    /// <param name="connection">Open, owned by the caller, not in a transaction.</param>
    /// <param name="dialect">Fills in the words that databases spell differently.</param>
    /// <param name="all">Normally <see cref="All"/>.</param>
    /// <param name="backup">Called with the number of the last applied file before an older database is changed.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <exception cref="SakiException">The database was written by a newer Saki.</exception>
    public static void Apply(DbConnection connection, Dialect dialect, IReadOnlyList<Migration> all, Action<int> backup, long now)
    {
        connection.Execute("CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied BIGINT NOT NULL)");
        var there = connection.Query<int>("SELECT number FROM schema_migrations").ToHashSet();
        var applied = there.DefaultIfEmpty().Max();
        if (applied > all[^1].Number)
        {
            throw new SakiException("Opening the tracking database", string.Create(CultureInfo.InvariantCulture, $"a schema of at most number {all[^1].Number}"),
                string.Create(CultureInfo.InvariantCulture, $"number {applied}, written by a newer Saki"), "Run that newer Saki, or take the backup that lies beside the database.");
        }
        // Not only those behind the last: what grew at the same time on two branches has come in either order.
        var missing = all.Where(migration => !there.Contains(migration.Number)).ToList();
        if (missing.Count > 0 && applied > 0) backup(applied);
        foreach (var migration in missing) Apply(connection, dialect, migration, now);
    }

    private static void Apply(DbConnection connection, Dialect dialect, Migration migration, long now)
    {
        using var transaction = connection.BeginTransaction();
        connection.Execute(dialect.Translate(migration.Sql), transaction: transaction);
        connection.Execute("INSERT INTO schema_migrations (number, name, applied) VALUES (@Number, @Name, @now)", new { migration.Number, migration.Name, now }, transaction);
        transaction.Commit();
    }

    private static Migration Load(string resource)
    {
        using var reader = new StreamReader(typeof(Migrations).Assembly.GetManifestResourceStream(resource)!);
        var name = Path.GetFileNameWithoutExtension(resource[Prefix.Length..]);
        return new Migration(int.Parse(name[..4], CultureInfo.InvariantCulture), name, reader.ReadToEnd());
    }
}

/// <summary>One SQL file.</summary>
internal sealed record Migration(int Number, string Name, string Sql);

using System.Collections.Concurrent;
using System.Reflection;
using Saki.Testing;
using Xunit.Sdk;

namespace Saki.Server.Tests.Storage;

/// <summary>Databases that tests run on. A test of the stores is a theory with <c>[OnSqlite, OnPostgres]</c> and takes the name of one.</summary>
internal static class Stores
{
    public const string Sqlite = "SQLite", Postgres = "PostgreSQL";

    private static readonly Lazy<string?> Server = new(() => ScriptServer.Start("postgres"));
    private static int _schemas;

    private static readonly ConcurrentDictionary<string, string> OfHomes = new();

    /// <summary>What servers of tests that do not choose run on: SQLite, or what <c>SAKI_TEST_STORE</c> names.</summary>
    public static string Usual { get; } = Environment.GetEnvironmentVariable("SAKI_TEST_STORE") ?? Sqlite;

    /// <summary>Whether PostgreSQL is installed.</summary>
    public static bool HasPostgres { get; } = File.Exists($"{Environment.GetEnvironmentVariable("SAKI_POSTGRES_BIN") ?? "/usr/lib/postgresql/15/bin"}/initdb");

    /// <summary>The database of a home, the same at each start; null for its own file.</summary>
    public static string? OfHome(SakiHome home) => Usual == Sqlite ? null : OfHomes.GetOrAdd(home.Root, _ => $"{Server.Value}&schema=s{Interlocked.Increment(ref _schemas)}");

    /// <summary>An empty database of that kind: a file in <paramref name="folder"/>, or a schema of its own on one server for all tests.</summary>
    public static string New(string store, TemporaryFolder folder) => store == Sqlite ? folder.At("t.db") : $"{Server.Value}&schema=s{Interlocked.Increment(ref _schemas)}";
}

/// <summary>A test that looks into SQLite's own file; skipped where <c>SAKI_TEST_STORE</c> names another store.</summary>
public sealed class SqliteFactAttribute : FactAttribute
{
    public SqliteFactAttribute()
    {
        if (Stores.Usual != Stores.Sqlite) Skip = "It looks into SQLite's own file.";
    }
}

/// <summary>Runs a theory on SQLite.</summary>
internal sealed class OnSqliteAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[Stores.Sqlite]];
}

/// <summary>Runs a theory on PostgreSQL, where it is installed.</summary>
internal sealed class OnPostgresAttribute : DataAttribute
{
    public OnPostgresAttribute()
    {
        if (!Stores.HasPostgres) Skip = "PostgreSQL is not installed (Debian: postgresql-15)";
    }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[Stores.Postgres]];
}

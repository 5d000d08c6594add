using System.Text.RegularExpressions;

namespace Saki.Server.Storage;

/// <summary>What databases spell differently. Everything else in the SQL is common to SQLite and PostgreSQL.</summary>
internal sealed record Dialect
{
    public static Dialect Sqlite { get; } = new()
    {
        Identity = "INTEGER PRIMARY KEY AUTOINCREMENT",
        Bytes = "BLOB",
        Clustered = "WITHOUT ROWID",
        // LIKE is made case-sensitive on each connection (SqliteFile); fold is a function of ours.
        Like = "{0} LIKE {1}",
        ILike = "fold({0}) LIKE fold({1})",
        AppendOnly = """
            CREATE TRIGGER $1_keeps_rows BEFORE UPDATE ON $1 BEGIN SELECT RAISE(ABORT, '$1 is append-only'); END;
            CREATE TRIGGER $1_keeps_all BEFORE DELETE ON $1 BEGIN SELECT RAISE(ABORT, '$1 is append-only'); END;
            """,
    };

    /// <summary>Type of a key that counts itself up.</summary>
    public required string Identity { get; init; }

    /// <summary>Type of binary columns.</summary>
    public required string Bytes { get; init; }

    /// <summary>Behind a table that is stored in the order of its primary key.</summary>
    public required string Clustered { get; init; }

    /// <summary>Case-sensitive match of {0} with the pattern {1}.</summary>
    public required string Like { get; init; }

    /// <summary>Case-insensitive match.</summary>
    public required string ILike { get; init; }

    /// <summary>Refuses each change and removal of rows of the table $1.</summary>
    public required string AppendOnly { get; init; }

    /// <summary>A migration in this database's words.</summary>
    public string Translate(string sql) => Regex.Replace(sql, @"^APPEND ONLY (\w+);", AppendOnly, RegexOptions.Multiline).Replace("id IDENTITY", $"id {Identity}", StringComparison.Ordinal)
        .Replace(" BYTES", $" {Bytes}", StringComparison.Ordinal).Replace(") CLUSTERED", $") {Clustered}", StringComparison.Ordinal);
}
